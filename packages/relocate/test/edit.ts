import { stringAt } from "@core/btf";
import { viewOf } from "@core/bytes";
import { type Elf, findSection, parseElf, replaceSections, type Section, sectionBytes } from "@core/elf";
import { openObject } from "../src/index.js";

/** A section that has to be there. */
export function sectionOf(elf: Elf, name: string): Section {
  const section = findSection(elf, name);
  if (section === undefined) throw new Error(`no section ${name}`);
  return section;
}

/** A record of `.BTF.ext`. */
export interface Place {
  readonly section: string;
  /** Of the instruction, in bytes. */
  readonly insnOff: number;
  /** Of its words, in bytes from the start of the file: the instruction's offset, and what else it says. */
  readonly at: number;
}

/** Where a file has the records of a part of its `.BTF.ext`. */
export function placesOf(bytes: Uint8Array, part: "coreRelos" | "lineInfo" = "coreRelos"): Place[] {
  const { elf, btf, ext } = openObject(bytes);
  const found = ext?.[part];
  if (btf === undefined || found === undefined) throw new Error("no records");
  const start = sectionOf(elf, ".BTF.ext").offset + found.offset;
  const view = viewOf(bytes);
  const u32 = (at: number) => view.getUint32(at, elf.order === "little");
  const places: Place[] = [];
  let headAt = start + 4;
  while (headAt < start + found.length) {
    const section = stringAt(btf, u32(headAt));
    for (let i = 0; i < u32(headAt + 4); i++) {
      const at = headAt + 8 + i * u32(start);
      places.push({ section, insnOff: u32(at), at });
    }
    headAt += 8 + u32(headAt + 4) * u32(start);
  }
  return places;
}

/** A copy of a file with words of 32 bits changed, by their offset in bytes. */
export function withWords(bytes: Uint8Array, words: Readonly<Record<number, number>>): Uint8Array {
  const copy = new Uint8Array(bytes);
  const { order } = parseElf(bytes);
  for (const [at, word] of Object.entries(words))
    viewOf(copy).setUint32(Number(at), word, order === "little");
  return copy;
}

/** A copy of a file in which section `index` is called `name`. */
export function withSectionName(bytes: Uint8Array, index: number, name: string): Uint8Array {
  const elf = parseElf(bytes);
  const view = viewOf(bytes);
  const little = elf.order === "little";
  const names = elf.sections[view.getUint16(62, little)];
  if (names === undefined) throw new Error("no section names");
  const old = sectionBytes(elf, names);
  const longer = new Uint8Array([...old, ...new TextEncoder().encode(name), 0]);
  const headers = Number(view.getBigUint64(40, little));
  return withWords(replaceSections(elf, new Map([[names.index, longer]])), {
    [headers + index * 64]: old.length,
  });
}
