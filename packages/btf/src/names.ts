import { encodeUtf8 } from "@core/bytes";
import type { Btf, ExpectedNames, NameIndex, TypeId } from "./btf.js";
import { findExpected } from "./expected-names.js";
import { type Kind, kindOfRecord } from "./kinds.js";
import { essentialHash, essentialLength, hashBytes } from "./name-hash.js";
import { MEMBER_SIZE, membersOf, stringEndAt, stringLayerOf } from "./read.js";

/** A name without its flavor: `task_struct` for `task_struct___v2`. */
export function essentialName(name: string): string {
  const units = Array.from({ length: name.length }, (_, i) => name.charCodeAt(i));
  return name.slice(0, essentialLength(units, 0, units.length));
}

/**
 * Do the strings at two offsets, each of its own BTF, have the same bytes? Or, for `essential`, the
 * same bytes up to their flavors?
 * @throws BtfError `string-offset` when an offset lies outside the string sections.
 */
export function sameName(a: Btf, aOff: number, b: Btf, bOff: number, match: "exact" | "essential"): boolean {
  const { strings: aBytes, stringStart: aBase } = stringLayerOf(a, aOff);
  const { strings: bBytes, stringStart: bBase } = stringLayerOf(b, bOff);
  const aStart = aOff - aBase;
  const bStart = bOff - bBase;
  let same = 0;
  while (aBytes[aStart + same] === bBytes[bStart + same]) {
    // A string section ends with 0, so that this is reached before the end of the shorter one.
    if (!aBytes[aStart + same]) return true;
    same++;
  }
  if (match === "exact") return false;
  const aLength = essentialLength(aBytes, aStart, stringEndAt(aBytes, aStart));
  const bLength = essentialLength(bBytes, bStart, stringEndAt(bBytes, bStart));
  return aLength === bLength && same >= aLength;
}

/**
 * True when the string at an offset is empty: a member or type without a name.
 * @throws BtfError `string-offset` when the offset lies outside the string sections.
 */
export function isEmptyName(btf: Btf, offset: number): boolean {
  if (offset === 0) return true;
  const { strings, stringStart } = stringLayerOf(btf, offset);
  return strings[offset - stringStart] === 0;
}

/**
 * Where a search for a member by name goes on: index of the first member of a struct or union, `from` or later, that has
 * no name or exactly the name at string offset `nameOff` of another BTF; the number of members when there is none.
 * @throws BtfError `wrong-kind`, `string-offset`.
 */
export function nextMemberNamed(btf: Btf, id: TypeId, from: number, other: Btf, nameOff: number): number {
  const { layer, at, vlen } = membersOf(btf, id);
  const { view, little } = layer;
  const { strings: wanted, stringStart } = stringLayerOf(other, nameOff);
  const start = nameOff - stringStart;
  const firstByte = wanted[start];
  for (let index = from; index < vlen; index++) {
    const offset = view.getUint32(at + index * MEMBER_SIZE, little);
    if (offset === 0) return index;
    const { strings, stringStart: base } = stringLayerOf(btf, offset);
    const byte = strings[offset - base];
    if (byte === 0 || (byte === firstByte && sameBytes(strings, offset - base, wanted, start))) return index;
  }
  return vlen;
}

/** @internal Do two strings, each ended by a 0, have the same bytes? */
export function sameBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number): boolean {
  let i = 0;
  // A string section ends with a 0, which the shorter of the two has before either ends.
  while (a[aStart + i] === b[bStart + i]) if (a[aStart + i++] === 0) return true;
  return false;
}

function emptyIndex({ kindCounts }: Btf): NameIndex {
  const counts = new Map<number, number>();
  for (let kind = 0; kind < kindCounts.length; kind++) {
    const count = kindCounts[kind] ?? 0;
    if (count > 0) counts.set(kind, count);
  }
  return { counts, heads: [], next: undefined, expected: [] };
}

/** With more names an index costs less, and after so many times, too. */
const MAX_EXPECTED = 64;
const MAX_EXPECTATIONS = 2;

/**
 * Says which names {@link idsByName} is going to be asked for. As long as nothing has made it build an index of names,
 * one pass over the types then finds a few names in less than half the time. It changes no answer.
 *
 * @param expect asked only where it matters.
 */
export function expectNames(
  btf: Btf,
  expect: () => { readonly names: readonly Uint8Array[]; readonly kinds: readonly Kind[] },
): void {
  btf.nameIndex ??= emptyIndex(btf);
  const { counts, expected, heads } = btf.nameIndex;
  if (btf.base !== undefined || heads.length > 0 || expected.length === MAX_EXPECTATIONS) return;
  const { names, kinds } = expect();
  if (names.length > MAX_EXPECTED) return;
  const essential = names.map((name) => name.subarray(0, essentialLength(name, 0, name.length)));
  const named = essential.filter(({ length }) => length > 0);
  const numbers = [...counts.keys()].filter((kind) => kinds.includes(kindOfRecord(kind)));
  if (named.length > 0 && numbers.length > 0) expected.push(findExpected(btf, named, numbers));
}

