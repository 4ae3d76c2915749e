import { wordAt } from "../words.js";

/** Types that stay, by hash. */
export interface Candidates {
  add(hash: number, id: number): void;
  /** Calls `accept` with the types of a hash until it says yes; that type, or 0. */
  find(hash: number, accept: (id: number) => boolean): number;
}

const LEAST_BUCKETS = 4;

/**
 * A hash table that gives types of one hash in the order in which libbpf's gives them (hashmap.c): the last comes first,
 * and the order turns around whenever the table grows. Of several types that could stand for another it is the
 * first that does, so that the result depends on it.
 */
export function candidates(endId: number): Candidates {
  const hashes = new Uint32Array(endId);
  const next = new Uint32Array(endId);
  let heads = new Uint32Array(0);
  let count = 0;

  const link = (id: number): void => {
    const bucket = wordAt(hashes, id) & (heads.length - 1);
    next[id] = wordAt(heads, bucket);
    heads[bucket] = id;
  };
  const grow = (): void => {
    const old = heads;
    heads = new Uint32Array(Math.max(LEAST_BUCKETS, old.length * 2));
    for (const head of old) {
      for (let id = head; id !== 0; ) {
        const following: number = wordAt(next, id);
        link(id);
        id = following;
      }
    }
  };
  return {
    add(hash, id) {
      if (heads.length === 0 || Math.floor(((count + 1) * 4) / 3) > heads.length) grow();
      hashes[id] = hash;
      link(id);
      count++;
    },
    find(hash, accept) {
      if (heads.length === 0) return 0;
      for (let id = wordAt(heads, hash & (heads.length - 1)); id !== 0; id = wordAt(next, id)) {
        if (hashes[id] === hash && accept(id)) return id;
      }
      return 0;
    },
  };
}
