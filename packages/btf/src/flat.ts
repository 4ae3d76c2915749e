import type { Btf, TypeId } from "./btf.js";
import { ELEM_SIZE, INFO_SIZE, kflagOfInfo, Raw, RECORD_HEAD, vlenOfInfo } from "./kinds.js";
import { pointerSizeOf } from "./pointer-size.js";

/**
 * A BTF and its bases as one, for passes over all types: every word of a record is one access to an array. Before
 * code is compiled, and a pass is done before most of it is, that is several times faster than the readers are.
 */
export interface Flat {
  /** Records, as words of 32 bits in this machine's byte order. */
  readonly words: Uint32Array;
  /** By type id less one, as void has none: where in `words` its record begins, in bytes. */
  readonly offsets: Uint32Array;
  /** By type id: raw kind; 0 for void, and for a kind 0 that a layout section describes. */
  readonly kinds: Uint8Array;
  /** All string sections. */
  readonly strings: Uint8Array;
  /** In bytes. */
  readonly pointerSize: number;
}

const WORD = 4;
/** Words before the elements. */
export const HEAD = RECORD_HEAD / WORD;

/** Words of an element, by kind: a member has a name, a type and an offset, a parameter a name and a type. */
export const MEMBER_WORDS = 3;
export const PARAM_WORDS = 2;
export const VAR_WORDS = 3;

/** Takes the records as they lie in memory where that can be, else a copy of them. */
export function flatten(btf: Btf): Flat {
  const layers: Btf[] = [];
  for (let layer: Btf | undefined = btf; layer !== undefined; layer = layer.base) layers.unshift(layer);
  const kinds = new Uint8Array(btf.endId);
  for (const { kinds: own, startId } of layers) kinds.set(own, startId);
  const words = wordsInPlace(btf);
  const records = words === undefined ? recordsOf(layers) : { words, offsets: btf.offsets };
  const strings = layers.length === 1 ? btf.strings : concatenated(layers.map((layer) => layer.strings));
  return { ...records, kinds, strings, pointerSize: pointerSizeOf(btf) };
}

/** A copy, one after the other. */
function recordsOf(layers: readonly Btf[]): Pick<Flat, "words" | "offsets"> {
  const length = layers.reduce((sum, { view, strings }) => sum + view.byteLength - strings.length, 0);
  const words = new Uint32Array(length / WORD);
  const offsets = new Uint32Array(layers.reduce((sum, layer) => sum + layer.offsets.length, 0));
  let end = 0;
  for (const { view, little, offsets: own, kinds, startId } of layers) {
    for (const [i, at] of own.entries()) {
      offsets[startId + i - 1] = end * WORD;
      // Of a kind that this library does not know nothing but the head is of any use.
      const kind = kinds[i] ?? 0;
      const elements = vlenOfInfo(view.getUint32(at + WORD, little)) * (ELEM_SIZE[kind] ?? 0);
      const next = at + RECORD_HEAD + (INFO_SIZE[kind] ?? 0) + elements;
      for (let word = at; word < next; word += WORD) words[end++] = view.getUint32(word, little);
    }
  }
  return { words, offsets };
}

/** The bytes of a BTF without a base as words, when they are in this machine's byte order and aligned. */
function wordsInPlace({ base, little, view, offsets }: Btf): Uint32Array | undefined {
  const machineIsLittle = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
  const isAligned = (view.byteOffset | (offsets[0] ?? 0)) % WORD === 0;
  if (base !== undefined || little !== machineIsLittle || !isAligned) return undefined;
  return new Uint32Array(view.buffer, view.byteOffset, Math.floor(view.byteLength / WORD));
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}

/** Index in `words` of a type's record. Not for void. */
export const headOf = ({ offsets }: Flat, id: number): number => (offsets[id - 1] ?? 0) / WORD;

/** A word of a record, counted from its beginning. Not for void. */
const wordOf = (flat: Flat, id: TypeId, index: number): number => flat.words[headOf(flat, id) + index] ?? 0;

/** String offset of a type's name; 0 without one. */
export const nameOf = (flat: Flat, id: TypeId): number => (id === 0 ? 0 : wordOf(flat, id, 0));
export const vlenOf = (flat: Flat, id: TypeId): number => vlenOfInfo(wordOf(flat, id, 1));
export const kflagOf = (flat: Flat, id: TypeId): boolean => kflagOfInfo(wordOf(flat, id, 1));
/** In bytes, as the record of an int, float, struct, union or enum says. */
export const ownSizeOf = (flat: Flat, id: TypeId): number => wordOf(flat, id, 2);
/** What a pointer, typedef, qualifier, function or tag refers to, or a prototype returns. */
export const targetOf = (flat: Flat, id: TypeId): TypeId => wordOf(flat, id, 2) as TypeId;
export const elementOf = (flat: Flat, id: TypeId): TypeId => wordOf(flat, id, HEAD) as TypeId;
export const nelemsOf = (flat: Flat, id: TypeId): number => wordOf(flat, id, HEAD + 2);
/** Which member or parameter a declaration tag is for; -1 for the whole type. */
export const componentOf = (flat: Flat, id: TypeId): number => wordOf(flat, id, HEAD) | 0;

/** Index in `words` of a type's first member, parameter, enumerator or variable. */
export const elementsAt = (flat: Flat, id: TypeId): number => headOf(flat, id) + HEAD;
/** A word as a type id. */
export const typeAt = ({ words }: Flat, index: number): TypeId => (words[index] ?? 0) as TypeId;
/** Words of an enumerator: name, value, and for enum64 alone the upper half of it. */
export const enumeratorWords = (flat: Flat, id: TypeId): number => (flat.kinds[id] === Raw.enum64 ? 3 : 2);
