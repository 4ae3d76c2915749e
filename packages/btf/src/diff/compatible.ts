import type { TypeId } from "../btf.js";
import { fieldsCompatible as areCompatible } from "../compatible.js";
import { Raw } from "../kinds.js";
import { arrayElementOf, intOffsetOf, paramTypeOf, rawKindOf, referredTypeOf, vlenOf } from "../read.js";
import { findUnmodified } from "../resolve.js";
import { type Comparison, countSteps } from "./comparison.js";

/** Like `fieldsCompatible` of this package; what that gives no answer to is not. */
export function fieldsCompatible({ before, after }: Comparison, a: TypeId, b: TypeId): boolean {
  const field = before.shapes.field[a];
  if (field !== 0 && field === after.shapes.field[b]) return true;
  return areCompatible(before.btf, a, after.btf, b) ?? false;
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
