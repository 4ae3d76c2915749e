import type { Btf, TypeId } from "./btf.js";
import { HEAD_HAS_TYPE, Raw } from "./kinds.js";
import {
  arrayElementOf,
  arrayIndexOf,
  enumeratorNameOff,
  memberNameOff,
  memberTypeOf,
  nameOffOf,
  paramNameOff,
  paramTypeOf,
  rawKindOf,
  referredTypeOf,
  secVarTypeOf,
  vlenOf,
} from "./read.js";

/** Index given to {@link eachReference}'s visitor for what a record's head refers to, and not one of its elements. */
export const HEAD = -1;

/**
 * Calls `visit` with every type id that a record refers to, in the order of the record: with the index of the
 * member, parameter or variable, or {@link HEAD}. Void is among them; the type that an array is indexed by too.
 */
export function eachReference(btf: Btf, id: TypeId, visit: (to: TypeId, index: number) => void): void {
  const kind = rawKindOf(btf, id);
  if (HEAD_HAS_TYPE[kind] === 1) visit(referredTypeOf(btf, id), HEAD);
  switch (kind) {
    case Raw.array:
      visit(arrayElementOf(btf, id), HEAD);
      visit(arrayIndexOf(btf, id), HEAD);
      break;
    case Raw.struct:
    case Raw.union:
      for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) visit(memberTypeOf(btf, id, i), i);
      break;
    case Raw.funcProto:
      for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) visit(paramTypeOf(btf, id, i), i);
      break;
    case Raw.datasec:
      for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) visit(secVarTypeOf(btf, id, i), i);
      break;
  }
}

/** The same for every string offset of a record. */
export function eachNameOff(btf: Btf, id: TypeId, visit: (offset: number, index: number) => void): void {
  visit(nameOffOf(btf, id), HEAD);
  const elementNameOff = ELEMENT_NAME_OFF.get(rawKindOf(btf, id));
  if (elementNameOff === undefined) return;
  for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) visit(elementNameOff(btf, id, i), i);
}

const ELEMENT_NAME_OFF: ReadonlyMap<number, (btf: Btf, id: TypeId, index: number) => number> = new Map([
  [Raw.struct, memberNameOff],
  [Raw.union, memberNameOff],
  [Raw.enum, enumeratorNameOff],
  [Raw.enum64, enumeratorNameOff],
  [Raw.funcProto, paramNameOff],
]);
