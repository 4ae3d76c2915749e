import type { ByteOrder } from "@core/bytes";

/**
 * Number of a type. Means nothing without the {@link Btf} that it belongs to; 0 is void.
 * Make one of a plain number with {@link typeIdAt}, which checks the range.
 */
export type TypeId = number & { readonly __typeId: never };

/**
 * Parsed BTF: one layer of types over an optional base. Nothing but the position of each record was
 * decoded; read it with the functions of this package.
 *
 * None of its properties is an accessor: V8 would keep the object as a dictionary, and every read of every type
 * would take four times as long.
 */
export interface Btf {
  readonly order: ByteOrder;
  /** What a split BTF (a kernel module's) continues. Its types and strings are visible through this one. */
  readonly base: Btf | undefined;
  /** First type id of this layer: 1 without a base, else the base's {@link endId}. */
  readonly startId: TypeId;
  /** One past the last type id. */
  readonly endId: TypeId;

  /** @internal All bytes given to the parser. */
  readonly view: DataView;
  /** @internal */
  readonly little: boolean;
  /** @internal Byte offset in `view` of each record of this layer. */
  readonly offsets: Uint32Array;
  /** @internal Number of the kind of each record of this layer. */
  readonly kinds: Uint8Array;
  /** @internal How many records of this layer are of each kind, by kind number. */
  readonly kindCounts: Uint32Array;
  /** @internal This layer's string section. */
  readonly strings: Uint8Array;
  /** @internal String offset at which this layer's strings begin: the length of all bases' strings. */
  readonly stringStart: number;
  /** @internal One past the last valid string offset. */
  readonly stringEnd: number;
  /** @internal Whether any string of this layer or its bases is longer than names are. */
  readonly hasLongStrings: boolean;
  /** @internal What this layer's own layout section says; `undefined` without one. */
  readonly layout: KindLayout | undefined;
  /** @internal Built on first use. */
  nameIndex: NameIndex | undefined;
  /** @internal Given to the parser, or guessed on first use; `none` when there is nothing to guess from. */
  knownPointerSize: 4 | 8 | "none" | undefined;
}

/** Bytes after the head of a record, and per element, by kind number. */
export interface KindLayout {
  readonly infoSize: Uint8Array;
  readonly elemSize: Uint8Array;
}

/** @internal What was found out about the names of one layer. */
export interface NameIndex {
  /** How many types there are of each kind that there are any of. */
  readonly counts: ReadonlyMap<number, number>;
  /** Hash tables of essential names, by kind, and by bucket: index of a type within the layer plus 1; 0 for an empty bucket. */
  readonly heads: (Uint32Array | undefined)[];
  /** By index of a type within the layer: index plus 1 of the next in its bucket, a larger one; 0 at the end. */
  next: Uint32Array | undefined;
  /** What was found of names that were expected to be asked for. */
  readonly expected: ExpectedNames[];
}

/** @internal Types that have one of some names, as far as their hashes tell. */
export interface ExpectedNames {
  /** A 1 for each kind of type that was looked at, by kind number. */
  readonly kinds: Uint8Array;
  /** By the hash of an essential name: indices of types within the layer, those of each kind ascending. */
  readonly found: ReadonlyMap<number, readonly number[]>;
}
