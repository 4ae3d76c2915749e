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
import { type Comparison, comparisonOf, MAX_TYPE_DEPTH, spend, tooDeep, typesDiffer } from "./compatible.js";
import type { Rejection } from "./rejection.js";

const SIGNED = 1;

/**
 * Do two types match in detail (libbpf: bpf_core_types_match)? Names by essential name throughout; every
 * local member and enumerator has a counterpart; sizes, signs and array lengths are equal; behind a
 * pointer only name and kind count. Answers why not, or `undefined` if so.
 */
export function typesMismatch(
  local: Btf,
  localId: TypeId,
  target: Btf,
  targetId: TypeId,
): Rejection | undefined {
  return mismatch(comparisonOf(local, target), localId, targetId, false, MAX_TYPE_DEPTH);
}

function mismatch(
  comparison: Comparison,
  localTypeId: TypeId,
  targetTypeId: TypeId,
  pointed: boolean,
  level: number,
): Rejection | undefined {
  if (level <= 0) throw tooDeep(targetTypeId);
  const { local, target } = comparison;
  let localId = localTypeId;
  let targetId = targetTypeId;
  let behindPointer = pointed;
  for (let depth = 0; depth < MAX_TYPE_DEPTH; depth++) {
    spend(comparison, 1, targetId);
    localId = skipModifiers(local, localId);
    targetId = skipModifiers(target, targetId);
    const unless = (matched: boolean) => (matched ? undefined : typesDiffer(localId, targetId));

    if (!sameNames(comparison, nameOffOf(local, localId), nameOffOf(target, targetId))) return unless(false);
    const kind = kindOf(local, localId);
    const targetKind = kindOf(target, targetId);

    switch (kind) {
      case "void":
        return unless(targetKind === "void");
      case "fwd":
        return unless(
          fwdMatches(kflagOf(local, localId), targetKind, kflagOf(target, targetId), behindPointer),
        );
      case "enum":
      case "enum64":
        return unless(
          (targetKind === "enum" || targetKind === "enum64") && enumsMatch(comparison, localId, targetId),
        );
      case "struct":
      case "union":
        if (behindPointer) {
          const fwdOfKind = targetKind === "fwd" && (kind === "union") === kflagOf(target, targetId);
          return unless(kind === targetKind || fwdOfKind);
        }
        return kind === targetKind ? compositesMismatch(comparison, localId, targetId, level) : unless(false);
      case "int":
        return unless(
          targetKind === "int" &&
            ownSizeOf(local, localId) === ownSizeOf(target, targetId) &&
            (intEncodingOf(local, localId) & SIGNED) === (intEncodingOf(target, targetId) & SIGNED),
        );
      case "ptr":
        if (targetKind !== "ptr") return unless(false);
        behindPointer = true;
        localId = referredTypeOf(local, localId);
        targetId = referredTypeOf(target, targetId);
        break;
      case "array":
        if (targetKind !== "array" || arrayNelemsOf(local, localId) !== arrayNelemsOf(target, targetId)) {
          return unless(false);
        }
        localId = arrayElementOf(local, localId);
        targetId = arrayElementOf(target, targetId);
        break;
      case "func_proto": {
        const vlen = vlenOf(local, localId);
        if (targetKind !== "func_proto" || vlen !== vlenOf(target, targetId)) return unless(false);
        for (let i = 0; i < vlen; i++) {
          const localParam = paramTypeOf(local, localId, i);
          const rejection = mismatch(
            comparison,
            localParam,
            paramTypeOf(target, targetId, i),
            behindPointer,
            level - 1,
          );
          if (rejection !== undefined) return rejection;
        }
        localId = referredTypeOf(local, localId);
        targetId = referredTypeOf(target, targetId);
        break;
      }
      default:
        return unless(false);
    }
  }
  throw tooDeep(targetId);
}

const sameNames = ({ local, target }: Comparison, localOff: number, targetOff: number): boolean =>
  sameName(local, localOff, target, targetOff, "essential");

/** A forward declaration of a union has kflag set. Behind a pointer the declared type itself will do as well. */
function fwdMatches(
  ofUnion: boolean,
  targetKind: Kind,
  targetKflag: boolean,
  behindPointer: boolean,
): boolean {
  if (targetKind === "fwd") return ofUnion === targetKflag;
  return behindPointer && targetKind === (ofUnion ? "union" : "struct");
}

function enumsMatch(comparison: Comparison, localId: TypeId, targetId: TypeId): boolean {
  const { local, target } = comparison;
  const vlen = vlenOf(local, localId);
  const targetVlen = vlenOf(target, targetId);
  if (ownSizeOf(local, localId) !== ownSizeOf(target, targetId) || vlen > targetVlen) return false;
  for (let i = 0; i < vlen; i++) {
    spend(comparison, targetVlen, targetId);
    const name = enumeratorNameOff(local, localId, i);
    let j = 0;
    while (j < targetVlen && !sameNames(comparison, name, enumeratorNameOff(target, targetId, j))) j++;
    if (j === targetVlen) return false;
  }
  return true;
}

/** Every local member needs a target member of its name whose type matches. */
function compositesMismatch(
  comparison: Comparison,
  localId: TypeId,
  targetId: TypeId,
  level: number,
): Rejection | undefined {
  const { local, target } = comparison;
  const vlen = vlenOf(local, localId);
  const targetVlen = vlenOf(target, targetId);
  if (vlen > targetVlen) return typesDiffer(localId, targetId);
  for (let i = 0; i < vlen; i++) {
    spend(comparison, targetVlen, targetId);
    const name = memberNameOff(local, localId, i);
    const type = memberTypeOf(local, localId, i);
    let rejection: Rejection | undefined = typesDiffer(localId, targetId);
    for (let j = 0; j < targetVlen && rejection !== undefined; j++) {
      if (!sameNames(comparison, name, memberNameOff(target, targetId, j))) continue;
      rejection = mismatch(comparison, type, memberTypeOf(target, targetId, j), false, level - 1);
    }
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}
