import type { Flat } from "../flat.js";
import { essentialLength, UNDERSCORE } from "../name-hash.js";
import { withRoom } from "../room.js";
import type { Hash } from "./hash.js";
import { numbering } from "./numbering.js";

/** Gives every different name in two BTFs a number of its own, from 1 on; 0 to the empty one. */
export interface Names {
  /** Number of the name at a string offset, with its flavor or without. */
  numberOf(flat: Flat, offset: number, match: "exact" | "essential"): number;
  /** The largest number given so far. */
  readonly count: number;
}

/** Nothing is copied: a name is known by where it was first seen. */
export function namesOf(before: Flat, after: Flat, hash: Hash): Names {
  const boundary = before.strings.length;
  const expected = Math.ceil((before.kinds.length + after.kinds.length) / 2);
  /** By number, start and length in bytes. Strings of the second BTF begin where those of the first end. */
  let places = new Int32Array(4 * (16 + expected));
  let packed = new Int32Array(128);
  // What is asked about.
  let { strings } = before;
  let start = 0;
  let length = 0;

  const numbers = numbering(expected, (known) => {
    if (places[known * 2 + 1] !== length) return false;
    const place = (places[known * 2] ?? 0) >>> 0;
    const isBefore = place < boundary;
    const others = isBefore ? before.strings : after.strings;
    const at = isBefore ? place : place - boundary;
    for (let i = 0; i < length; i++) if (others[at + i] !== strings[start + i]) return false;
    return true;
  });

  /** Four bytes a word, up to `end` or a 0; no name contains one, so that those that fill up the last word are told apart. */
  const pack = (end: number, isEssential: boolean): number => {
    let count = 0;
    let word = 0;
    let shift = 0;
    let underscores = 0;
    let at = start;
    for (let byte = strings[at]; byte && at < end; byte = strings[++at]) {
      word |= byte << shift;
      shift = (shift + 8) & 31;
      if (shift === 0) {
        packed = withRoom(packed, count + 1);
        packed[count++] = word;
        word = 0;
      }
      underscores = byte === UNDERSCORE ? underscores + 1 : 0;
      if (underscores === 3 && isEssential) {
        while (strings[at]) at++;
        return pack(start + essentialLength(strings, start, at), false);
      }
    }
    if (word !== 0) packed[count++] = word;
    length = at - start;
    return count;
  };

  return {
    numberOf(flat, offset, match) {
      strings = flat.strings;
      start = offset;
      if (!strings[start]) return 0;
      const hashed = hash(packed, 0, pack(strings.length, match === "essential"));
      const { count } = numbers;
      const number = numbers.numberOf(hashed);
      if (number > count) {
        places = withRoom(places, number * 2 + 1);
        places[number * 2] = strings === before.strings ? start : boundary + start;
        places[number * 2 + 1] = length;
      }
      return number;
    },
    get count() {
      return numbers.count;
    },
  };
}
