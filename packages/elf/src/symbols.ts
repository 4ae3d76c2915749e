import { type Reader, readerOf } from "@core/bytes";
import { SHT_DYNSYM, SHT_SYMTAB, SHT_SYMTAB_SHNDX } from "./constants.js";
import { type Elf, sectionBytes } from "./elf.js";
import { ElfError } from "./error.js";
import { type Section, siteOf, titleOf } from "./section.js";
import { namesOf } from "./strings.js";
import { symbolBytes, tableOf } from "./table.js";

/**
 * Where a symbol is defined: the index of a section; or nowhere (`undef`), at a value that is no
 * address (`abs`), in storage that the linker is yet to allocate (`common`), or in a way that only
 * the processor's or system's supplement knows (`reserved`).
 */
export type SymbolSection = number | "undef" | "abs" | "common" | "reserved";

export interface ElfSymbol {
  /** Empty for most symbols of type `STT_SECTION`. */
  readonly name: string;
  /**
   * In an object file (`ET_REL`) the offset in bytes from the start of its section; for `common` its
   * alignment; elsewhere an address. Not checked against the section.
   */
  readonly value: bigint;
  /** In bytes; 0 when unknown. Not checked against the section. */
  readonly size: number;
  /** One of `STT_*`, or another value of 4 bits. */
  readonly type: number;
  /** One of `STB_*`, or another value of 4 bits. */
  readonly bind: number;
  /** One of `STV_*`. */
  readonly visibility: number;
  /** A number here is the index of a section that exists. */
  readonly section: SymbolSection;
}

const SHN_UNDEF = 0;
const SHN_LORESERVE = 0xff00;
const SHN_ABS = 0xfff1;
const SHN_COMMON = 0xfff2;
const SHN_XINDEX = 0xffff;

/**
 * The symbols of `table`, by default the file's only section of type `SHT_SYMTAB`; none when there is
 * no such section. A relocation's `symbolIndex` is a position in the result. Each call reads
 * them anew: keep the result.
 *
 * @throws {ElfError} when the table, its strings or one of its symbols is malformed, or when `table` is
 * left out and there are two.
 * @example
 * const functions = symbolsOf(elf).filter((symbol) => symbol.type === STT_FUNC);
 */
export function symbolsOf(elf: Elf, table: Section | undefined = symbolTableOf(elf)): readonly ElfSymbol[] {
  if (table === undefined) return [];
  if (table.type !== SHT_SYMTAB && table.type !== SHT_DYNSYM) {
    throw new ElfError("bad-table", `${titleOf(table)} is no symbol table`, siteOf(table));
  }
  const strings = elf.sections[table.link];
  if (strings === undefined) {
    throw new ElfError("bad-link", `${titleOf(table)}: names in section ${table.link}`, siteOf(table));
  }
  const nameAt = namesOf(elf.bytes, strings);
  const entryBytes = symbolBytes(elf);
  const { words, count } = tableOf(elf, table, entryBytes);
  const { reader } = words;
  // The one structure whose fields are in another order in each class.
  const field =
    elf.class === 32
      ? { value: 4, size: 8, info: 12, other: 13, shndx: 14 }
      : { value: 8, size: 16, info: 4, other: 5, shndx: 6 };
  const extended = extendedIndicesOf(elf, table);

  const symbols: ElfSymbol[] = [];
  for (let index = 0; index < count; index++) {
    const at = index * entryBytes;
    const info = reader.u8(at + field.info);
    symbols.push({
      name: nameAt(reader.u32(at)),
      value: words.address(at + field.value),
      size: words.word(at + field.size),
      type: info & 0xf,
      bind: info >> 4,
      visibility: reader.u8(at + field.other) & 0x3,
      section: symbolSection(elf, table, index, reader.u16(at + field.shndx), extended),
    });
  }
  return symbols;
}

function symbolTableOf(elf: Elf): Section | undefined {
  const [table, second] = elf.sections.filter((section) => section.type === SHT_SYMTAB);
  if (second !== undefined) {
    throw new ElfError("bad-table", `${titleOf(second)} is a second symbol table`, siteOf(second));
  }
  return table;
}

/** The section indices of symbols that say `SHN_XINDEX`: 32 bits for each symbol of `table`. */
function extendedIndicesOf(elf: Elf, table: Section): Reader | undefined {
  const section = elf.sections.find(
    (candidate) => candidate.type === SHT_SYMTAB_SHNDX && candidate.link === table.index,
  );
  return section === undefined ? undefined : readerOf(sectionBytes(elf, section), elf.order);
}

function symbolSection(
  elf: Elf,
  table: Section,
  index: number,
  shndx: number,
  extended: Reader | undefined,
): SymbolSection {
  if (shndx === SHN_UNDEF) return "undef";
  if (shndx === SHN_ABS) return "abs";
  if (shndx === SHN_COMMON) return "common";
  if (shndx >= SHN_LORESERVE && shndx !== SHN_XINDEX) return "reserved";

  const fail = (what: string): never => {
    const message = `symbol ${index} of ${titleOf(table)} is in ${what}`;
    throw new ElfError("bad-index", message, siteOf(table, index * symbolBytes(elf)));
  };
  let section = shndx;
  if (shndx === SHN_XINDEX) {
    if (extended === undefined || !extended.has(4 * index, 4))
      return fail("a section whose index is missing");
    section = extended.u32(4 * index);
  }
  if (section >= elf.sections.length) return fail(`section ${section} of ${elf.sections.length}`);
  return section === SHN_UNDEF ? "undef" : section;
}
