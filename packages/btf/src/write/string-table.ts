import { encodeUtf8 } from "@core/bytes";
import type { Btf } from "../btf.js";
import { BtfError } from "../error.js";
import { stringEndAt, stringLayerOf } from "../read.js";
import { byteAt, wordAt } from "../words.js";

/** A growing string section: each string once, at offsets that go on from those of the base, which is asked first. */
export interface StringTable {
  /** String offset of `text`, which is added unless it is there. */
  offsetOf(text: string): number;
  /** The same for a string of some BTF. */
  offsetOfString(btf: Btf, offset: number): number;
  /** The section so far. */
  toBytes(): Uint8Array;
}

export function stringTableOn(base: Btf | undefined): StringTable {
  const start = base?.stringEnd ?? 0;
  const own = stringSet(new Uint8Array(1024));
  // A section of its own begins with the empty string; a split one shares its base's.
  if (base === undefined) own.add(new Uint8Array(1), 0, 0);
  const place = (bytes: Uint8Array, from: number, to: number): number => {
    if (from === to) return 0;
    const known = findInBases(base, bytes, from, to);
    if (known !== -1) return known;
    const found = own.find(bytes, from, to);
    return start + (found === -1 ? own.add(bytes, from, to) : found);
  };
  return {
    offsetOf(text) {
      const bytes = encodeUtf8(text);
      if (bytes.includes(0)) throw new BtfError("unwritable", `the name "${text}" contains a 0`);
      return place(bytes, 0, bytes.length);
    },
    offsetOfString(btf, offset) {
      const { strings, stringStart } = stringLayerOf(btf, offset);
      const from = offset - stringStart;
      return place(strings, from, stringEndAt(strings, from));
    },
    toBytes: () => own.toBytes(),
  };
}

/** The offset of a whole string of the bases, the lowest first (libbpf: btf__find_str); -1 when there is none. */
function findInBases(base: Btf | undefined, bytes: Uint8Array, from: number, to: number): number {
  if (base === undefined) return -1;
  const lower = findInBases(base.base, bytes, from, to);
  if (lower !== -1) return lower;
  const found = stringsOf(base).find(bytes, from, to);
  return found === -1 ? -1 : base.stringStart + found;
}

/** By layer: what many modules are written on is indexed once. */
const indexed = new WeakMap<Btf, StringSet>();

function stringsOf(layer: Btf): StringSet {
  const known = indexed.get(layer);
  if (known !== undefined) return known;
  const set = stringSet(layer.strings);
  for (let at = 0; at < layer.strings.length; at = stringEndAt(layer.strings, at) + 1) set.note(at);
  indexed.set(layer, set);
  return set;
}

/** Strings in a buffer, each ended by a 0, and a hash table of where they start. */
interface StringSet {
  /** Where the string is, -1 when it is not there. */
  find(text: Uint8Array, from: number, to: number): number;
  /** Notes a string that the buffer has, unless there is the same before it. */
  note(at: number): void;
  /** Puts a string behind the others, and says where it is. */
  add(text: Uint8Array, from: number, to: number): number;
  toBytes(): Uint8Array;
}

function stringSet(initial: Uint8Array): StringSet {
  // Nobody can prepare names that all fall into one bucket. What is given out does not depend on it.
  const seed = Math.floor(Math.random() * 2 ** 32);
  let buffer = initial;
  let end = 0;
  /** Where a string starts plus 1; 0 for a free slot. */
  let slots = new Uint32Array(1 << 10);
  let count = 0;

  const slotOf = (text: Uint8Array, from: number, to: number): number => {
    let hash = seed;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ byteAt(text, i), 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & (slots.length - 1);
    for (let at = slots[slot]; at && !isAt(at - 1, text, from, to); at = slots[slot]) {
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  };
  const isAt = (at: number, text: Uint8Array, from: number, to: number): boolean => {
    for (let i = from; i < to; i++) if (buffer[at + i - from] !== text[i]) return false;
    return buffer[at + to - from] === 0;
  };
  const noteIn = (slot: number, at: number): void => {
    slots[slot] = at + 1;
    if (++count * 2 <= slots.length) return;
    const old = slots;
    slots = new Uint32Array(old.length * 2);
    for (const one of old) {
      if (one !== 0) slots[slotOf(buffer, one - 1, stringEndAt(buffer, one - 1))] = one;
    }
  };
  return {
    find: (text, from, to) => wordAt(slots, slotOf(text, from, to)) - 1,
    note(at) {
      const slot = slotOf(buffer, at, stringEndAt(buffer, at));
      if (slots[slot] === 0) noteIn(slot, at);
    },
    add(text, from, to) {
      const at = end;
      end = at + to - from + 1;
      if (end > buffer.length) {
        const larger = new Uint8Array(end * 2);
        larger.set(buffer.subarray(0, at));
        buffer = larger;
      }
      buffer.set(text.subarray(from, to), at);
      if (to > from) noteIn(slotOf(text, from, to), at);
      return at;
    },
    toBytes: () => buffer.slice(0, end),
  };
}
