import { withRoom } from "../room.js";
import { byteAt, intAt } from "../words.js";
import { spend, type Work } from "./work.js";

/** Numbers names by their bytes, so that equal names at different string offsets have one number. */
export interface NameTable {
  readonly strings: Uint8Array;
  readonly work: Work;
  /** How many names there are. The empty one is number 0. */
  count: number;
  /** By number: a string offset, of which the highest bit is the sign. */
  offsets: Int32Array<ArrayBuffer>;
  /** By number. */
  hashes: Int32Array<ArrayBuffer>;
  /** A hash table of the other numbers. */
  slots: Uint32Array;
}

export const newNameTable = (strings: Uint8Array, work: Work): NameTable => ({
  strings,
  work,
  count: 1,
  offsets: new Int32Array(1 << 10),
  hashes: new Int32Array(1 << 10),
  slots: new Uint32Array(1 << 10),
});

/** The number of the name at a string offset. */
export function numberOfName(table: NameTable, offset: number): number {
  const { strings, work, offsets, hashes, slots } = table;
  if (strings[offset] === 0) return 0;
  const hash = hashName(strings, offset, work);
  const mask = slots.length - 1;
  let slot = hash & mask;
  for (let taken = slots[slot]; taken; taken = slots[slot]) {
    if (hashes[taken] === hash && compareNames(strings, intAt(offsets, taken) >>> 0, offset, work) === 0)
      return taken;
    spend(work, 1);
    slot = (slot + 1) & mask;
  }
  const number = table.count++;
  table.offsets = withRoom(offsets, number);
  table.hashes = withRoom(hashes, number);
  table.offsets[number] = offset;
  table.hashes[number] = hash;
  slots[slot] = number;
  if (table.count * 2 > slots.length) enlarge(table);
  return number;
}

function enlarge(table: NameTable): void {
  const slots = new Uint32Array(table.slots.length * 2);
  const mask = slots.length - 1;
  for (let number = 1; number < table.count; number++) {
    let slot = intAt(table.hashes, number) & mask;
    for (; slots[slot]; slot = (slot + 1) & mask) spend(table.work, 1);
    slots[slot] = number;
  }
  table.slots = slots;
}

/** FNV-1a. */
function hashName(strings: Uint8Array, offset: number, work: Work): number {
  let hash = 0x811c9dc5 | 0;
  let at = offset;
  for (let byte = strings[at]; byte; byte = strings[++at]) hash = Math.imul(hash ^ byte, 0x01000193);
  spend(work, at - offset);
  return hash;
}

/** Compares the bytes of the names at two string offsets, as strcmp does. */
export function compareNames(strings: Uint8Array, a: number, b: number, work: Work): number {
  if (a === b) return 0;
  let same = 0;
  while (strings[a + same] === strings[b + same] && strings[a + same]) same++;
  spend(work, same);
  return byteAt(strings, a + same) - byteAt(strings, b + same);
}
