import type { Site } from "@core/bytes";
import { SHT_NOBITS, SHT_NULL } from "./constants.js";
import { ElfError } from "./error.js";
import type { Header } from "./header.js";

/** A section header. Its bytes are inside the file, unless it is empty, `SHT_NOBITS` or `SHT_NULL`. */
export interface Section {
  /** Position in `elf.sections`; what symbols and other sections refer to it by. */
  readonly index: number;
  /** Not unique; empty in section 0 and in files without section names. */
  readonly name: string;
  /** One of `SHT_*`, or another value of 32 bits. */
  readonly type: number;
  /** `SHF_*`, and other bits; up to `Number.MAX_SAFE_INTEGER`, so bits above 31 need division. */
  readonly flags: number;
  /** Address when loaded; a kernel's are above `Number.MAX_SAFE_INTEGER`. */
  readonly addr: bigint;
  /** In bytes from the start of the file. */
  readonly offset: number;
  /** In bytes; of memory for `SHT_NOBITS`, else of the file. */
  readonly size: number;
  /** Meaning depends on `type`; mostly the index of another section. */
  readonly link: number;
  /** Meaning depends on `type`; for relocations the index of the section that they apply to. */
  readonly info: number;
  /** Alignment of `addr`, in bytes; 0 and 1 mean none. */
  readonly addralign: number;
  /** Size of one entry of a table in bytes, else 0. */
  readonly entsize: number;
}

/** False for sections that take no bytes of the file, whatever their offset and size say. */
export function hasBytes(section: Section): boolean {
  return section.type !== SHT_NOBITS && section.type !== SHT_NULL && section.size !== 0;
}

/** How errors call a section. */
export function titleOf(section: Section): string {
  return `section ${section.name === "" ? "" : `${section.name} `}[${section.index}]`;
}

/** The place of byte `at` of a section's contents. */
export function siteOf(section: Section, at = 0): Site {
  return { offset: section.offset + at, section: section.name === "" ? `[${section.index}]` : section.name };
}

/** Reads section header `index`, which the caller knows to be inside the file. */
export function readSection(header: Header, index: number, nameAt: (nameOff: number) => string): Section {
  const { words, sectionHeaders } = header;
  const { reader, wordBytes } = words;
  const at = sectionHeaders.offset + index * sectionHeaders.entrySize;
  const section: Section = {
    index,
    name: nameAt(reader.u32(at)),
    type: reader.u32(at + 4),
    flags: words.word(at + 8),
    addr: words.address(at + 8 + wordBytes),
    offset: words.word(at + 8 + 2 * wordBytes),
    size: words.word(at + 8 + 3 * wordBytes),
    link: reader.u32(at + 8 + 4 * wordBytes),
    info: reader.u32(at + 12 + 4 * wordBytes),
    addralign: words.word(at + 16 + 4 * wordBytes),
    entsize: words.word(at + 16 + 5 * wordBytes),
  };
  if (hasBytes(section) && !reader.has(section.offset, section.size)) {
    const end = `0x${(section.offset + section.size).toString(16)}`;
    const message = `${titleOf(section)} ends at ${end}, past the end of ${reader.bytes.length} bytes`;
    throw new ElfError("past-end", message, siteOf(section));
  }
  return section;
}
