import type { TypeId } from "../btf.js";
import {
  elementOf,
  elementsAt,
  type Flat,
  kflagOf,
  MEMBER_WORDS,
  nelemsOf,
  ownSizeOf,
  targetOf,
  typeAt,
  vlenOf,
} from "../flat.js";
import { Raw } from "../kinds.js";
import { wordAt } from "../words.js";
import { MAX_NESTING, spend, tooDeep, type Work } from "./work.js";

/** How a C compiler would lay out types, as far as it is known. */
export interface Layout {
  readonly flat: Flat;
  readonly work: Work;
  /** By type id, of structs and unions: the alignment in bytes plus 1, and PACKED; 0 until it is asked. */
  readonly known: Uint8Array;
}

const PACKED = 0x80;

export const newLayout = (flat: Flat, work: Work): Layout => ({
  flat,
  work,
  known: new Uint8Array(flat.kinds.length),
});

/**
 * Alignment in bytes that a compiler gives a type unless told otherwise (libbpf: btf__align_of); for a struct 1 when its
 * members' offsets or its size can only come from packing. 0 when there is none to tell, as for void.
 *
 * @throws BtfError `too-complex` when structs are too deep within each other.
 */
export function alignmentOf(layout: Layout, id: TypeId, depth = 0): number {
  const { flat, work } = layout;
  for (let current = id; ; ) {
    switch (flat.kinds[current]) {
      case Raw.int:
      case Raw.enum:
      case Raw.enum64:
      case Raw.float:
        return Math.min(flat.pointerSize, ownSizeOf(flat, current));
      case Raw.ptr:
        return flat.pointerSize;
      case Raw.typedef:
      case Raw.volatile:
      case Raw.const:
      case Raw.restrict:
      case Raw.typeTag:
        current = targetOf(flat, current);
        break;
      case Raw.array:
        current = elementOf(flat, current);
        break;
      case Raw.struct:
      case Raw.union:
        return (knownOf(layout, current, depth + 1) & ~PACKED) - 1;
      default:
        return 0;
    }
    spend(work, 1);
  }
}

/**
 * Whether a struct can only be laid out as it is with `packed` (libbpf: btf_is_struct_packed). One that was declared
 * packed without need is not.
 */
export const isPacked = (layout: Layout, id: TypeId): boolean => (knownOf(layout, id, 1) & PACKED) !== 0;

function knownOf(layout: Layout, id: TypeId, depth: number): number {
  const known = layout.known[id];
  if (known) return known;
  if (depth > MAX_NESTING) throw tooDeep(id);
  const { flat, known: all } = layout;
  const count = vlenOf(flat, id);
  let largest = 1;
  let packed = false;
  /** What is known from a member on, whatever comes after it. */
  let alignment: number | undefined;
  const hasBitfields = kflagOf(flat, id);
  const members = elementsAt(flat, id);
  for (let at = members; at < members + count * MEMBER_WORDS; at += MEMBER_WORDS) {
    const ofMember = alignmentOf(layout, typeAt(flat, at + 1), depth);
    const offset = wordAt(flat.words, at + 2);
    const isBitfield = hasBitfields && offset >>> 24 !== 0;
    if (ofMember === 0) {
      alignment ??= 0;
    } else if (!isBitfield && offset % (8 * ofMember) !== 0) {
      alignment ??= 1;
      packed = true;
    }
    if (ofMember > largest) largest = ofMember;
  }
  if (ownSizeOf(flat, id) % largest !== 0) {
    alignment ??= 1;
    packed = true;
  }
  const found = ((alignment ?? largest) + 1) | (packed ? PACKED : 0);
  all[id] = found;
  return found;
}

/** Types on the way to a size (libbpf: MAX_RESOLVE_DEPTH). */
const MAX_STEPS = 32;
const MAX_SIZE = 0xffffffff;

/** Size in bytes of a type; 0 when it has none, or one of 4 GiB or more (libbpf: btf__resolve_size, and its callers). */
export function sizeOrZero({ flat }: Layout, id: TypeId): number {
  let nelems = 1;
  let current = id;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    switch (flat.kinds[current]) {
      case Raw.int:
      case Raw.struct:
      case Raw.union:
      case Raw.enum:
      case Raw.enum64:
      case Raw.datasec:
      case Raw.float:
        return orZero(nelems * ownSizeOf(flat, current));
      case Raw.ptr:
        return orZero(nelems * flat.pointerSize);
      case Raw.typedef:
      case Raw.volatile:
      case Raw.const:
      case Raw.restrict:
      case Raw.var:
      case Raw.declTag:
      case Raw.typeTag:
        current = targetOf(flat, current);
        break;
      case Raw.array:
        nelems *= nelemsOf(flat, current);
        if (nelems > MAX_SIZE) return 0;
        current = elementOf(flat, current);
        break;
      default:
        return 0;
    }
  }
  return 0;
}

const orZero = (size: number): number => (size > MAX_SIZE ? 0 : size);
