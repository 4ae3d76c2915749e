import type { TypeId } from "../btf.js";
import { type Flat, nameOf } from "../flat.js";
import { Raw } from "../kinds.js";
import { wordAt } from "../words.js";
import { type Hashing, newHashing, sortByHash } from "./bpftool-hash.js";
import { isEnum, type Keys, lastInChain, orderByName } from "./order-by-name.js";
import type { Work } from "./work.js";

/**
 * Types in the order in which bpftool writes C (sort_btf_c), void among them, without those for which nothing would be
 * written wherever they are.
 */
export function bpftoolOrder(flat: Flat, referenced: Uint8Array, work: Work): Uint32Array {
  const { ordered, indices, keys } = orderByName(flat, typesToOrder(flat, referenced, work), work);
  orderTwins(ordered, indices, keys, newHashing(flat, work));
  return ordered;
}

function typesToOrder(flat: Flat, referenced: Uint8Array, work: Work): Uint32Array {
  const { kinds } = flat;
  const ids = new Uint32Array(kinds.length);
  const namelessEnumIsFirst = kinds.some((kind, id) => isEnum(kind) && nameOf(flat, id as TypeId) === 0);
  let count = 0;
  for (let id = 0; id < kinds.length; id++) {
    const typeId = id as TypeId;
    switch (kinds[id]) {
      case Raw.func:
      case Raw.var:
      case Raw.datasec:
      case Raw.declTag:
        // C is not made of them. When something refers to them nevertheless, it matters what comes first.
        if (referenced[id] === 1) ids[count++] = id;
        break;
      case Raw.ptr:
      case Raw.array:
      case Raw.volatile:
      case Raw.const:
      case Raw.restrict:
        // Once everything that has a name is written there is nothing left to write for them; but the first type of
        // all, which bpftool forgets, is written only when another one needs it.
        if (!namelessEnumIsFirst || !leadsToName(flat, typeId, work)) ids[count++] = id;
        break;
      default:
        ids[count++] = id;
    }
  }
  return ids.subarray(0, count);
}

/** Whether a type without a name leads to one of those that come first in the order: one with a name, or a number. */
function leadsToName(flat: Flat, id: TypeId, work: Work): boolean {
  const last = lastInChain(flat, id, work);
  switch (flat.kinds[last]) {
    case Raw.int:
    case Raw.float:
      return nameOf(flat, id) === 0;
    case Raw.enum:
    case Raw.enum64:
    case Raw.struct:
    case Raw.union:
      return nameOf(flat, id) === 0 && nameOf(flat, last) !== 0;
    default:
      return false;
  }
}

/** Orders types that have all keys in common by their hashes; these are the types at `indices`. */
function orderTwins(ordered: Uint32Array, indices: Uint32Array, keys: Keys, hashing: Hashing): void {
  for (let start = 0, end = 1; start < ordered.length; start = end++) {
    const first = wordAt(indices, start);
    while (end < ordered.length && areTwins(keys, first, wordAt(indices, end))) end++;
    if (end - start > 1) sortByHash(hashing, ordered.subarray(start, end));
  }
}

function areTwins({ rank, sortName, ownName }: Keys, a: number, b: number): boolean {
  return rank[a] === rank[b] && sortName[a] === sortName[b] && ownName[a] === ownName[b];
}
