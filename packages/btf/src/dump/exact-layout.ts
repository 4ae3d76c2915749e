import type { TypeId } from "../btf.js";
import {
  elementOf,
  elementsAt,
  type Flat,
  kflagOf,
  MEMBER_WORDS,
  nameOf,
  nelemsOf,
  ownSizeOf,
  targetOf,
  typeAt,
  vlenOf,
} from "../flat.js";
import { IS_MODIFIER, Raw } from "../kinds.js";
import { byteAt, wordAt } from "../words.js";
import { type NumberType, numberTypeOf } from "./exact-numbers.js";
import { isEnumSize, newProblems, type Problems, problemOf } from "./exact-problems.js";
import { MAX_NESTING, spend, tooDeep, type Work } from "./work.js";

// How clang lays out the C that is written, on x86-64 and for BPF, and what C cannot say. Where targets align a
// type differently, such as __int128 on s390x, C is written that does not depend on it: what C is written for has
// two alignments, the least and the most that a type may have.

export interface ExactLayout {
  readonly flat: Flat;
  readonly work: Work;
  /** By type id, of structs and unions: bits as below; 0 until it is asked. */
  readonly known: Uint16Array;
  readonly problems: Problems;
  /** Of ints and floats. */
  readonly numbers: Map<TypeId, NumberType>;
  /** What the last type that was measured came to. */
  readonly measured: Measure;
}

interface Measure {
  /** In bytes, of all elements. */
  size: number;
  /** In bytes. */
  least: number;
  most: number;
  isArray: boolean;
  /** What it is, or what its elements are. */
  last: TypeId;
}

/** One member, or bitfield. Reused. */
export interface Field {
  name: number;
  typeId: TypeId;
  /** In bits. */
  start: number;
  end: number;
  /** In bits; 0 when it is no bitfield. */
  width: number;
  /** In bytes: of the type. */
  size: number;
  least: number;
  most: number;
  /** The struct or union of which the members are members here, because neither it nor they have a name; else 0. */
  inlined: TypeId;
  /** Why C cannot have it; empty when nothing is to be said of that, either. */
  problem: string | undefined;
}

const KNOWN = 1;
const PACKED = 2;
const BRANCHED = 4;
const LEAST_SHIFT = 4;
const MOST_SHIFT = 8;

/** clang refuses arrays of more, and an offset has 32 bits. In bytes. */
const MAX_SIZE = 2 ** 48;

export function newExactLayout(flat: Flat, work: Work): ExactLayout {
  const { length } = flat.kinds;
  return {
    flat,
    work,
    known: new Uint16Array(length),
    problems: newProblems(flat, work),
    numbers: new Map(),
    measured: { size: 0, least: 1, most: 1, isArray: false, last: 0 as TypeId },
  };
}

export const newField = (): Field => ({
  name: 0,
  typeId: 0 as TypeId,
  start: 0,
  end: 0,
  width: 0,
  size: 0,
  least: 1,
  most: 1,
  inlined: 0 as TypeId,
  problem: undefined,
});

export function numberOf({ flat, numbers }: ExactLayout, id: TypeId): NumberType {
  const known = numbers.get(id);
  if (known !== undefined) return known;
  const found = numberTypeOf(flat, id);
  numbers.set(id, found);
  return found;
}

export const isPacked = (layout: ExactLayout, id: TypeId): boolean => (knownOf(layout, id, 1) & PACKED) !== 0;

/** Whether members overlap, or go backwards, so that each row of them needs a branch of a union. */
export const isBranched = (layout: ExactLayout, id: TypeId): boolean =>
  (knownOf(layout, id, 1) & BRANCHED) !== 0;

/** In bytes. */
export const leastAlignmentOf = (layout: ExactLayout, id: TypeId): number =>
  1 << ((knownOf(layout, id, 1) >> LEAST_SHIFT) & 0xf);
export const mostAlignmentOf = (layout: ExactLayout, id: TypeId): number =>
  1 << (knownOf(layout, id, 1) >> MOST_SHIFT);

function knownOf(layout: ExactLayout, id: TypeId, depth: number): number {
  const known = layout.known[id];
  if (known) return known;
  if (depth > MAX_NESTING) throw tooDeep(id);
  const { flat } = layout;
  const field = newField();
  const isStruct = flat.kinds[id] === Raw.struct;
  let least = 1;
  let most = 1;
  let flags = KNOWN;
  let end = 0;
  for (let i = 0, count = vlenOf(flat, id); i < count; i++) {
    readField(layout, id, i, field, depth);
    if (field.problem !== undefined) continue;
    if (!isStruct && field.start !== 0) continue;
    if (field.start < end && isStruct) flags |= BRANCHED | PACKED;
    if (isMisplaced(field)) flags |= PACKED;
    least = Math.max(least, field.least);
    most = Math.max(most, field.most);
    end = field.end;
  }
  if (ownSizeOf(flat, id) % most !== 0) flags |= PACKED;
  if ((flags & PACKED) === 0) flags |= (Math.log2(least) << LEAST_SHIFT) | (Math.log2(most) << MOST_SHIFT);
  layout.known[id] = flags;
  return flags;
}

/** Whether a compiler would put it elsewhere by itself. */
const isMisplaced = ({ start, width, size, most }: Field): boolean =>
  width === 0 ? start % (8 * most) !== 0 : (start % (8 * most)) + width > 8 * size;

