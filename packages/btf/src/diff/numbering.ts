/** Numbers from 1 on for things that are stored elsewhere: equal things have the same. */
export interface Numbering {
  /** Number of the thing that is asked about, by its hash; the next free one when none is equal to it. */
  numberOf(hash: number): number;
  /** The largest number given so far. */
  readonly count: number;
}

/**
 * A hash table. It grows, but best starts with about the size it will have.
 *
 * @param isEqual Whether the thing that is asked about is the one with a number.
 */
export function numbering(expected: number, isEqual: (known: number) => boolean): Numbering {
  /**
   * Two words each, next to each other in memory: a number, 0 in those that are free, and its hash. With a sign, as all
   * words here: larger numbers take memory of their own until code is compiled.
   */
  let slots = new Int32Array(2 * 2 ** Math.ceil(Math.log2(16 + expected * 1.5)));
  let count = 0;

  const grow = (): void => {
    const old = slots;
    slots = new Int32Array(old.length * 2);
    const mask = slots.length - 2;
    for (let at = 0; at < old.length; at += 2) {
      const number = old[at] ?? 0;
      if (number === 0) continue;
      const hash = old[at + 1] ?? 0;
      let slot = (hash << 1) & mask;
      while (slots[slot]) slot = (slot + 2) & mask;
      slots[slot] = number;
      slots[slot + 1] = hash;
    }
  };

  return {
    numberOf(hash) {
      const mask = slots.length - 2;
      let slot = (hash << 1) & mask;
      for (let known = slots[slot]; known; known = slots[slot]) {
        if (slots[slot + 1] === hash && isEqual(known)) return known;
        slot = (slot + 2) & mask;
      }
      slots[slot] = ++count;
      slots[slot + 1] = hash;
      // At most two of three are taken.
      if (count * 3 > slots.length) grow();
      return count;
    },
    get count() {
      return count;
    },
  };
}
