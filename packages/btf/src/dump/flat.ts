import type { Btf, TypeId } from "../btf.js";
import { BtfError } from "../error.js";
import {
  ELEM_SIZE,
  INFO_SIZE,
  KINDS,
  kflagOfInfo,
  kindOfInfo,
  Raw,
  RECORD_HEAD,
  vlenOfInfo,
} from "../kinds.js";

/**
 * A BTF and its bases as one, for passes over all types: every word of a record is one access to an array. Before
 * code is compiled, and a dump is done before most of it is, that is several times faster than the readers are.
 */
export interface Flat {
  /** Records, as words of 32 bits in this machine's byte order. */
  readonly words: Uint32Array;
  /** By type id: index in `words` of its record; of no meaning for void. */
  readonly heads: Uint32Array;
  /** By type id: raw kind; 0 for void alone. */
  readonly kinds: Uint8Array;
  /** All string sections. */
  readonly strings: Uint8Array;
  /** In bytes. */
  readonly pointerSize: number;
}

const WORD = 4;
const HEAD = RECORD_HEAD / WORD;

/** Words of an element, by kind: a member has a name, a type and an offset, a parameter a name and a type. */
export const MEMBER_WORDS = 3;
export const PARAM_WORDS = 2;
const VAR_WORDS = 3;

/**
 * Takes the records as they lie in memory where that can be, else a copy of them.
 * @throws BtfError `kind` when a type is of a kind that this library does not know: no C can be made of it.
 */
export function flatten(btf: Btf): Flat {
  const layers: Btf[] = [];
  for (let layer: Btf | undefined = btf; layer !== undefined; layer = layer.base) layers.unshift(layer);
  const inPlace = wordsInPlace(btf);
  const length = layers.reduce((sum, { view, strings }) => sum + view.byteLength - strings.length, 0);
  const words = inPlace ?? new Uint32Array(length / WORD);
  const heads = new Uint32Array(btf.endId);
  const kinds = new Uint8Array(btf.endId);
  let end = 0;
  for (const { view, little, offsets, startId } of layers) {
    for (let i = 0; i < offsets.length; i++) {
      const at = offsets[i] ?? 0;
      const info = view.getUint32(at + WORD, little);
      const kind = kindOfInfo(info);
      if (kind === 0 || kind >= KINDS.length) throw unknownKind(startId + i, kind);
      kinds[startId + i] = kind;
      heads[startId + i] = inPlace === undefined ? end : at / WORD;
      if (inPlace !== undefined) continue;
      const size = RECORD_HEAD + (INFO_SIZE[kind] ?? 0) + vlenOfInfo(info) * (ELEM_SIZE[kind] ?? 0);
      for (let word = 0; word < size; word += WORD) words[end++] = view.getUint32(at + word, little);
    }
  }
  const strings = layers.length === 1 ? btf.strings : concatenated(layers.map((layer) => layer.strings));
  return { words, heads, kinds, strings, pointerSize: btf.pointerSize };
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

function unknownKind(typeId: number, kind: number): BtfError {
  return new BtfError("kind", `type ${typeId} is of unknown kind ${kind}: there is no C for it`, { typeId });
}

/** A word of a record, counted from its beginning. Not for void. */
function wordOf({ words, heads }: Flat, id: TypeId, index: number): number {
  return words[(heads[id] ?? 0) + index] ?? 0;
}

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
export const elementsAt = ({ heads }: Flat, id: TypeId): number => (heads[id] ?? 0) + HEAD;
/** A word as a type id. */
export const typeAt = ({ words }: Flat, index: number): TypeId => (words[index] ?? 0) as TypeId;
/** Words of an enumerator: name, value, and for enum64 alone the upper half of it. */
export const enumeratorWords = (flat: Flat, id: TypeId): number => (flat.kinds[id] === Raw.enum64 ? 3 : 2);

/**
 * By type id: 1 when another type refers to it (libbpf: btf_dump_mark_referenced, which passes over what functions
 * return). An enum without a name that nothing refers to is one for its enumerators' sake.
 */
export function markReferenced(flat: Flat): Uint8Array {
  const { words, heads, kinds } = flat;
  const referenced = new Uint8Array(kinds.length);
  for (let id = 1; id < kinds.length; id++) {
    const head = heads[id] ?? 0;
    switch (kinds[id]) {
      case Raw.int:
      case Raw.enum:
      case Raw.enum64:
      case Raw.fwd:
      case Raw.float:
        break;
      case Raw.array:
        referenced[words[head + HEAD] ?? 0] = 1;
        referenced[words[head + HEAD + 1] ?? 0] = 1;
        break;
      case Raw.struct:
      case Raw.union:
        markElements(flat, head, referenced, MEMBER_WORDS, 1);
        break;
      case Raw.funcProto:
        markElements(flat, head, referenced, PARAM_WORDS, 1);
        break;
      case Raw.datasec:
        markElements(flat, head, referenced, VAR_WORDS, 0);
        break;
      default:
        referenced[words[head + 2] ?? 0] = 1;
    }
  }
  return referenced;
}

/** Marks what the elements of a record refer to, whose type is the given word of an element's. */
function markElements(
  { words }: Flat,
  head: number,
  referenced: Uint8Array,
  size: number,
  type: number,
): void {
  const first = head + HEAD + type;
  const end = first + vlenOfInfo(words[head + 1] ?? 0) * size;
  for (let at = first; at < end; at += size) referenced[words[at] ?? 0] = 1;
}

/** Types that have a definition or declaration of their own. */
export function definableTypes(flat: Flat): Uint32Array {
  const { kinds } = flat;
  const ids = new Uint32Array(kinds.length);
  let count = 0;
  for (let id = 1; id < kinds.length; id++) {
    switch (kinds[id]) {
      case Raw.struct:
      case Raw.union:
        if (nameOf(flat, id as TypeId) !== 0) ids[count++] = id;
        break;
      case Raw.enum:
      case Raw.enum64:
      case Raw.fwd:
      case Raw.typedef:
        ids[count++] = id;
    }
  }
  return ids.subarray(0, count);
}