/**
 * Reads a member of a struct or union.
 * @throws BtfError `too-complex` when structs are too deep within each other.
 */
export function readField(layout: ExactLayout, id: TypeId, index: number, field: Field, depth = 1): void {
  const { flat, measured } = layout;
  const at = elementsAt(flat, id) + index * MEMBER_WORDS;
  const offset = wordAt(flat.words, at + 2);
  const hasBitfields = kflagOf(flat, id);
  field.name = wordAt(flat.words, at);
  field.typeId = typeAt(flat, at + 1);
  field.start = hasBitfields ? offset & 0xffffff : offset;
  field.width = hasBitfields ? offset >>> 24 : 0;
  field.inlined = 0 as TypeId;
  field.problem = measure(layout, field.typeId, depth);
  if (field.problem !== undefined) return;
  const { size, least, most, last } = measured;
  field.size = size;
  field.least = least;
  field.most = most;
  if (flat.kinds[last] === Raw.int && !hasBitfields) readOldBitfield(flat, last, field);
  field.end = field.start + (field.width === 0 ? 8 * size : field.width);
  const hasName = flat.strings[field.name] !== 0;
  field.problem = problemOfField(layout, field, hasName);
  if (field.problem !== undefined) return;
  if (field.end > 8 * ownSizeOf(flat, id)) field.problem = "it ends behind the end";
  else if (!hasName && (nameOf(flat, last) !== 0 || field.typeId !== last)) field.inlined = last;
}

/** Before there were bitfields in members, the type said how many of its bits there are. */
function readOldBitfield(flat: Flat, int: TypeId, field: Field): void {
  const word = wordAt(flat.words, elementsAt(flat, int));
  const bits = word & 0xff;
  if (bits === 8 * ownSizeOf(flat, int) || bits === 0) return;
  field.width = bits;
  field.start += (word >>> 16) & 0xff;
}

function problemOfField(
  layout: ExactLayout,
  { start, width, size }: Field,
  hasName: boolean,
): string | undefined {
  const { flat, measured } = layout;
  const { isArray, last } = measured;
  const kind = flat.kinds[last];
  if (width === 0) {
    if (start % 8 !== 0) return "it begins within a byte";
    if (!hasName && (isArray || (kind !== Raw.struct && kind !== Raw.union))) return "it has no name";
    return undefined;
  }
  // Padding.
  if (!hasName) return "";
  const isInteger = kind === Raw.int || kind === Raw.enum || kind === Raw.enum64;
  if (isArray || !isInteger) return "only integers have bitfields";
  const number = kind === Raw.int ? numberOf(layout, last) : undefined;
  if (number?.isNumber === false) return "only integers have bitfields";
  return width > (number?.isBool ? 1 : 8 * size) ? "it has more bits than its type" : undefined;
}

/** Measures the type of a member, into `layout.measured`; returns why nothing can be of it. */
function measure(layout: ExactLayout, id: TypeId, depth: number): string | undefined {
  const { flat, work, measured } = layout;
  const problem = problemOf(layout.problems, id, depth);
  if (problem !== undefined) return problem;
  let nelems = 1;
  let isArray = false;
  for (let current = id; ; spend(work, 1)) {
    const kind = byteAt(flat.kinds, current);
    if (IS_MODIFIER[kind] === 1) {
      current = targetOf(flat, current);
    } else if (kind === Raw.array) {
      nelems = Math.min(nelems * nelemsOf(flat, current), MAX_SIZE);
      isArray = true;
      current = elementOf(flat, current);
    } else {
      const problemOfLast = measureOne(layout, current, depth);
      // Only now: what is in a struct was measured in between.
      measured.size *= nelems;
      measured.isArray = isArray;
      measured.last = current;
      return measured.size > MAX_SIZE ? "it is too large" : problemOfLast;
    }
  }
}

/** Measures one element. */
function measureOne(layout: ExactLayout, id: TypeId, depth: number): string | undefined {
  const { flat, measured } = layout;
  const { pointerSize } = flat;
  const kind = flat.kinds[id];
  switch (kind) {
    case Raw.int:
    case Raw.float:
    case Raw.enum:
    case Raw.enum64: {
      const size = ownSizeOf(flat, id);
      const isEnum = kind === Raw.enum || kind === Raw.enum64;
      if (isEnum && vlenOf(flat, id) === 0) return "it is an enum that is only declared";
      if (isEnum && !isEnumSize(size)) return "no enum has so many bytes";
      const hasAlignment = isEnum || numberOf(layout, id).isNumber;
      measured.size = size;
      measured.most = hasAlignment ? size : 1;
      measured.least = Math.min(measured.most, pointerSize);
      return undefined;
    }
    case Raw.ptr:
      measured.size = pointerSize;
      measured.least = pointerSize;
      measured.most = pointerSize;
      return undefined;
    case Raw.struct:
    case Raw.union: {
      const known = knownOf(layout, id, depth + 1);
      measured.size = ownSizeOf(flat, id);
      measured.least = 1 << ((known >> LEAST_SHIFT) & 0xf);
      measured.most = 1 << (known >> MOST_SHIFT);
      return undefined;
    }
    default:
      return id === 0 ? "void has no size" : "it has no size";
  }
}
