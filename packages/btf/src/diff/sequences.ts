/** Gives every different sequence of 32-bit words a number of its own: equal numbers, equal sequences. */
export interface Sequences {
  /** Adds a word to the sequence that is being written. */
  push(word: number): void;
  /** Forgets the sequence that is being written. */
  drop(): void;
  /** Ends the sequence that is being written, and gives its number, from 1 on. */
  intern(): number;
  /** The words of the sequence with a number. */
  wordsOf(sequence: number): Uint32Array;
  /** The largest number given so far. */
  readonly count: number;
}

/** A hash table of sequences, stored one behind the other. It grows, but best starts with about the size it will have. */
export function sequences(expected: number): Sequences {
  // Nobody can prepare names that all fall into one bucket. What is given out does not depend on it.
  const seed = Math.floor(Math.random() * 2 ** 32);
  let words = new Uint32Array(16 + expected * 4);
  let ends = new Uint32Array(16 + expected);
  let slots = new Uint32Array(2 ** Math.ceil(Math.log2(16 + expected * 2)));
  let count = 0;
  let end = 0;

  const isAt = (sequence: number, start: number, length: number): boolean => {
    const at = ends[sequence - 1] ?? 0;
    if ((ends[sequence] ?? 0) - at !== length) return false;
    for (let i = 0; i < length; i++) if (words[at + i] !== words[start + i]) return false;
    return true;
  };

  /** Where a sequence is, or else the free slot where it belongs. */
  const slotOf = (start: number, length: number): number => {
    const mask = slots.length - 1;
    let slot = hashWords(words, start, start + length, seed) & mask;
    for (let found = slots[slot]; found && !isAt(found, start, length); found = slots[slot]) {
      slot = (slot + 1) & mask;
    }
    return slot;
  };

  const rehash = (): void => {
    slots = new Uint32Array(slots.length * 2);
    for (let sequence = 1; sequence <= count; sequence++) {
      const start = ends[sequence - 1] ?? 0;
      slots[slotOf(start, (ends[sequence] ?? 0) - start)] = sequence;
    }
  };

  return {
    push(word) {
      if (end === words.length) words = grown(words);
      words[end++] = word;
    },
    drop() {
      end = ends[count] ?? 0;
    },
    intern() {
      const start = ends[count] ?? 0;
      const slot = slotOf(start, end - start);
      const known = slots[slot];
      if (known) {
        end = start;
        return known;
      }
      slots[slot] = ++count;
      if (count === ends.length) ends = grown(ends);
      ends[count] = end;
      if (count * 2 > slots.length) rehash();
      return count;
    },
    wordsOf: (sequence) => words.subarray(ends[sequence - 1], ends[sequence]),
    get count() {
      return count;
    },
  };
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.ceil(array.length * 1.5));
  larger.set(array);
  return larger;
}

/** Mixes each word in with the multiplications of MurmurHash3. */
function hashWords(words: Uint32Array, start: number, end: number, seed: number): number {
  let hash = seed;
  for (let i = start; i < end; i++) {
    const mixed = Math.imul(words[i] ?? 0, 0xcc9e2d51);
    hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
