import type { ByteOrder } from "@core/bytes";
import { parseHeader } from "./header.js";
import { hasBytes, readSection, type Section } from "./section.js";
import { namesOf } from "./strings.js";
import type { ElfClass } from "./words.js";

/** A parsed ELF file: its header and its section headers. Contents are read from `bytes` when asked for. */
export interface Elf {
  /** The whole file, as given to {@link parseElf}. */
  readonly bytes: Uint8Array;
  readonly order: ByteOrder;
  /** Width of addresses, in bits. */
  readonly class: ElfClass;
  /** `e_type`: one of `ET_*`, or another value of 16 bits. */
  readonly type: number;
  /** `e_machine`: the processor, a value of 16 bits. */
  readonly machine: number;
  /** `e_flags`: the processor's own flags, 32 bits. */
  readonly flags: number;
  /** `sections[i].index` is `i`. Section 0, when there are any, is unused. */
  readonly sections: readonly Section[];
}

/**
 * Reads an ELF file of either class and byte order. Takes time in the number of sections only: no
 * contents but the sections' names are looked at, and nothing is copied. More than 65,279 sections
 * (`e_shnum` 0, `SHN_XINDEX`) are read as the gABI describes.
 *
 * @throws {ElfError} when the header or a section header is malformed, or says that bytes outside the file
 * belong to a section. Sections that overlap are no error here.
 * @example
 * const elf = parseElf(bytes);
 * elf.sections.map((section) => section.name);
 */
export function parseElf(bytes: Uint8Array): Elf {
  const header = parseHeader(bytes);
  const names = header.nameSection === 0 ? undefined : readSection(header, header.nameSection, () => "");
  const nameAt = namesOf(bytes, names);
  const sections: Section[] = [];
  for (let index = 0; index < header.sectionHeaders.count; index++) {
    sections.push(readSection(header, index, nameAt));
  }
  const { order, class: elfClass, type, machine, flags } = header;
  return { bytes, order, class: elfClass, type, machine, flags, sections };
}

/**
 * The first section of that name.
 *
 * @example
 * const btf = findSection(elf, ".BTF");
 */
export function findSection(elf: Elf, name: string): Section | undefined {
  return elf.sections.find((section) => section.name === name);
}

/**
 * A section's contents as they are in the file: a view, not a copy, and still compressed when
 * `SHF_COMPRESSED` is set. Empty for `SHT_NOBITS` and unused headers.
 *
 * @example
 * const code = sectionBytes(elf, section);
 */
export function sectionBytes(elf: Elf, section: Section): Uint8Array {
  return elf.bytes.subarray(section.offset, section.offset + (hasBytes(section) ? section.size : 0));
}
