import { encodeUtf8 } from "@core/bytes";
import type { Btf, TypeId } from "./btf.js";
import { stringLayerOf } from "./read.js";

const UNDERSCORE = 0x5f;

/**
 * Length of a name's essential part: what stands before the *last* `___` that has some other
 * character right before and right after it (libbpf: bpf_core_essential_name_len). `task___v2` is a
 * flavor of `task`; `a____b` and `a__b` are whole. Works on bytes and char codes alike, `[start, end)`.
 */
function essentialLength(name: ArrayLike<number>, start: number, end: number): number {
  for (let i = end - 5; i >= start; i--) {
    if (
      name[i] !== UNDERSCORE &&
      name[i + 1] === UNDERSCORE &&
      name[i + 2] === UNDERSCORE &&
      name[i + 3] === UNDERSCORE &&
      name[i + 4] !== UNDERSCORE
    ) {
      return i + 1 - start;
    }
  }
  return end - start;
}

/** A name without its flavor: `task_struct` for `task_struct___v2`. */
export function essentialName(name: string): string {
  const units = Array.from({ length: name.length }, (_, i) => name.charCodeAt(i));
  return name.slice(0, essentialLength(units, 0, units.length));
}

function stringLength(strings: Uint8Array, start: number): number {
  let end = start;
  while (strings[end] !== 0 && end < strings.length) end++;
  return end - start;
}

/**
 * Do the strings at two offsets, each of its own BTF, have the same bytes? Or, for `essential`, the
 * same bytes up to their flavors?
 */
export function sameName(a: Btf, aOff: number, b: Btf, bOff: number, match: "exact" | "essential"): boolean {
  const aLayer = stringLayerOf(a, aOff);
  const bLayer = stringLayerOf(b, bOff);
  const aBytes = aLayer.strings;
  const bBytes = bLayer.strings;
  const aStart = aOff - aLayer.stringStart;
  const bStart = bOff - bLayer.stringStart;
  let i = 0;
  while (aBytes[aStart + i] === bBytes[bStart + i]) {
    // A string section ends with 0, so that this is reached before the end of the shorter one.
    if (!aBytes[aStart + i]) return true;
    i++;
  }
  if (match === "exact") return false;
  const aLength = essentialLength(aBytes, aStart, aStart + stringLength(aBytes, aStart));
  const bLength = essentialLength(bBytes, bStart, bStart + stringLength(bBytes, bStart));
  return aLength === bLength && i >= aLength;
}

/** True when the string at an offset is empty: a member or type without a name. */
export function isEmptyName(btf: Btf, offset: number): boolean {
  if (offset === 0) return true;
  const layer = stringLayerOf(btf, offset);
  return !layer.strings[offset - layer.stringStart];
}

/** @internal A hash table of the essential names of one layer: first type of each bucket, next of each type. */
export interface NameIndex {
  /** By bucket: index of a type within the layer plus 1; 0 for an empty bucket. */
  readonly heads: Uint32Array;
  /** By index of a type within the layer: index plus 1 of the next in its bucket, a larger one; 0 at the end. */
  readonly next: Uint32Array;
}

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_BASIS;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), FNV_PRIME);
  return hash;
}

/** Hash of the essential part of a string that ends at a 0. One pass unless there is a flavor. */
function essentialHash(strings: Uint8Array, start: number): number {
  let hash = FNV_BASIS;
  let underscores = 0;
  let flavored = false;
  let end = start;
  for (let byte = strings[end]; byte; byte = strings[++end]) {
    hash = Math.imul(hash ^ byte, FNV_PRIME);
    underscores = byte === UNDERSCORE ? underscores + 1 : 0;
    if (underscores === 3) flavored = true;
  }
  return flavored ? hashBytes(strings, start, start + essentialLength(strings, start, end)) : hash;
}

function buildNameIndex(btf: Btf): NameIndex {
  const { view, little, offsets, strings, stringStart } = btf;
  let buckets = 16;
  while (buckets < offsets.length) buckets *= 2;
  const heads = new Uint32Array(buckets);
  const next = new Uint32Array(offsets.length);
  // Backwards, so that every chain is in ascending order of ids.
  for (let i = offsets.length - 1; i >= 0; i--) {
    const nameOff = view.getUint32(offsets[i] ?? 0, little);
    if (nameOff === 0) continue;
    const inBase = nameOff < stringStart;
    const layer = inBase ? stringLayerOf(btf, nameOff) : btf;
    const start = nameOff - layer.stringStart;
    if (!layer.strings[start]) continue;
    const bucket = essentialHash(inBase ? layer.strings : strings, start) & (buckets - 1);
    next[i] = heads[bucket] ?? 0;
    heads[bucket] = i + 1;
  }
  return { heads, next };
}

/**
 * Types with a name, in ascending order, those of the bases included: with exactly that name, or, for
 * `essential`, with a name that equals it but for flavors. An empty name finds nothing.
 *
 * The first call on a BTF builds an index, once; after that the cost is that of the types found.
 */
export function idsByName(
  btf: Btf,
  name: string | Uint8Array,
  match: "exact" | "essential",
): readonly TypeId[] {
  const bytes = typeof name === "string" ? encodeUtf8(name) : name;
  const length = essentialLength(bytes, 0, bytes.length);
  // A name with a 0 inside would run on into the string that follows.
  if (length === 0 || bytes.includes(0)) return [];
  const found: TypeId[] = [];
  collect(btf, bytes, length, match, found);
  return found;
}

function collect(
  btf: Btf,
  name: Uint8Array,
  length: number,
  match: "exact" | "essential",
  found: TypeId[],
): void {
  if (btf.base !== undefined) collect(btf.base, name, length, match, found);
  btf.nameIndex ??= buildNameIndex(btf);
  const { heads, next } = btf.nameIndex;
  const bucket = hashBytes(name, 0, length) & (heads.length - 1);
  for (let i = heads[bucket] ?? 0; i !== 0; i = next[i - 1] ?? 0) {
    const nameOff = btf.view.getUint32(btf.offsets[i - 1] ?? 0, btf.little);
    const layer = stringLayerOf(btf, nameOff);
    if (hasName(layer.strings, nameOff - layer.stringStart, name, length, match)) {
      found.push((btf.startId + i - 1) as TypeId);
    }
  }
}

function hasName(
  strings: Uint8Array,
  start: number,
  name: Uint8Array,
  length: number,
  match: "exact" | "essential",
): boolean {
  const wanted = match === "exact" ? name.length : length;
  for (let i = 0; i < wanted; i++) if (strings[start + i] !== name[i]) return false;
  if (strings[start + wanted] === 0) return true;
  return (
    match === "essential" && essentialLength(strings, start, start + stringLength(strings, start)) === wanted
  );
}
