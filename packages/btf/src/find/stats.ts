import type { Btf, TypeId } from "../btf.js";
import { ELEM_SIZE, INFO_SIZE, type Kind, RECORD_HEAD } from "../kinds.js";
import { kindOf, nameOf, ownSizeOf, rawKindOf, vlenOf } from "../read.js";

/** What a BTF consists of: its last layer, without its bases. */
export interface BtfStats {
  /** How many types there are. */
  readonly types: number;
  /** How many of them have a name. */
  readonly named: number;
  /** Of each kind that there is, the most frequent first. */
  readonly kinds: readonly KindStats[];
  /** In bytes. */
  readonly bytes: {
    /** All that was parsed. */
    readonly whole: number;
    readonly types: number;
    readonly strings: number;
  };
  /** Names that several types of one kind have, those with the most types first. */
  readonly duplicates: readonly Duplicate[];
  /** The largest structs and unions. */
  readonly largest: readonly SizedType[];
}

export interface KindStats {
  readonly kind: Kind;
  readonly types: number;
  /** Members, enumerators, parameters or variables of all of them. */
  readonly elements: number;
  /** Of their records, in bytes. */
  readonly bytes: number;
}

export interface Duplicate {
  readonly kind: Kind;
  readonly name: string;
  readonly types: number;
}

export interface SizedType {
  readonly id: TypeId;
  readonly kind: Kind;
  /** Empty for an anonymous one. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}

export interface StatsOptions {
  /** How many duplicates and how many of the largest are told: 10 when it is not given. */
  readonly top?: number;
}

/**
 * Counts what a BTF consists of, in one pass over its types.
 *
 * @example
 * const [largest] = statsOf(btf, { top: 1 }).largest;
 */
export function statsOf(btf: Btf, { top = 10 }: StatsOptions = {}): BtfStats {
  const kinds = new Map<Kind, { types: number; elements: number; bytes: number }>();
  const names = new Map<string, { readonly kind: Kind; readonly name: string; types: number }>();
  const sized: { readonly id: TypeId; readonly size: number }[] = [];
  let named = 0;
  let typeBytes = 0;
  for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) {
    const kind = kindOf(btf, id);
    const bytes = recordSize(btf, id);
    typeBytes += bytes;
    const counts = kinds.get(kind) ?? { types: 0, elements: 0, bytes: 0 };
    counts.types++;
    counts.bytes += bytes;
    if (ELEM_SIZE[rawKindOf(btf, id)]) counts.elements += vlenOf(btf, id);
    kinds.set(kind, counts);
    if (kind === "struct" || kind === "union") sized.push({ id, size: ownSizeOf(btf, id) });
    const name = nameOf(btf, id);
    if (name === "") continue;
    named++;
    const key = `${kind} ${name}`;
    const known = names.get(key);
    if (known === undefined) names.set(key, { kind, name, types: 1 });
    else known.types++;
  }
  return {
    types: btf.endId - btf.startId,
    named,
    kinds: [...kinds].map(([kind, counts]) => ({ kind, ...counts })).sort((a, b) => b.types - a.types),
    bytes: { whole: btf.view.byteLength, types: typeBytes, strings: btf.strings.length },
    duplicates: [...names.values()]
      .filter(({ types }) => types > 1)
      .sort((a, b) => b.types - a.types || compare(a.name, b.name))
      .slice(0, top),
    largest: sized
      .sort((a, b) => b.size - a.size || a.id - b.id)
      .slice(0, top)
      .map(({ id, size }) => ({ id, kind: kindOf(btf, id), name: nameOf(btf, id), size })),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Bytes of a record, up to the next one; of the last by its kind. */
function recordSize(btf: Btf, id: TypeId): number {
  const [at = 0, next] = [btf.offsets[id - btf.startId], btf.offsets[id - btf.startId + 1]];
  if (next !== undefined) return next - at;
  const kind = rawKindOf(btf, id);
  const infoSize = INFO_SIZE[kind] ?? btf.layout?.infoSize[kind] ?? 0;
  const elemSize = ELEM_SIZE[kind] ?? btf.layout?.elemSize[kind] ?? 0;
  return RECORD_HEAD + infoSize + vlenOf(btf, id) * elemSize;
}
