import { encodeUtf8 } from "@core/bytes";
import type { Btf } from "../btf.js";
import { MAX_KINDS } from "../kinds.js";
import { essentialName } from "../names.js";
import { stringAt, stringBytesAt, stringLayerOf } from "../read.js";
import { type Sequences, sequences } from "./sequences.js";

/** What two BTFs are compared by: equal names have the same number in both, and so have equal types. */
export interface Vocabulary {
  /** Number of a name, given by its string offset; 0 for an empty one. */
  nameOf(btf: Btf, offset: number): number;
  /** Number of a name without its flavor. */
  essentialNameOf(btf: Btf, offset: number): number;
  /** Number of an integer's name, the same for `unsigned long` and `long unsigned int`: compilers differ. */
  intNameOf(btf: Btf, offset: number): number;
  /** The largest number of a name so far. */
  readonly lastName: number;
  readonly shapes: Sequences;
  /** By kind: the number in `shapes` of a field of which nothing but its kind counts; 0 until it is needed. */
  readonly fieldOfKind: Uint32Array;
}

const UNDERSCORE = 0x5f;

/** @param types How many types there will be. */
export function vocabulary(types: number): Vocabulary {
  const names = sequences(types / 2);

  /** Four bytes a word. No name contains a 0, so that those which fill up the last word are told apart from it. */
  const numberOf = (btf: Btf, offset: number, isEssential: boolean): number => {
    const { strings, stringStart } = stringLayerOf(btf, offset);
    let at = offset - stringStart;
    if (!strings[at]) return 0;
    let underscores = 0;
    for (let word = 0, shift = 0; ; at++) {
      const byte = strings[at] ?? 0;
      word |= byte << shift;
      shift += 8;
      if (byte === 0 || shift === 32) {
        if (word !== 0) names.push(word);
        if (byte === 0) return names.intern();
        word = 0;
        shift = 0;
      }
      underscores = byte === UNDERSCORE ? underscores + 1 : 0;
      if (underscores === 3 && isEssential) break;
    }
    names.drop();
    const bytes = stringBytesAt(btf, offset);
    return numberOfBytes(bytes.subarray(0, essentialLength(bytes)));
  };

  const numberOfBytes = (bytes: Uint8Array): number => {
    for (let i = 0; i < bytes.length; i += 4) {
      let word = 0;
      for (const [j, byte] of bytes.subarray(i, i + 4).entries()) word |= byte << (8 * j);
      names.push(word);
    }
    return bytes.length === 0 ? 0 : names.intern();
  };

  return {
    nameOf: (btf, offset) => numberOf(btf, offset, false),
    essentialNameOf: (btf, offset) => numberOf(btf, offset, true),
    intNameOf: (btf, offset) => numberOfBytes(encodeUtf8(intName(stringAt(btf, offset)))),
    get lastName() {
      return names.count;
    },
    shapes: sequences(types / 4),
    fieldOfKind: new Uint32Array(MAX_KINDS),
  };
}

/** A character for each byte, so that what is not UTF-8 keeps its length. */
const essentialLength = (bytes: Uint8Array): number =>
  essentialName(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).length;

/** Words in one order, and without those that change nothing. */
function intName(name: string): string {
  const words = name.split(" ");
  const needed = words.filter((word) => word !== "int" && (word !== "signed" || words.includes("char")));
  return name === "" ? "" : needed.sort().join(" ") || "int";
}
