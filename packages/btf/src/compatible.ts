import type { Btf, TypeId } from "./btf.js";
import { Raw } from "./kinds.js";
import { isEmptyName, sameName } from "./names.js";
import { arrayElementOf, intOffsetOf, nameOffOf, rawKindOf } from "./read.js";
import { findUnmodified } from "./resolve.js";

/** libbpf follows arrays of arrays without end. */
const MAX_DIMENSIONS = 1024;

/**
 * May a field of one type stand for a field of the other (libbpf: bpf_core_fields_are_compat)? Structs
 * and unions may, in any combination; so may any two pointers, floats, integers; enums and forward
 * declarations if their names agree but for flavors, or one has none; arrays if their elements do. Undefined
 * for arrays of over 1024 dimensions, and for more than 1024 modifiers and typedefs in a row.
 */
export function fieldsCompatible(a: Btf, aId: TypeId, b: Btf, bId: TypeId): boolean | undefined {
  let one: TypeId | undefined = aId;
  let other: TypeId | undefined = bId;
  for (let dimension = 0; dimension <= MAX_DIMENSIONS; dimension++) {
    one = findUnmodified(a, one);
    other = findUnmodified(b, other);
    if (one === undefined || other === undefined) return undefined;
    const kind = alikeKind(rawKindOf(a, one));
    if (kind !== alikeKind(rawKindOf(b, other))) return false;
    switch (kind) {
      case Raw.struct:
      case Raw.ptr:
      case Raw.float:
        return true;
      case Raw.fwd:
      case Raw.enum:
        return namesAgree(a, nameOffOf(a, one), b, nameOffOf(b, other));
      case Raw.int:
        return intOffsetOf(a, one) === 0 && intOffsetOf(b, other) === 0;
      case Raw.array:
        one = arrayElementOf(a, one);
        other = arrayElementOf(b, other);
        break;
      default:
        return false;
    }
  }
  return undefined;
}

/** More than real fields have. */
const MAX_CLASS_DIMENSIONS = 8;

/**
 * What {@link fieldsCompatible} goes by of one type: it gives the same answer for all types of a class, whatever the
 * other type is. Undefined for what goes by its name, for what goes with nothing, and for arrays of over 8 dimensions.
 */
export function fieldClass(btf: Btf, id: TypeId): string | undefined {
  let dimensions = "";
  let current = findUnmodified(btf, id);
  while (current !== undefined && dimensions.length <= MAX_CLASS_DIMENSIONS) {
    const kind = alikeKind(rawKindOf(btf, current));
    switch (kind) {
      case Raw.struct:
      case Raw.ptr:
      case Raw.float:
        return `${dimensions}${kind}`;
      case Raw.int:
        return intOffsetOf(btf, current) === 0 ? `${dimensions}${kind}` : undefined;
      case Raw.array:
        dimensions += "[";
        current = findUnmodified(btf, arrayElementOf(btf, current));
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}

/** Structs and unions count as one kind, and so do enums of either size. */
const alikeKind = (kind: number): number =>
  kind === Raw.union ? Raw.struct : kind === Raw.enum64 ? Raw.enum : kind;

/** Are two names, given by string offset, the same but for flavors, or is one of them empty? */
const namesAgree = (a: Btf, aOff: number, b: Btf, bOff: number): boolean =>
  isEmptyName(a, aOff) || isEmptyName(b, bOff) || sameName(a, aOff, b, bOff, "essential");
