import type { TypeId } from "../btf.js";
import { nameOf, nelemsOf, ownSizeOf, vlenOf } from "../flat.js";
import { Raw } from "../kinds.js";
import { type CDump, putTypeName } from "./c-dump.js";
import { putDeclaration } from "./declarator.js";
import {
  type ExactLayout,
  type Field,
  isBranched,
  isPacked,
  leastAlignmentOf,
  mostAlignmentOf,
  newField,
  readField,
} from "./exact-layout.js";
import { put, putLine, putNumber } from "./text.js";

// Structs and unions. What a compiler would not leave free by itself is filled with nameless bitfields, so that what
// lies where does not depend on alignment; and what C cannot have is said in a comment, and its place kept free.

export function putStruct(dump: CDump, layout: ExactLayout, id: TypeId, level: number): void {
  const { flat, text } = dump;
  put(text, flat.kinds[id] === Raw.struct ? "struct" : "union");
  if (nameOf(flat, id) !== 0) put(text, " ");
  putTypeName(dump, id);
  putBody(dump, layout, id, level);
}

function putBody(dump: CDump, layout: ExactLayout, id: TypeId, level: number): void {
  const { flat, text } = dump;
  const size = 8 * ownSizeOf(flat, id);
  const packed = isPacked(layout, id);
  put(text, " {");
  const { length } = text;
  if (flat.kinds[id] === Raw.union) putUnion(dump, layout, id, level + 1);
  else if (isBranched(layout, id)) putBranches(dump, layout, id, level + 1);
  else putMembers(dump, layout, id, level + 1);
  if (text.length !== length || size > 0) putLine(text, level);
  put(text, packed ? "} __attribute__((packed))" : "}");
}

function putMembers(dump: CDump, layout: ExactLayout, id: TypeId, level: number): void {
  const { flat } = dump;
  const field = newField();
  const packed = isPacked(layout, id);
  const size = 8 * ownSizeOf(flat, id);
  const least = 8 * leastAlignmentOf(layout, id);
  const most = 8 * mostAlignmentOf(layout, id);
  const unit = packed ? 64 : most;
  const count = vlenOf(flat, id);
  let end = 0;
  let hasMember = false;
  for (let i = 0; i < count; i++) {
    readField(layout, id, i, field);
    const { start, problem } = field;
    if (problem !== undefined) {
      putProblem(dump, field, level);
      continue;
    }
    if (!comesNext(field, end, packed)) fill(dump, end, start, unit, level);
    end = field.end;
    const isFlexible = hasMember && i === count - 1 && isPlaced(end, size, least, most, packed);
    putField(dump, layout, field, isFlexible, level);
    hasMember = true;
  }
  if (!isPlaced(end, size, least, most, packed)) fill(dump, end, size, unit, level);
}

/** Whether a compiler puts a member that follows `end` where it belongs. */
function comesNext({ start, width, least, most }: Field, end: number, packed: boolean): boolean {
  if (width > 0) return start === end;
  if (packed) return start === roundUp(end, 8);
  return isPlaced(end, start, 8 * least, 8 * most, false);
}

