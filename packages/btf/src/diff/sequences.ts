import { withRoom } from "../room.js";
import type { Hash } from "./hash.js";
import { numbering } from "./numbering.js";

/** Gives every different sequence of 32-bit words a number of its own: equal numbers, equal sequences. */
export interface Sequences {
  /** Adds a word to the sequence that is being written. */
  push(word: number): void;
  /** Ends the sequence that is being written, and gives its number, from 1 on. */
  intern(): number;
}

/** Stored one behind the other. Memory that is not written to costs nothing, but a copy of it does. */
export function sequences(expected: number, hash: Hash): Sequences {
  let words = new Int32Array(16 + expected * 16);
  /** By number; what is being written begins where the last of them ends. */
  let ends = new Int32Array(16 + expected * 4);
  let start = 0;
  let end = 0;

  const numbers = numbering(expected, (known) => {
    const at = ends[known - 1] ?? 0;
    const length = end - start;
    if ((ends[known] ?? 0) - at !== length) return false;
    for (let i = 0; i < length; i++) if (words[at + i] !== words[start + i]) return false;
    return true;
  });

  return {
    push(word) {
      words = withRoom(words, end);
      words[end++] = word;
    },
    intern() {
      const { count } = numbers;
      const number = numbers.numberOf(hash(words, start, end));
      if (number > count) {
        ends = withRoom(ends, number);
        ends[number] = end;
        start = end;
      }
      end = start;
      return number;
    },
  };
}
