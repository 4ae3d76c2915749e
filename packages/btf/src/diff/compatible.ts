import type { TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { arrayElementOf, intOffsetOf, paramTypeOf, rawKindOf, referredTypeOf, vlenOf } from "../read.js";
import { findUnmodified } from "../resolve.js";
import { type Comparison, countSteps } from "./comparison.js";

/** libbpf follows arrays of arrays without end. */
const MAX_DIMENSIONS = 1024;

/**
 * May a field of one type stand for a field of the other (libbpf: bpf_core_fields_are_compat)? Arrays of more
 * than 1024 dimensions may not.
 */
export function fieldsCompatible(
  { words, before, after }: Comparison,
  beforeId: TypeId,
  afterId: TypeId,
): boolean {
  let a = before.shapes.field[beforeId] ?? 0;
  let b = after.shapes.field[afterId] ?? 0;
  for (let dimension = 0; dimension <= MAX_DIMENSIONS; dimension++) {
    if (a === 0 || b === 0) return false;
    if (a === b) return true;
    const [, aKind, aDetail = 0] = words.shapes.wordsOf(a);
    const [, bKind, bDetail = 0] = words.shapes.wordsOf(b);
    if (aKind !== bKind) return false;
    // An enum or forward declaration without a name is one of any name.
    if (aKind !== Raw.array) return aDetail === 0 || bDetail === 0;
    a = aDetail;
    b = bDetail;
  }
  return false;
}

/** How many types deep two are compared, and how many prototypes (libbpf: the same). */
const MAX_DEPTH = 32;

/**
 * Are two types compatible as whole types (libbpf: bpf_core_types_are_compat)? Names do not count. What is
 * more than 32 types deep is not.
 */
export function typesCompatible(
  comparison: Comparison,
  beforeId: TypeId,
  afterId: TypeId,
  level = MAX_DEPTH,
): boolean {
  const { before, after } = comparison;
  let a: TypeId | undefined = beforeId;
  let b: TypeId | undefined = afterId;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    countSteps(comparison, 1, afterId);
    a = findUnmodified(before.btf, a);
    b = findUnmodified(after.btf, b);
    if (a === undefined || b === undefined) return false;
    const kind = rawKindOf(before.btf, a);
    if (sameGroup(kind) !== sameGroup(rawKindOf(after.btf, b))) return false;
    switch (kind) {
      case 0:
        return a === 0 && b === 0;
      case Raw.struct:
      case Raw.union:
      case Raw.enum:
      case Raw.enum64:
      case Raw.fwd:
        return true;
      case Raw.int:
        return intOffsetOf(before.btf, a) === 0 && intOffsetOf(after.btf, b) === 0;
      case Raw.array:
        a = arrayElementOf(before.btf, a);
        b = arrayElementOf(after.btf, b);
        break;
      case Raw.funcProto:
        if (!paramsCompatible(comparison, a, b, level)) return false;
        a = referredTypeOf(before.btf, a);
        b = referredTypeOf(after.btf, b);
        break;
      case Raw.ptr:
        a = referredTypeOf(before.btf, a);
        b = referredTypeOf(after.btf, b);
        break;
      default:
        return false;
    }
  }
  return false;
}

const sameGroup = (kind: number): number => (kind === Raw.enum64 ? Raw.enum : kind);

function paramsCompatible(comparison: Comparison, a: TypeId, b: TypeId, level: number): boolean {
  const { before, after } = comparison;
  const vlen = vlenOf(before.btf, a);
  if (vlen !== vlenOf(after.btf, b) || level === 0) return false;
  for (let i = 0; i < vlen; i++) {
    const [param, newParam] = [paramTypeOf(before.btf, a, i), paramTypeOf(after.btf, b, i)];
    if (!typesCompatible(comparison, param, newParam, level - 1)) return false;
  }
  return true;
}