/** Whether what has an alignment, and comes behind `end`, is at `start`. All in bits. */
function isPlaced(end: number, start: number, least: number, most: number, packed: boolean): boolean {
  if (packed) return roundUp(end, 8) === start;
  return roundUp(end, least) === start && roundUp(end, most) === start;
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/** Each row of members that do not overlap in a branch of a union of its own. */
function putBranches(dump: CDump, layout: ExactLayout, id: TypeId, level: number): void {
  const { flat, text } = dump;
  const field = newField();
  const size = 8 * ownSizeOf(flat, id);
  let end = -1;
  let largest = 0;
  putLine(text, level);
  put(text, "union {");
  for (let i = 0, count = vlenOf(flat, id); i < count; i++) {
    readField(layout, id, i, field);
    if (field.problem !== undefined) {
      putProblem(dump, field, level + 1);
      continue;
    }
    if (end < 0 || field.start < end) {
      if (end >= 0) endBranch(dump, level + 1);
      beginBranch(dump, level + 1);
      end = 0;
    }
    if (!comesNext(field, end, true)) fill(dump, end, field.start, 64, level + 2);
    putField(dump, layout, field, false, level + 2);
    end = field.end;
    largest = Math.max(largest, end);
  }
  if (end >= 0) endBranch(dump, level + 1);
  putLine(text, level);
  put(text, "} __attribute__((packed));");
  fill(dump, roundUp(largest, 8), size, 64, level);
}

function beginBranch({ text }: CDump, level: number): void {
  putLine(text, level);
  put(text, "struct {");
}

function endBranch({ text }: CDump, level: number): void {
  putLine(text, level);
  put(text, "} __attribute__((packed));");
}

function putUnion(dump: CDump, layout: ExactLayout, id: TypeId, level: number): void {
  const { flat } = dump;
  const field = newField();
  const packed = isPacked(layout, id);
  const size = 8 * ownSizeOf(flat, id);
  let largest = 0;
  for (let i = 0, count = vlenOf(flat, id); i < count; i++) {
    readField(layout, id, i, field);
    if (field.problem !== undefined) {
      putProblem(dump, field, level);
      continue;
    }
    largest = Math.max(largest, field.end);
    if (field.start === 0) {
      putField(dump, layout, field, false, level);
    } else {
      beginBranch(dump, level);
      fill(dump, 0, field.start, 64, level + 1);
      putField(dump, layout, field, false, level + 1);
      endBranch(dump, level);
    }
  }
  const least = 8 * leastAlignmentOf(layout, id);
  const most = 8 * mostAlignmentOf(layout, id);
  if (isPlaced(largest, size, least, most, packed)) return;
  beginBranch(dump, level);
  fill(dump, 0, size, 64, level + 1);
  endBranch(dump, level);
}

function putField(
  dump: CDump,
  layout: ExactLayout,
  { name, typeId, width, inlined }: Field,
  isFlexible: boolean,
  level: number,
): void {
  const { flat, text } = dump;
  putLine(text, level);
  if (inlined === 0) {
    // Before another member, alone and in unions, C takes only an array of no elements.
    dump.flexible =
      isFlexible && flat.kinds[typeId] === Raw.array && nelemsOf(flat, typeId) === 0 ? typeId : 0;
    putDeclaration(dump, typeId, name, 1, level);
    dump.flexible = 0;
  } else {
    put(text, flat.kinds[inlined] === Raw.struct ? "struct" : "union");
    putBody(dump, layout, inlined, level);
  }
  if (width > 0) {
    put(text, ": ");
    putNumber(text, width);
  }
  put(text, ";");
}

/** Says why a member is missing. */
function putProblem(dump: CDump, { name, start, problem }: Field, level: number): void {
  const { text, flat } = dump;
  if (problem === undefined || problem === "") return;
  putLine(text, level);
  put(text, "/* ");
  if (flat.strings[name] === 0) put(text, "a member");
  else dump.style.putName(dump, name, 1);
  put(text, ` at bit ${start} is missing: ${problem} */`);
}

const PADS = [
  { type: "char", bits: 8 },
  { type: "short", bits: 16 },
  { type: "int", bits: 32 },
] as const;

/** Fills bits with nameless bitfields of types of up to `unit` bits. */
function fill(dump: CDump, from: number, to: number, unit: number, level: number): void {
  const { text, flat } = dump;
  const most = Math.min(unit, 64);
  for (let at = from; at < to; ) {
    const bits = Math.min(to - at, most - (at % most));
    const pad = PADS.find((one) => one.bits <= most && (at % one.bits) + bits <= one.bits);
    putLine(text, level);
    put(text, pad?.type ?? (flat.pointerSize === 8 ? "long" : "long long"));
    put(text, ": ");
    putNumber(text, bits);
    put(text, ";");
    at += bits;
  }
}
