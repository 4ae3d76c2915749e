import { SHT_DYNSYM, SHT_REL, SHT_RELA, SHT_SYMTAB } from "./constants.js";
import type { Elf } from "./elf.js";
import { ElfError } from "./error.js";
import { type Section, siteOf, titleOf } from "./section.js";
import { symbolBytes, tableOf } from "./table.js";

/** An ELF relocation: what the linker or loader is to patch. */
export interface ElfRelocation {
  /**
   * In an object file (`ET_REL`) the offset in bytes from the start of section `info`; elsewhere an
   * address. Not checked against the section.
   */
  readonly offset: bigint;
  /** What to do; the numbers are each processor's own. 32 bits, in 32-bit files 8. */
  readonly type: number;
  /** Position in `symbolsOf(elf, elf.sections[section.link])`, where it exists; 0 means no symbol. */
  readonly symbolIndex: number;
  /** Undefined in `SHT_REL` sections, where it is in the bytes to be patched. */
  readonly addend: bigint | undefined;
}

const EM_MIPS = 8;

/**
 * The relocations in a section of type `SHT_REL` or `SHT_RELA`; `section.info` says which section they
 * apply to. Each call reads them anew: keep the result.
 *
 * @throws {ElfError} when `section` is of another type or malformed, or names a symbol that does not
 * exist; `unsupported` for little-endian MIPS64, which packs them in a way of its own.
 * @example
 * const relocations = relocationsOf(elf, section);
 */
export function relocationsOf(elf: Elf, section: Section): readonly ElfRelocation[] {
  if (section.type !== SHT_REL && section.type !== SHT_RELA) {
    throw new ElfError("bad-table", `${titleOf(section)} holds no relocations`, siteOf(section));
  }
  if (elf.machine === EM_MIPS && elf.class === 64 && elf.order === "little") {
    throw new ElfError("unsupported", "relocations of little-endian MIPS64", siteOf(section));
  }
  const withAddend = section.type === SHT_RELA;
  const wordBytes = elf.class / 8;
  const entryBytes = (withAddend ? 3 : 2) * wordBytes;
  const { words, count } = tableOf(elf, section, entryBytes);
  const { reader } = words;
  const symbolCount = symbolCountOf(elf, section);
  const [low, high] = elf.order === "little" ? [8, 12] : [12, 8];

  const relocations: ElfRelocation[] = [];
  for (let index = 0; index < count; index++) {
    const at = index * entryBytes;
    const info = elf.class === 32 ? reader.u32(at + 4) : reader.u32(at + low);
    const symbolIndex = elf.class === 32 ? info >>> 8 : reader.u32(at + high);
    if (symbolIndex >= symbolCount && symbolIndex !== 0) {
      const message = `relocation ${index} of ${titleOf(section)}: symbol ${symbolIndex} of ${symbolCount}`;
      throw new ElfError("bad-index", message, siteOf(section, at));
    }
    relocations.push({
      offset: words.address(at),
      type: elf.class === 32 ? info & 0xff : info,
      symbolIndex,
      addend: withAddend ? words.addend(at + 2 * wordBytes) : undefined,
    });
  }
  return relocations;
}

/** Static executables have relocations without symbols: no section is linked. */
function symbolCountOf(elf: Elf, section: Section): number {
  if (section.link === 0) return 0;
  const symbols = elf.sections[section.link];
  if (symbols === undefined || (symbols.type !== SHT_SYMTAB && symbols.type !== SHT_DYNSYM)) {
    const message = `${titleOf(section)}: section ${section.link} is no symbol table`;
    throw new ElfError("bad-link", message, siteOf(section));
  }
  return tableOf(elf, symbols, symbolBytes(elf)).count;
}
