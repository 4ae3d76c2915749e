import {
  arrayElementOf,
  type Btf,
  intOffsetOf,
  isEmptyName,
  type Kind,
  kindOf,
  nameOffOf,
  paramTypeOf,
  referredTypeOf,
  sameName,
  skipModifiers,
  type TypeId,
  vlenOf,
} from "@core/btf";
import { MatcherError } from "./error.js";
import type { Rejection } from "./rejection.js";

/** How deep types may be nested in libbpf's comparisons: in one chain, and through function prototypes. */
export const MAX_TYPE_DEPTH = 32;

const isEnum = (kind: Kind): boolean => kind === "enum" || kind === "enum64";
const isComposite = (kind: Kind): boolean => kind === "struct" || kind === "union";

/** Equal kinds; ENUM and ENUM64 count as one (libbpf: btf_kind_core_compat). */
export const sameKind = (local: Kind, target: Kind): boolean =>
  local === target || (isEnum(local) && isEnum(target));

/** Are two names, given by string offset, the same but for flavors, or is one of them empty? */
function namesAgree(local: Btf, localOff: number, target: Btf, targetOff: number): boolean {
  return (
    isEmptyName(local, localOff) ||
    isEmptyName(target, targetOff) ||
    sameName(local, localOff, target, targetOff, "essential")
  );
}

/**
 * May a field of one type stand for a field of the other (libbpf: bpf_core_fields_are_compat)? Structs
 * and unions may, in any combination; so may any two pointers, floats, integers; enums and forward
 * declarations if their names agree; arrays if their elements do.
 */
export function fieldsCompatible(local: Btf, localTypeId: TypeId, target: Btf, typeId: TypeId): boolean {
  let localId = localTypeId;
  let targetId = typeId;
  // Each round goes into one array; the kernel refuses more than 32 in a row.
  for (let depth = 0; depth <= MAX_TYPE_DEPTH; depth++) {
    localId = skipModifiers(local, localId);
    targetId = skipModifiers(target, targetId);
    const kind = kindOf(local, localId);
    const targetKind = kindOf(target, targetId);
    if (isComposite(kind) && isComposite(targetKind)) return true;
    if (!sameKind(kind, targetKind)) return false;
    switch (kind) {
      case "ptr":
      case "float":
        return true;
      case "fwd":
      case "enum":
      case "enum64":
        return namesAgree(local, nameOffOf(local, localId), target, nameOffOf(target, targetId));
      case "int":
        return intOffsetOf(local, localId) === 0 && intOffsetOf(target, targetId) === 0;
      case "array":
        localId = arrayElementOf(local, localId);
        targetId = arrayElementOf(target, targetId);
        break;
      default:
        return false;
    }
  }
  throw new MatcherError("too-deep", `type ${typeId} is an array of more than ${MAX_TYPE_DEPTH} dimensions`, {
    typeId,
  });
}

/** The comparison of two types, which hostile function prototypes can make double with every level. */
export interface Comparison {
  readonly local: Btf;
  readonly target: Btf;
  stepsLeft: number;
}

const MAX_STEPS = 1_000_000;

export const comparisonOf = (local: Btf, target: Btf): Comparison => ({
  local,
  target,
  stepsLeft: MAX_STEPS,
});

/** @throws MatcherError `too-complex` when a comparison has taken more steps than it may. */
export function spend(comparison: Comparison, steps: number, typeId: TypeId): void {
  comparison.stepsLeft -= steps;
  if (comparison.stepsLeft < 0) {
    throw new MatcherError("too-complex", `comparing with type ${typeId} takes over ${MAX_STEPS} steps`, {
      typeId,
    });
  }
}

export const typesDiffer = (localTypeId: TypeId, typeId: TypeId): Rejection => ({
  code: "types-differ",
  localTypeId,
  typeId,
});

/**
 * Are two types compatible as whole types (libbpf: bpf_core_types_are_compat)? That they have the same
 * name is known already; beyond the root, names do not count. Answers why not, or `undefined` if so.
 */
export function typesIncompatible(
  local: Btf,
  localId: TypeId,
  target: Btf,
  targetId: TypeId,
): Rejection | undefined {
  return incompatible(comparisonOf(local, target), localId, targetId, MAX_TYPE_DEPTH);
}

function incompatible(
  comparison: Comparison,
  localTypeId: TypeId,
  targetTypeId: TypeId,
  level: number,
): Rejection | undefined {
  const { local, target } = comparison;
  if (!sameKind(kindOf(local, localTypeId), kindOf(target, targetTypeId))) {
    return typesDiffer(localTypeId, targetTypeId);
  }
  let localId = localTypeId;
  let targetId = targetTypeId;
  for (let depth = 0; depth < MAX_TYPE_DEPTH; depth++) {
    spend(comparison, 1, targetId);
    localId = skipModifiers(local, localId);
    targetId = skipModifiers(target, targetId);
    const kind = kindOf(local, localId);
    if (!sameKind(kind, kindOf(target, targetId))) return typesDiffer(localId, targetId);
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
        return typesDiffer(localId, targetId);
      case "ptr":
        localId = referredTypeOf(local, localId);
        targetId = referredTypeOf(target, targetId);
        break;
      case "array":
        localId = arrayElementOf(local, localId);
        targetId = arrayElementOf(target, targetId);
        break;
      case "func_proto": {
        const vlen = vlenOf(local, localId);
        if (vlen !== vlenOf(target, targetId)) return typesDiffer(localId, targetId);
        for (let i = 0; i < vlen; i++) {
          if (level <= 0) throw tooDeep(targetId);
          const localParam = skipModifiers(local, paramTypeOf(local, localId, i));
          const targetParam = skipModifiers(target, paramTypeOf(target, targetId, i));
          const rejection = incompatible(comparison, localParam, targetParam, level - 1);
          if (rejection !== undefined) return rejection;
        }
        localId = referredTypeOf(local, localId);
        targetId = referredTypeOf(target, targetId);
        break;
      }
      default:
        return typesDiffer(localId, targetId);
    }
  }
  throw tooDeep(targetId);
}

export const tooDeep = (typeId: TypeId): MatcherError =>
  new MatcherError("too-deep", `type ${typeId} is nested more than ${MAX_TYPE_DEPTH} deep`, { typeId });
