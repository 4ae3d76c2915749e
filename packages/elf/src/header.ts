import type { ByteOrder } from "@core/bytes";
import { ElfError } from "./error.js";
import { type ElfClass, type Words, wordsOf } from "./words.js";

/** The ELF header, with the numbers that overflow it already taken from section header 0. */
export interface Header {
  readonly words: Words;
  readonly order: ByteOrder;
  readonly class: ElfClass;
  readonly type: number;
  readonly machine: number;
  readonly flags: number;
  /** Size of the ELF header itself, in bytes. */
  readonly size: number;
  /** Where the section headers are, in bytes; all of them are inside the file. */
  readonly sectionHeaders: { readonly offset: number; readonly count: number; readonly entrySize: number };
  /** Where the program headers are, in bytes; not checked against the file. */
  readonly programHeaders: { readonly offset: number; readonly size: number };
  /** Index of the section that holds the sections' names; 0 when there is none. */
  readonly nameSection: number;
}

const IDENT_BYTES = 16;
const EV_CURRENT = 1;
const SHN_XINDEX = 0xffff;
const PN_XNUM = 0xffff;

/** @throws {ElfError} when `bytes` is no ELF file, or its header or section headers are malformed. */
export function parseHeader(bytes: Uint8Array): Header {
  if (bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    throw new ElfError("not-elf", "no ELF magic", { offset: 0 });
  }
  if (bytes.length < IDENT_BYTES) throw shortHeader(bytes);
  const elfClass = classOf(bytes[4]);
  const order = orderOf(bytes[5]);
  if (bytes[6] !== EV_CURRENT) throw new ElfError("unsupported", `version ${bytes[6]}`, { offset: 6 });

  const words = wordsOf(bytes, order, elfClass);
  const { reader, wordBytes } = words;
  const size = 40 + 3 * wordBytes;
  if (bytes.length < size) throw shortHeader(bytes);

  const sectionOffset = words.word(24 + 2 * wordBytes);
  const tail = 24 + 3 * wordBytes;
  const programEntrySize = reader.u16(tail + 6);
  const programCount = reader.u16(tail + 8);
  const entrySize = reader.u16(tail + 10);
  const sectionCount = reader.u16(tail + 12);
  const nameIndex = reader.u16(tail + 14);

  const hasSections = sectionOffset !== 0;
  if (!hasSections && sectionCount !== 0) {
    throw new ElfError("bad-header", `${sectionCount} section headers at no offset`, { offset: tail + 12 });
  }
  if (hasSections && entrySize !== 16 + 6 * wordBytes) {
    const message = `section headers of ${entrySize} bytes, not ${16 + 6 * wordBytes}`;
    throw new ElfError("bad-header", message, { offset: tail + 10 });
  }

  if (hasSections && !reader.has(sectionOffset, entrySize)) {
    throw new ElfError("past-end", "section header 0 is outside the file", { offset: sectionOffset });
  }
  // What does not fit in 16 bits is in section header 0: the number of sections in sh_size, of program headers
  // in sh_info, and the index of the section with the names in sh_link.
  const count =
    sectionCount === 0 && hasSections ? words.word(sectionOffset + 8 + 3 * wordBytes) : sectionCount;
  const nameSection =
    nameIndex === SHN_XINDEX && hasSections ? reader.u32(sectionOffset + 8 + 4 * wordBytes) : nameIndex;
  const programs =
    programCount === PN_XNUM && hasSections ? reader.u32(sectionOffset + 12 + 4 * wordBytes) : programCount;
  const programBytes = programs * programEntrySize;

  if (count * entrySize > bytes.length - sectionOffset && count !== 0) {
    const message = `${count} section headers run past the end of ${bytes.length} bytes`;
    throw new ElfError("past-end", message, { offset: sectionOffset });
  }
  if (nameSection !== 0 && nameSection >= count) {
    const message = `names are in section ${nameSection} of ${count}`;
    throw new ElfError("bad-link", message, { offset: tail + 14 });
  }

  return {
    words,
    order,
    class: elfClass,
    type: reader.u16(16),
    machine: reader.u16(18),
    flags: reader.u32(tail),
    size,
    sectionHeaders: { offset: sectionOffset, count, entrySize },
    programHeaders: { offset: programBytes === 0 ? 0 : words.word(24 + wordBytes), size: programBytes },
    nameSection,
  };
}

function shortHeader(bytes: Uint8Array): ElfError {
  return new ElfError("past-end", `the ELF header runs past the end of ${bytes.length} bytes`, { offset: 0 });
}

function classOf(byte: number | undefined): ElfClass {
  if (byte === 1) return 32;
  if (byte === 2) return 64;
  throw new ElfError("unsupported", `class ${byte}`, { offset: 4 });
}

function orderOf(byte: number | undefined): ByteOrder {
  if (byte === 1) return "little";
  if (byte === 2) return "big";
  throw new ElfError("unsupported", `byte order ${byte}`, { offset: 5 });
}