/** Sorts the names of all types of one kind into buckets. */
function fillBuckets(index: NameIndex, layer: Btf, kind: number): Uint32Array {
  const { view, little, offsets, kinds } = layer;
  index.next ??= new Uint32Array(kinds.length);
  const { counts, next } = index;
  let buckets = 1;
  while (buckets < (counts.get(kind) ?? 0)) buckets *= 2;
  const heads = new Uint32Array(buckets);
  // Backwards, so that every chain is in ascending order of ids.
  for (let i = kinds.length - 1; i >= 0; i--) {
    if (kinds[i] !== kind) continue;
    const nameOff = view.getUint32(offsets[i] ?? 0, little);
    if (nameOff === 0) continue;
    const { strings, stringStart } = stringLayerOf(layer, nameOff);
    const bucket = essentialHash(strings, nameOff - stringStart) & (buckets - 1);
    next[i] = heads[bucket] ?? 0;
    heads[bucket] = i + 1;
  }
  return heads;
}

/**
 * Types with a name, in ascending order, those of the bases included: with exactly that name, or, for
 * `essential`, with a name that equals it but for flavors. An empty name finds nothing, and so does one with a
 * 0 in it. Give bytes for a name that is not UTF-8.
 *
 * The first call for a kind builds an index of the names of that kind, once; after that the cost is that of the
 * types found. Three of four names of a kernel are functions': to leave them out saves most of the time.
 *
 * @param kinds types of these only; by default of any.
 */
export function idsByName(
  btf: Btf,
  name: string | Uint8Array,
  match: "exact" | "essential",
  kinds?: readonly Kind[],
): readonly TypeId[] {
  const bytes = typeof name === "string" ? encodeUtf8(name) : name;
  const length = essentialLength(bytes, 0, bytes.length);
  // A name with a 0 inside would run on into the string that follows.
  if (length === 0 || bytes.includes(0)) return [];
  const wanted = match === "exact" ? bytes : bytes.subarray(0, length);
  const hash = hashBytes(bytes, 0, length);
  const found: TypeId[] = [];
  for (const layer of layersOf(btf)) {
    layer.nameIndex ??= emptyIndex(layer);
    const { counts, heads, expected } = layer.nameIndex;
    for (const kind of counts.keys()) {
      if (kinds !== undefined && !kinds.includes(kindOfRecord(kind))) continue;
      const known = heads[kind] === undefined ? findKnown(expected, kind, hash) : undefined;
      if (known !== undefined) {
        for (const i of known) if (layer.kinds[i] === kind) addIfNamed(found, layer, i, wanted, match);
        continue;
      }
      const buckets = heads[kind] ?? fillBuckets(layer.nameIndex, layer, kind);
      heads[kind] = buckets;
      for (let i = buckets[hash & (buckets.length - 1)] ?? 0; i !== 0; i = layer.nameIndex.next?.[i - 1] ?? 0)
        addIfNamed(found, layer, i - 1, wanted, match);
    }
  }
  return found.sort((a, b) => a - b);
}

/** The bases from the bottom up, and `btf` itself. */
function layersOf(btf: Btf): readonly Btf[] {
  const layers: Btf[] = [];
  for (let layer: Btf | undefined = btf; layer !== undefined; layer = layer.base) layers.push(layer);
  return layers.reverse();
}

/** The types of some hash, when one was expected of that kind. */
const findKnown = (
  expected: readonly ExpectedNames[],
  kind: number,
  hash: number,
): readonly number[] | undefined =>
  expected.find((names) => names.kinds[kind] === 1 && names.found.has(hash))?.found.get(hash);

/** Adds the type at `index` within its layer to `found`, if it has the name. */
function addIfNamed(
  found: TypeId[],
  layer: Btf,
  index: number,
  name: Uint8Array,
  match: "exact" | "essential",
): void {
  const nameOff = layer.view.getUint32(layer.offsets[index] ?? 0, layer.little);
  const { strings, stringStart } = stringLayerOf(layer, nameOff);
  if (isNamed(strings, nameOff - stringStart, name, match)) found.push((layer.startId + index) as TypeId);
}

/** Is the string at `start` this name, or, for `essential`, a flavor of it? */
function isNamed(
  strings: Uint8Array,
  start: number,
  name: Uint8Array,
  match: "exact" | "essential",
): boolean {
  for (let i = 0; i < name.length; i++) if (strings[start + i] !== name[i]) return false;
  const end = start + name.length;
  if (strings[end] === 0) return true;
  return match === "essential" && start + essentialLength(strings, start, stringEndAt(strings, end)) === end;
}
