import type { TypeId } from "../btf.js";
import { elementsAt, type Flat, nameOf, vlenOf } from "../flat.js";
import { Raw } from "../kinds.js";
import { byteAt, intAt, wordAt } from "../words.js";
import { nextInChain } from "./bpftool-hash.js";
import { compareNames, type NameTable, newNameTable, numberOfName } from "./name-table.js";
import { endlessType, spend, type Work } from "./work.js";

/** What types are ordered by, in this order, and then by their ids. By index in a list of types. */
export interface Keys {
  readonly rank: Uint32Array;
  /** The place, among all names, of the name of what a type leads to. */
  readonly sortName: Uint32Array;
  /** The place of its own. */
  readonly ownName: Uint32Array;
}

const OTHER_RANK = 10;

export interface ByName {
  readonly ordered: Uint32Array;
  /** Of each of these: where it was in the list. */
  readonly indices: Uint32Array;
  readonly keys: Keys;
}

/**
 * Orders types, given by ascending ids, by kind and name: enums without names, enums, numbers, structs and unions, and
 * the others (bpftool: sort_btf_c, without its hashes).
 */
export function orderByName(flat: Flat, ids: Uint32Array, work: Work): ByName {
  const keys = keysOf(flat, ids, work);
  // The least significant key first: what is equal stays in the order that it is in, which at first is that of ids.
  let indices = new Uint32Array(ids.length);
  for (let index = 0; index < ids.length; index++) indices[index] = index;
  for (const key of [keys.ownName, keys.sortName, keys.rank]) indices = sortedBy(key, indices);
  return { ordered: indices.map((index) => wordAt(ids, index)), indices, keys };
}

export const isEnum = (kind: number | undefined): boolean => kind === Raw.enum || kind === Raw.enum64;

function keysOf(flat: Flat, ids: Uint32Array, work: Work): Keys {
  const table = newNameTable(flat.strings, work);
  const rank = new Uint32Array(ids.length);
  const sortName = new Uint32Array(ids.length);
  const ownName = new Uint32Array(ids.length);
  for (let index = 0; index < ids.length; index++) {
    const id = wordAt(ids, index) as TypeId;
    const last = lastInChain(flat, id, work);
    rank[index] = rankOf(flat, id, last);
    sortName[index] = numberOfName(table, sortNameOf(flat, id, last));
    ownName[index] = numberOfName(table, nameOf(flat, id));
  }
  const places = placesOfNames(table);
  for (let index = 0; index < ids.length; index++) {
    sortName[index] = wordAt(places, wordAt(sortName, index));
    ownName[index] = wordAt(places, wordAt(ownName, index));
  }
  return { rank, sortName, ownName };
}

/** What a type leads to over pointers, arrays, typedefs, qualifiers and tags. */
export function lastInChain(flat: Flat, id: TypeId, work: Work): TypeId {
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
    ? wordAt(flat.words, elementsAt(flat, id))
    : name;
}

/** The place of each name, by its number, when they are ordered by their bytes. */
function placesOfNames({ strings, offsets, count, work }: NameTable): Uint32Array {
  const offsetOf = (number: number): number => intAt(offsets, number) >>> 0;
  const prefixes = new Float64Array(count);
  const sorted = new Uint32Array(count);
  for (let number = 0; number < count; number++) {
    prefixes[number] = prefixOf(strings, offsetOf(number));
    sorted[number] = number;
  }
  sorted.sort(
    (a, b) =>
      (prefixes[a] ?? 0) - (prefixes[b] ?? 0) || compareNames(strings, offsetOf(a), offsetOf(b), work),
  );
  const places = new Uint32Array(count);
  for (let place = 0; place < sorted.length; place++) places[wordAt(sorted, place)] = place;
  return places;
}

/** A name's first 6 bytes as one number, which decides most comparisons. */
function prefixOf(strings: Uint8Array, offset: number): number {
  let prefix = 0;
  let at = offset;
  for (let i = 0; i < 6; i++) {
    const byte = byteAt(strings, at);
    prefix = prefix * 0x100 + byte;
    if (byte !== 0) at++;
  }
  return prefix;
}

/** Indices in ascending order of their keys; those of equal keys stay in the order that they are in. */
function sortedBy(keys: Uint32Array, indices: Uint32Array): Uint32Array<ArrayBuffer> {
  let largest = 0;
  for (let i = 0; i < keys.length; i++) largest = Math.max(largest, wordAt(keys, i));
  const starts = new Uint32Array(largest + 2);
  for (let i = 0; i < keys.length; i++) {
    const key = wordAt(keys, i);
    starts[key + 1] = wordAt(starts, key + 1) + 1;
  }
  for (let key = 1; key < starts.length; key++) starts[key] = wordAt(starts, key) + wordAt(starts, key - 1);
  const sorted = new Uint32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = wordAt(indices, i);
    const key = wordAt(keys, index);
    const place = wordAt(starts, key);
    sorted[place] = index;
    starts[key] = place + 1;
  }
  return sorted;
}
