import {
  arrayElementOf,
  type Btf,
  fieldsCompatible as findCompatible,
  intOffsetOf,
  kindOf,
  paramTypeOf,
  referredTypeOf,
  skipModifiers,
  type TypeId,
  vlenOf,
} from "@core/btf";
import {
  answerOnce,
  type Comparison,
  comparisonOf,
  differ,
  MAX_TYPE_DEPTH,
  newBudget,
  sameKind,
  step,
  tooDeep,
  within,
} from "./comparison.js";
import { MatcherError } from "./error.js";
import type { TypeRejection } from "./rejection.js";

/**
 * May a field of one type stand for a field of the other, as `fieldsCompatible` of `@core/btf` has it?
 * @throws MatcherError `too-deep` for what that gives no answer to.
 */
export function fieldsCompatible(local: Btf, localTypeId: TypeId, target: Btf, typeId: TypeId): boolean {
  const answer = findCompatible(local, localTypeId, target, typeId);
  if (answer !== undefined) return answer;
  const message = `the target's type ${typeId} is an array of more than 1024 dimensions, or behind as many typedefs`;
  throw new MatcherError("too-deep", message, { typeId });
}

/**
 * Are two types compatible as whole types (libbpf: bpf_core_types_are_compat)? That they have the same
 * name is known already; beyond the root, names do not count. Answers why not, or `undefined` if so.
 *
 * @throws MatcherError `too-deep`, `too-complex`.
 */
export function typesIncompatible(
  local: Btf,
  localId: TypeId,
  target: Btf,
  targetId: TypeId,
  budget = newBudget(),
): TypeRejection | undefined {
  return incompatible(comparisonOf(local, target, budget), localId, targetId, MAX_TYPE_DEPTH);
}

function incompatible(
  comparison: Comparison,
  localTypeId: TypeId,
  targetTypeId: TypeId,
  level: number,
): TypeRejection | undefined {
  const { local, target } = comparison;
  if (!sameKind(kindOf(local, localTypeId), kindOf(target, targetTypeId))) {
    return differ(localTypeId, targetTypeId, "kind");
  }
  let localId = localTypeId;
  let targetId = targetTypeId;
  for (let depth = 0; depth < MAX_TYPE_DEPTH; depth++) {
    step(comparison, targetId);
    localId = skipModifiers(local, localId);
    targetId = skipModifiers(target, targetId);
    const kind = kindOf(local, localId);
    if (!sameKind(kind, kindOf(target, targetId))) return differ(localId, targetId, "kind");
    switch (kind) {
      case "void":
      case "struct":
      case "union":
      case "enum":
      case "enum64":
      case "fwd":
        return undefined;
      case "int":
        if (intOffsetOf(local, localId) === 0 && intOffsetOf(target, targetId) === 0) return undefined;
        return differ(localId, targetId, "bit-offset");
      case "ptr":
        localId = referredTypeOf(local, localId);
        targetId = referredTypeOf(target, targetId);
        break;
      case "array":
        localId = arrayElementOf(local, localId);
        targetId = arrayElementOf(target, targetId);
        break;
      case "func_proto": {
        const rejection = paramsIncompatible(comparison, localId, targetId, level);
        if (rejection !== undefined) return rejection;
        localId = referredTypeOf(local, localId);
        targetId = referredTypeOf(target, targetId);
        break;
      }
      default:
        return differ(localId, targetId, "incomparable");
    }
  }
  throw tooDeep(targetTypeId);
}

function paramsIncompatible(
  comparison: Comparison,
  localId: TypeId,
  targetId: TypeId,
  level: number,
): TypeRejection | undefined {
  const { local, target } = comparison;
  const vlen = vlenOf(local, localId);
  if (vlen !== vlenOf(target, targetId)) return differ(localId, targetId, "params");
  for (let i = 0; i < vlen; i++) {
    if (level <= 0) throw tooDeep(targetId);
    const localParam = skipModifiers(local, paramTypeOf(local, localId, i));
    const targetParam = skipModifiers(target, paramTypeOf(target, targetId, i));
    const rejection = answerOnce(comparison, localParam, targetParam, level, () =>
      incompatible(comparison, localParam, targetParam, level - 1),
    );
    if (rejection !== undefined) return within(rejection, localId, i);
  }
  return undefined;
}
