import type { TypeId } from "../btf.js";
import {
  elementOf,
  elementsAt,
  type Flat,
  kflagOf,
  MEMBER_WORDS,
  ownSizeOf,
  targetOf,
  typeAt,
  vlenOf,
} from "../flat.js";
import { IS_MODIFIER, Raw } from "../kinds.js";
import { byteAt, wordAt } from "../words.js";
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
    const kind = byteAt(flat.kinds, current);
    switch (kind) {
      case Raw.int:
      case Raw.enum:
      case Raw.enum64:
      case Raw.float:
        return Math.min(flat.pointerSize, ownSizeOf(flat, current));
      case Raw.ptr:
        return flat.pointerSize;
      case Raw.array:
        current = elementOf(flat, current);
        break;
      case Raw.struct:
      case Raw.union:
        return (knownOf(layout, current, depth + 1) & ~PACKED) - 1;
      default:
        if (IS_MODIFIER[kind] !== 1) return 0;
        current = targetOf(flat, current);
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
