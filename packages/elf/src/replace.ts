import { viewOf } from "@core/bytes";
import { SHF_ALLOC, SHT_NOBITS, SHT_NULL } from "./constants.js";
import type { Elf } from "./elf.js";
import { ElfError } from "./error.js";
import { type Header, parseHeader } from "./header.js";
import { hasBytes, type Section, siteOf, titleOf } from "./section.js";

/** Largest alignment that a moved section gets, in bytes; the largest page of common processors. */
const MAX_ALIGNMENT = 0x1_0000;

/**
 * A copy of the file with other contents in some sections, which are keyed by their index. Contents that are
 * no longer than the old ones take their place, and what is left of the old ones becomes zero. Longer contents
 * go to the end of the file, at the section's alignment, and the old ones stay behind unused. Offset and size
 * in the section's header follow. Every other byte is the same; `elf` is not changed.
 *
 * What depends on the contents, such as symbols and relocations into them, is for the caller to keep right.
 *
 * @throws {ElfError} `bad-replacement` when an index is no section with bytes of its own, or when a section
 * would have to move that program headers load, or whose alignment is above 65,536 or no power of two;
 * `overlap` when old contents also belong to a header or to another section; `too-large` when a 32-bit file
 * would outgrow 4 GiB.
 * @example
 * const copy = replaceSections(elf, new Map([[section.index, code]]));
 */
export function replaceSections(elf: Elf, replacements: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const header = parseHeader(elf.bytes);
  const changes = [...replacements]
    .sort(([a], [b]) => a - b)
    .map(([index, contents]) => ({ section: replaceable(elf, index, contents), contents }));
  refuseOverlaps(elf, header, replacements);

  let end = elf.bytes.length;
  const placed = changes.map(({ section, contents }) => {
    if (contents.length <= section.size) return { section, contents, offset: section.offset };
    const alignment = alignmentToMove(section, header);
    const offset = Math.ceil(end / alignment) * alignment;
    end = offset + contents.length;
    if (elf.class === 32 && end > 0xffff_ffff) {
      throw new ElfError(
        "too-large",
        `${titleOf(section)} would end at 0x${end.toString(16)}`,
        siteOf(section),
      );
    }
    return { section, contents, offset };
  });

  const copy = new Uint8Array(end);
  copy.set(elf.bytes);
  for (const { section, contents, offset } of placed) {
    // The offset of an empty section may be outside the file, where not even nothing can be set.
    if (contents.length !== 0) copy.set(contents, offset);
    copy.fill(0, offset + contents.length, offset + section.size);
    writePlace(copy, header, section.index, offset, contents.length);
  }
  return copy;
}

function replaceable(elf: Elf, index: number, contents: Uint8Array): Section {
  const section = elf.sections[index];
  if (section === undefined) {
    throw new ElfError("bad-replacement", `there is no section ${index} of ${elf.sections.length}`);
  }
  if (section.type === SHT_NULL || section.type === SHT_NOBITS) {
    const message = `${titleOf(section)} has no bytes to replace by ${contents.length}`;
    throw new ElfError("bad-replacement", message, siteOf(section));
  }
  return section;
}

function alignmentToMove(section: Section, header: Header): number {
  if ((section.flags & SHF_ALLOC) !== 0 && header.programHeaders.size !== 0) {
    const message = `${titleOf(section)} is loaded from where it is and cannot move to grow`;
    throw new ElfError("bad-replacement", message, siteOf(section));
  }
  const alignment = Math.max(section.addralign, 1);
  if (alignment > MAX_ALIGNMENT || (alignment & (alignment - 1)) !== 0) {
    const message = `${titleOf(section)} cannot be aligned to ${alignment}`;
    throw new ElfError("bad-replacement", message, siteOf(section));
  }
  return alignment;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly title: string;
  readonly replaced: boolean;
}

/**
 * One pass over all ranges by start. A range overlaps an earlier one when it starts before the furthest end
 * so far; and a replaced range that overlaps none is the furthest itself until another starts behind it.
 */
function refuseOverlaps(elf: Elf, header: Header, replacements: ReadonlyMap<number, Uint8Array>): void {
  const ranges = rangesOf(elf, header, replacements).sort((a, b) => a.start - b.start);
  let furthest: Range | undefined;
  for (const range of ranges) {
    if (furthest !== undefined && range.start < furthest.end && (range.replaced || furthest.replaced)) {
      throw new ElfError("overlap", `${range.title} overlaps ${furthest.title}`, { offset: range.start });
    }
    if (furthest === undefined || range.end > furthest.end) furthest = range;
  }
}

function rangesOf(elf: Elf, header: Header, replacements: ReadonlyMap<number, Uint8Array>): Range[] {
  const { sectionHeaders, programHeaders } = header;
  const at = (title: string, start: number, size: number): Range => ({
    start,
    end: start + size,
    title,
    replaced: false,
  });
  const headers = [
    at("the ELF header", 0, header.size),
    at("the section headers", sectionHeaders.offset, sectionHeaders.count * sectionHeaders.entrySize),
    at("the program headers", programHeaders.offset, programHeaders.size),
  ];
  const sections = elf.sections.filter(hasBytes).map((section) => ({
    ...at(titleOf(section), section.offset, section.size),
    replaced: replacements.has(section.index),
  }));
  return [...headers, ...sections];
}

function writePlace(copy: Uint8Array, header: Header, index: number, offset: number, size: number): void {
  const { sectionHeaders, order, words } = header;
  const view = viewOf(copy);
  const at = sectionHeaders.offset + index * sectionHeaders.entrySize + 8 + 2 * words.wordBytes;
  const little = order === "little";
  if (words.wordBytes === 4) {
    view.setUint32(at, offset, little);
    view.setUint32(at + 4, size, little);
  } else {
    view.setBigUint64(at, BigInt(offset), little);
    view.setBigUint64(at + 8, BigInt(size), little);
  }
}
