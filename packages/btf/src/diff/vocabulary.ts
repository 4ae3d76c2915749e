import { decodeUtf8 } from "@core/bytes";
import type { Flat } from "../flat.js";
import { MAX_KINDS } from "../kinds.js";
import { stringEndAt } from "../read.js";
import { keyedHash } from "./hash.js";
import { namesOf } from "./names.js";
import { type Sequences, sequences } from "./sequences.js";

/** What two BTFs are compared by: equal names have the same number in both, and so have equal types. */
export interface Vocabulary {
  /** Number of a name, given by its string offset; 0 for an empty one. */
  nameOf(flat: Flat, offset: number): number;
  /** Number of a name without its flavor. */
  essentialNameOf(flat: Flat, offset: number): number;
  /** Number of an integer's name, the same for `unsigned long` and `long unsigned int`: compilers differ. */
  intNameOf(flat: Flat, offset: number): number;
  /** The largest number of a name so far. */
  readonly lastName: number;
  readonly shapes: Sequences;
  /** By kind: the number in `shapes` of a field of which nothing but its kind counts; 0 until it is needed. */
  readonly fieldOfKind: Uint32Array;
}

export function vocabulary(before: Flat, after: Flat): Vocabulary {
  const hash = keyedHash();
  const names = namesOf(before, after, hash);
  /** By their words in order: the number of the name of the first integer that has them. */
  const ints = new Map<string, number>();
  return {
    nameOf: (flat, offset) => names.numberOf(flat, offset, "exact"),
    essentialNameOf: (flat, offset) => names.numberOf(flat, offset, "essential"),
    intNameOf(flat, offset) {
      const number = names.numberOf(flat, offset, "exact");
      if (number === 0) return 0;
      const name = intName(decodeUtf8(flat.strings, offset, stringEndAt(flat.strings, offset)));
      const known = ints.get(name);
      if (known !== undefined) return known;
      ints.set(name, number);
      return number;
    },
    get lastName() {
      return names.count;
    },
    shapes: sequences(Math.ceil((before.kinds.length + after.kinds.length) / 4), hash),
    fieldOfKind: new Uint32Array(MAX_KINDS),
  };
}

/** Words in one order, and without those that change nothing. */
function intName(name: string): string {
  const words = name.split(" ");
  const needed = words.filter((word) => word !== "int" && (word !== "signed" || words.includes("char")));
  return needed.sort().join(" ") || "int";
}

/** The number of a sequence of two or three words. */
export function constant({ shapes }: Vocabulary, first: number, second: number, third?: number): number {
  shapes.push(first);
  shapes.push(second);
  if (third !== undefined) shapes.push(third);
  return shapes.intern();
}
