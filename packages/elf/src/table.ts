import type { Elf } from "./elf.js";
import { sectionBytes } from "./elf.js";
import { ElfError } from "./error.js";
import { type Section, siteOf, titleOf } from "./section.js";
import { type Words, wordsOf } from "./words.js";

/** A section read as an array of entries. */
export interface Table {
  /** Reads the section's contents; offsets are in bytes from their start. */
  readonly words: Words;
  readonly count: number;
}

/** @throws {ElfError} `bad-table` when the section is not made of whole entries of `entryBytes`. */
export function tableOf(elf: Elf, section: Section, entryBytes: number): Table {
  const bytes = sectionBytes(elf, section);
  if (bytes.length !== 0 && (section.entsize !== entryBytes || bytes.length % entryBytes !== 0)) {
    const entries = `${bytes.length} bytes in entries of ${section.entsize}, not ${entryBytes}`;
    throw new ElfError("bad-table", `${titleOf(section)}: ${entries}`, siteOf(section));
  }
  return {
    words: wordsOf(bytes, elf.order, elf.class, section.offset),
    count: bytes.length / entryBytes,
  };
}

/** Size of one symbol in bytes. */
export function symbolBytes(elf: Elf): 16 | 24 {
  return elf.class === 32 ? 16 : 24;
}
