import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { pointerSizeOf } from "../pointer-size.js";
import { arrayElementOf, intBitsOf, memberTypeOf, ownSizeOf, rawKindOf, vlenOf } from "../read.js";
import { skipModifiers } from "../resolve.js";

/** Alignments of types, each worked out once. */
export type Alignments = Map<TypeId, number>;

/** Structs and arrays in each other. */
const MAX_DEPTH = 64;

/**
 * The alignment, in bytes, that a type has by itself, unless it is packed or was given another (pahole:
 * tag__natural_alignment): of a struct that of its members, of an integer its size. At least 1.
 */
export function naturalAlignment(btf: Btf, known: Alignments, id: TypeId, depth = 0): number {
  const type = skipModifiers(btf, id);
  const before = known.get(type);
  if (before !== undefined) return before;
  // What contains itself is looked at once.
  known.set(type, 1);
  const alignment = Math.max(1, depth > MAX_DEPTH ? 1 : alignmentOf(btf, known, type, depth));
  known.set(type, alignment);
  return alignment;
}

function alignmentOf(btf: Btf, known: Alignments, type: TypeId, depth: number): number {
  switch (rawKindOf(btf, type)) {
    case Raw.ptr:
      return pointerSizeOf(btf);
    case Raw.int:
      return Math.ceil(intBitsOf(btf, type) / 8);
    case Raw.float:
    case Raw.enum:
    case Raw.enum64:
      return ownSizeOf(btf, type);
    case Raw.array:
      return naturalAlignment(btf, known, arrayElementOf(btf, type), depth + 1);
    case Raw.struct:
    case Raw.union: {
      let largest = 1;
      for (let i = 0, vlen = vlenOf(btf, type); i < vlen; i++) {
        largest = Math.max(largest, naturalAlignment(btf, known, memberTypeOf(btf, type, i), depth + 1));
      }
      return largest;
    }
    default:
      return 1;
  }
}

/**
 * The alignment that must have been asked for to place something at `offset`, where it could have been at `least`: a power of
 * two larger than what lies between (pahole: class__infer_alignment). 0 when its own alignment explains it. All in
 * bytes.
 */
export function forcedAlignment(offset: number, least: number, natural: number, cacheline: number): number {
  const between = offset - least;
  if (between <= 0 || offset % 2 !== 0) return 0;
  const alignment = 2 ** (Math.floor(Math.log2(between)) + 1);
  if (alignment <= natural) return 0;
  return alignment < cacheline && cacheline % alignment === 0 && offset % cacheline === 0
    ? cacheline
    : alignment;
}
