import type { TypeId } from "../btf.js";
import {
  elementOf,
  elementsAt,
  type Flat,
  MEMBER_WORDS,
  nameOf,
  PARAM_WORDS,
  targetOf,
  typeAt,
  vlenOf,
} from "../flat.js";
import { Raw } from "../kinds.js";
import { endlessType, spend, type Work } from "./work.js";

// What has to stand before what, so that a C compiler knows the size of everything that is embedded. A type
// that is embedded in another, over any modifiers, typedefs, arrays and nameless structs, is a strong link: it
// must be defined first. One behind a pointer is a weak link: it may be defined later, if it has a name by which
// it can be declared until then.

// States; a new type's is 0.
const ORDERING = 1;
const ORDERED = 2;

/** What a visit came to: a weak link, a strong link, or that the visit goes on in a frame of its own. */
const WEAK = 0;
const STRONG = 1;
const UNFINISHED = 2;

interface Ordering {
  readonly flat: Flat;
  /** By type id: 1 when another type refers to it. */
  readonly referenced: Uint8Array;
  readonly work: Work;
  readonly states: Uint8Array;
  readonly ordered: TypeId[];
  /**
   * Types that wait for one that they refer to: the first `depth` of these, which are used over and over. Not the call
   * stack, which long chains would exhaust.
   */
  readonly frames: Frame[];
  depth: number;
}

interface Frame {
  id: TypeId;
  throughPointer: boolean;
  /** How many of the types that it refers to were visited, or are being. */
  visited: number;
  /** Whether any of them was a strong link. */
  strong: boolean;
}

/**
 * Named structs, unions, enums and typedefs, forward declarations, and nameless enums that nothing refers to: all
 * that `roots` need, in an order in which they can be defined, as libbpf finds it (btf_dump_order_type).
 *
 * @throws BtfError `too-complex` when a type contains itself, or refers to itself without a name in between, and when
 * there are absurdly many ways from one type to another.
 */
export function orderDefinitions(
  flat: Flat,
  referenced: Uint8Array,
  roots: ArrayLike<number>,
  work: Work,
): readonly TypeId[] {
  const states = new Uint8Array(flat.kinds.length);
  states[0] = ORDERED;
  const ordering: Ordering = { flat, referenced, work, states, ordered: [], frames: [], depth: 0 };
  for (let i = 0; i < roots.length; i++) {
    const root = (roots[i] ?? 0) as TypeId;
    if (states[root] === ORDERED) continue;
    let link = visit(ordering, root, false);
    while (ordering.depth > 0) link = resume(ordering, link);
  }
  return ordering.ordered;
}

function visit(ordering: Ordering, id: TypeId, throughPointer: boolean): number {
  const { flat, referenced, work, states, ordered } = ordering;
  const { kinds } = flat;
  let through = throughPointer;
  let current = id;
  for (let steps = 0; steps < kinds.length; steps++) {
    const state = states[current];
    if (state === ORDERED) return STRONG;
    switch (kinds[current]) {
      case Raw.struct:
      case Raw.union:
        if (through && nameOf(flat, current) !== 0) return WEAK;
        if (state === ORDERING) throw endlessType(current);
        states[current] = ORDERING;
        return wait(ordering, current, through);
      case Raw.funcProto:
        spend(work, vlenOf(flat, current));
        return wait(ordering, current, through);
      case Raw.ptr:
      case Raw.typedef:
        return wait(ordering, current, through);
      case Raw.array:
        current = elementOf(flat, current);
        through = false;
        break;
      case Raw.volatile:
      case Raw.const:
      case Raw.restrict:
      case Raw.typeTag:
        current = targetOf(flat, current);
        break;
      case Raw.enum:
      case Raw.enum64:
      case Raw.fwd:
        states[current] = ORDERED;
        if (nameOf(flat, current) !== 0 || referenced[current] === 0) ordered.push(current);
        return STRONG;
      default:
        states[current] = ORDERED;
        return WEAK;
    }
    spend(work, 1);
  }
  throw endlessType(id);
}

/** Has a type wait for what it refers to. */
function wait(ordering: Ordering, id: TypeId, throughPointer: boolean): number {
  const { flat, work, frames } = ordering;
  // A path gets to a type in few ways, or it leads in circles.
  if (ordering.depth > 4 * flat.kinds.length) throw endlessType(id);
  spend(work, 1);
  const frame = frames[ordering.depth];
  if (frame === undefined) {
    frames.push({ id, throughPointer, visited: 0, strong: false });
  } else {
    frame.id = id;
    frame.throughPointer = throughPointer;
    frame.visited = 0;
    frame.strong = false;
  }
  ordering.depth++;
  return UNFINISHED;
}

/** Goes on with the type that waited last, after `link` was found to what it waited for. */
function resume(ordering: Ordering, link: number): number {
  const { flat, states, ordered, frames } = ordering;
  const frame = frames[ordering.depth - 1];
  if (frame === undefined) return link;
  const { id, throughPointer } = frame;
  switch (flat.kinds[id]) {
    case Raw.ptr:
      if (frame.visited++ === 0) return visit(ordering, targetOf(flat, id), true);
      ordering.depth--;
      states[id] = ORDERED;
      return link;
    case Raw.typedef:
      if (frame.visited++ === 0) return visit(ordering, targetOf(flat, id), throughPointer);
      ordering.depth--;
      // Nobody needs it yet: who reaches it without a pointer will order it.
      if (throughPointer && link === WEAK) return WEAK;
      ordered.push(id);
      states[id] = ORDERED;
      return STRONG;
    case Raw.funcProto:
      return resumePrototype(ordering, frame, link);
    default:
      return resumeStruct(ordering, frame);
  }
}

function resumePrototype(ordering: Ordering, frame: Frame, linkOfLast: number): number {
  const { flat } = ordering;
  const { id, throughPointer } = frame;
  const count = vlenOf(flat, id);
  const params = elementsAt(flat, id);
  let link = linkOfLast;
  if (frame.visited === 0) {
    frame.visited = 1;
    link = visit(ordering, targetOf(flat, id), throughPointer);
  }
  while (link !== UNFINISHED) {
    if (link === STRONG) frame.strong = true;
    if (frame.visited > count) {
      ordering.depth--;
      return frame.strong ? STRONG : WEAK;
    }
    const param = frame.visited++ - 1;
    link = visit(ordering, typeAt(flat, params + param * PARAM_WORDS + 1), throughPointer);
  }
  return UNFINISHED;
}

function resumeStruct(ordering: Ordering, frame: Frame): number {
  const { flat, states, ordered } = ordering;
  const { id } = frame;
  const count = vlenOf(flat, id);
  const members = elementsAt(flat, id);
  while (frame.visited < count) {
    const member = frame.visited++;
    const link = visit(ordering, typeAt(flat, members + member * MEMBER_WORDS + 1), false);
    if (link === UNFINISHED) return UNFINISHED;
  }
  ordering.depth--;
  if (nameOf(flat, id) !== 0) ordered.push(id);
  states[id] = ORDERED;
  return STRONG;
}
