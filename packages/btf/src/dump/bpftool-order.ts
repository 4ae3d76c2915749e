import type { TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { type Hashing, newHashing, nextInChain, sortByHash } from "./bpftool-hash.js";
import { elementsAt, type Flat, nameOf, vlenOf } from "./flat.js";
import { compareNames, type NameTable, newNameTable, numberOfName } from "./name-table.js";
import { endlessType, spend, type Work } from "./work.js";

/** What bpftool orders types by, in this order, before hashes and ids. By index in a list of types. */
interface Keys {
  readonly rank: Uint32Array;
  /** The place, among all names, of the name of what a type leads to. */
  readonly sortName: Uint32Array;
  /** The place of its own. */
  readonly ownName: Uint32Array;
}

const OTHER_RANK = 10;

/**
 * Types in the order in which bpftool writes C (sort_btf_c), void among them, without those for which nothing would be
 * written wherever they are.
 */
export function bpftoolOrder(flat: Flat, referenced: Uint8Array, work: Work): Uint32Array {
  const ids = typesToOrder(flat, referenced, work);
  const keys = keysOf(flat, ids, work);
  // The least significant key first: what is equal stays in the order that it is in, which at first is that of ids.
  let indices = new Uint32Array(ids.length);
  for (let index = 0; index < ids.length; index++) indices[index] = index;
  for (const key of [keys.ownName, keys.sortName, keys.rank]) indices = sortedBy(key, indices);
  const ordered = indices.map((index) => ids[index] ?? 0);
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

const isEnum = (kind: number | undefined): boolean => kind === Raw.enum || kind === Raw.enum64;

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

function keysOf(flat: Flat, ids: Uint32Array, work: Work): Keys {
  const table = newNameTable(flat.strings, work);
  const rank = new Uint32Array(ids.length);
  const sortName = new Uint32Array(ids.length);
  const ownName = new Uint32Array(ids.length);
  for (let index = 0; index < ids.length; index++) {
    const id = (ids[index] ?? 0) as TypeId;
    const last = lastInChain(flat, id, work);
    rank[index] = rankOf(flat, id, last);
    sortName[index] = numberOfName(table, sortNameOf(flat, id, last));
    ownName[index] = numberOfName(table, nameOf(flat, id));
  }
  const places = placesOfNames(table);
  for (let index = 0; index < ids.length; index++) {
    sortName[index] = places[sortName[index] ?? 0] ?? 0;
    ownName[index] = places[ownName[index] ?? 0] ?? 0;
  }
  return { rank, sortName, ownName };
}

/** What a type leads to over pointers, arrays, typedefs, qualifiers and tags. */
function lastInChain(flat: Flat, id: TypeId, work: Work): TypeId {
  let last = id;
  for (let steps = 0; steps < flat.kinds.length; steps++) {
    const next = nextInChain(flat, last);
    if (next === undefined) return last;
    spend(work, 1);
    last = next;
  }
  throw endlessType(id);
}

/** libbpf's btf_type_rank, of a type that leads to `last`. */
function rankOf(flat: Flat, id: TypeId, last: TypeId): number {
  const isNamed = nameOf(flat, id) !== 0;
  if (!isNamed && id !== last) return OTHER_RANK;
  switch (flat.kinds[last]) {
    case Raw.enum:
    case Raw.enum64:
      return isNamed ? 1 : 0;
    case Raw.int:
    case Raw.float:
      return 2;
    case Raw.struct:
    case Raw.union:
      return isNamed ? 3 : OTHER_RANK;
    case Raw.funcProto:
      return isNamed ? 4 : OTHER_RANK;
    default:
      return OTHER_RANK;
  }
}

/** String offset of the name that a type is ordered by: for an enum without a name that of its first enumerator. */
function sortNameOf(flat: Flat, id: TypeId, last: TypeId): number {
  const name = nameOf(flat, last);
  return name === 0 && isEnum(flat.kinds[id]) && vlenOf(flat, id) > 0
    ? (flat.words[elementsAt(flat, id)] ?? 0)
    : name;
}

/** The place of each name, by its number, when they are ordered by their bytes. */
function placesOfNames({ strings, offsets, work }: NameTable): Uint32Array {
  const prefixes = new Float64Array(offsets.length);
  const sorted = new Uint32Array(offsets.length);
  for (let number = 0; number < offsets.length; number++) {
    prefixes[number] = prefixOf(strings, offsets[number] ?? 0);
    sorted[number] = number;
  }
  sorted.sort(
    (a, b) =>
      (prefixes[a] ?? 0) - (prefixes[b] ?? 0) ||
      compareNames(strings, offsets[a] ?? 0, offsets[b] ?? 0, work),
  );
  const places = new Uint32Array(offsets.length);
  for (let place = 0; place < sorted.length; place++) places[sorted[place] ?? 0] = place;
  return places;
}

/** A name's first 6 bytes as one number, which decides most comparisons. */
function prefixOf(strings: Uint8Array, offset: number): number {
  let prefix = 0;
  let at = offset;
  for (let i = 0; i < 6; i++) {
    const byte = strings[at] ?? 0;
    prefix = prefix * 0x100 + byte;
    if (byte !== 0) at++;
  }
  return prefix;
}

/** Indices in ascending order of their keys; those of equal keys stay in the order that they are in. */
function sortedBy(keys: Uint32Array, indices: Uint32Array): Uint32Array<ArrayBuffer> {
  let largest = 0;
  for (let i = 0; i < keys.length; i++) largest = Math.max(largest, keys[i] ?? 0);
  const starts = new Uint32Array(largest + 2);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? 0;
    starts[key + 1] = (starts[key + 1] ?? 0) + 1;
  }
  for (let key = 1; key < starts.length; key++) starts[key] = (starts[key] ?? 0) + (starts[key - 1] ?? 0);
  const sorted = new Uint32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    const key = keys[index] ?? 0;
    const place = starts[key] ?? 0;
    sorted[place] = index;
    starts[key] = place + 1;
  }
  return sorted;
}

/** Orders types that have all keys in common by their hashes; these are the types at `indices`. */
function orderTwins(ordered: Uint32Array, indices: Uint32Array, keys: Keys, hashing: Hashing): void {
  for (let start = 0, end = 1; start < ordered.length; start = end++) {
    const first = indices[start] ?? 0;
    while (end < ordered.length && areTwins(keys, first, indices[end] ?? 0)) end++;
    if (end - start > 1) sortByHash(hashing, ordered.subarray(start, end));
  }
}

function areTwins({ rank, sortName, ownName }: Keys, a: number, b: number): boolean {
  return rank[a] === rank[b] && sortName[a] === sortName[b] && ownName[a] === ownName[b];
}
