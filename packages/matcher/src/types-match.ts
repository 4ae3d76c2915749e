import {
  arrayElementOf,
  arrayNelemsOf,
  type Btf,
  enumeratorNameOff,
  intEncodingOf,
  type Kind,
  kflagOf,
  kindOf,
  memberNameOff,
  memberTypeOf,
  nameOffOf,
  ownSizeOf,
  paramTypeOf,
  referredTypeOf,
  sameName,
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
import type { TypeRejection } from "./rejection.js";

const SIGNED = 1;

/**
 * Do two types match in detail (libbpf: bpf_core_types_match)? Names by essential name throughout; every
 * local member and enumerator has a counterpart; sizes, signs and array lengths are equal; behind a
 * pointer only name and kind count. Answers why not, or `undefined` if so.
 *
 * @throws MatcherError `too-deep`, `too-complex`.
 */
export function typesMismatch(
  local: Btf,
  localId: TypeId,
  target: Btf,
  targetId: TypeId,
  budget = newBudget(),
): TypeRejection | undefined {
  return mismatch(comparisonOf(local, target, budget), localId, targetId, false, MAX_TYPE_DEPTH);
}

function mismatch(
  comparison: Comparison,
  localTypeId: TypeId,
  targetTypeId: TypeId,
  pointed: boolean,
  level: number,
): TypeRejection | undefined {
  if (level <= 0) throw tooDeep(targetTypeId);
  const { local, target } = comparison;
  let localId = localTypeId;
  let targetId = targetTypeId;
  let behindPointer = pointed;
  for (let depth = 0; depth < MAX_TYPE_DEPTH; depth++) {
    step(comparison, targetId);
    localId = skipModifiers(local, localId);
    targetId = skipModifiers(target, targetId);
    const kind = kindOf(local, localId);
    const targetKind = kindOf(target, targetId);
    if (!sameNames(comparison, nameOffOf(local, localId), nameOffOf(target, targetId))) {
      return differ(localId, targetId, sameKind(kind, targetKind) ? "name" : "kind");
    }
    if (behindPointer && oneDeclaresOther(comparison, localId, kind, targetId, targetKind)) return undefined;
    if (!sameKind(kind, targetKind)) return differ(localId, targetId, "kind");

    switch (kind) {
      case "void":
        return undefined;
      case "fwd":
        return kflagOf(local, localId) === kflagOf(target, targetId)
          ? undefined
          : differ(localId, targetId, "kind");
      case "enum":
      case "enum64":
        return enumsMismatch(comparison, localId, targetId);
      case "struct":
      case "union":
        return behindPointer ? undefined : compositesMismatch(comparison, localId, targetId, level);
      case "int":
        return intsMismatch(comparison, localId, targetId);
      case "ptr":
        behindPointer = true;
        localId = referredTypeOf(local, localId);
        targetId = referredTypeOf(target, targetId);
        break;
      case "array":
        if (arrayNelemsOf(local, localId) !== arrayNelemsOf(target, targetId)) {
          return differ(localId, targetId, "nelems");
        }
        localId = arrayElementOf(local, localId);
        targetId = arrayElementOf(target, targetId);
        break;
      case "func_proto": {
        const rejection = paramsMismatch(comparison, localId, targetId, behindPointer, level);
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

const sameNames = ({ local, target }: Comparison, localOff: number, targetOff: number): boolean =>
  sameName(local, localOff, target, targetOff, "essential");

/** Is one the forward declaration of a struct or union, and the other a type of that kind? */
function oneDeclaresOther(
  { local, target }: Comparison,
  localId: TypeId,
  kind: Kind,
  targetId: TypeId,
  targetKind: Kind,
): boolean {
  return (
    (kind === "fwd" && targetKind === declaredKind(local, localId)) ||
    (targetKind === "fwd" && kind === declaredKind(target, targetId))
  );
}

const declaredKind = (btf: Btf, fwdId: TypeId): Kind => (kflagOf(btf, fwdId) ? "union" : "struct");

function intsMismatch(
  { local, target }: Comparison,
  localId: TypeId,
  targetId: TypeId,
): TypeRejection | undefined {
  if (ownSizeOf(local, localId) !== ownSizeOf(target, targetId)) return differ(localId, targetId, "size");
  const sign = intEncodingOf(local, localId) & SIGNED;
  return sign === (intEncodingOf(target, targetId) & SIGNED)
    ? undefined
    : differ(localId, targetId, "signedness");
}

/** Every local enumerator needs one of its name, whatever their values. */
function enumsMismatch(comparison: Comparison, localId: TypeId, targetId: TypeId): TypeRejection | undefined {
  const { local, target } = comparison;
  if (ownSizeOf(local, localId) !== ownSizeOf(target, targetId)) return differ(localId, targetId, "size");
  const vlen = vlenOf(local, localId);
  const targetVlen = vlenOf(target, targetId);
  if (vlen > targetVlen) return differ(localId, targetId, "fewer");
  // Most enumerators stand in the same order, so each search begins behind where the last one ended.
  let next = 0;
  for (let index = 0; index < vlen; index++) {
    const name = enumeratorNameOff(local, localId, index);
    let tried = 0;
    for (let found = false; !found; tried++) {
      if (tried === targetVlen) return noCounterpart(localId, targetId, index);
      step(comparison, targetId);
      found = sameNames(comparison, name, enumeratorNameOff(target, targetId, next));
      next = next + 1 === targetVlen ? 0 : next + 1;
    }
  }
  return undefined;
}

/** Every local member needs a target member of its name whose type matches. */
function compositesMismatch(
  comparison: Comparison,
  localId: TypeId,
  targetId: TypeId,
  level: number,
): TypeRejection | undefined {
  const { local, target } = comparison;
  const vlen = vlenOf(local, localId);
  const targetVlen = vlenOf(target, targetId);
  if (vlen > targetVlen) return differ(localId, targetId, "fewer");
  for (let index = 0; index < vlen; index++) {
    const name = memberNameOff(local, localId, index);
    const type = memberTypeOf(local, localId, index);
    let rejection: TypeRejection | undefined = noCounterpart(localId, targetId, index);
    for (let i = 0; i < targetVlen && rejection !== undefined; i++) {
      step(comparison, targetId);
      if (!sameNames(comparison, name, memberNameOff(target, targetId, i))) continue;
      const inner = partMismatch(comparison, type, memberTypeOf(target, targetId, i), false, level);
      rejection = inner && within(inner, localId, index);
    }
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}

const noCounterpart = (localTypeId: TypeId, typeId: TypeId, index: number): TypeRejection => ({
  code: "no-counterpart",
  path: [],
  localTypeId,
  typeId,
  index,
});

function paramsMismatch(
  comparison: Comparison,
  localId: TypeId,
  targetId: TypeId,
  behindPointer: boolean,
  level: number,
): TypeRejection | undefined {
  const { local, target } = comparison;
  const vlen = vlenOf(local, localId);
  if (vlen !== vlenOf(target, targetId)) return differ(localId, targetId, "params");
  for (let i = 0; i < vlen; i++) {
    const [param, targetParam] = [paramTypeOf(local, localId, i), paramTypeOf(target, targetId, i)];
    const rejection = partMismatch(comparison, param, targetParam, behindPointer, level);
    if (rejection !== undefined) return within(rejection, localId, i);
  }
  return undefined;
}

/** Compares members' or parameters' types, one level below their struct or prototype. */
const partMismatch = (
  comparison: Comparison,
  localId: TypeId,
  targetId: TypeId,
  behindPointer: boolean,
  level: number,
): TypeRejection | undefined =>
  answerOnce(comparison, localId, targetId, level + (behindPointer ? MAX_TYPE_DEPTH : 0), () =>
    mismatch(comparison, localId, targetId, behindPointer, level - 1),
  );
