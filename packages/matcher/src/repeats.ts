import {
  arrayElementOf,
  type Btf,
  enumeratorBits,
  kindOf,
  memberBitOffset,
  memberBitSize,
  memberNameOff,
  memberTypeOf,
  ownSizeOf,
  sameName,
  skipModifiers,
  type TypeId,
  vlenOf,
} from "@core/btf";
import { isComposite, isEnum } from "./comparison.js";
import { MatcherError } from "./error.js";
import { typesMismatch } from "./types-match.js";

/**
 * Is a module's type a copy of another, made because its compiler or linker did not find that one? The names, sizes
 * and types of all parts are the same, members are at the same bits, also those of structs within, and enumerators
 * have the same values.
 */
export function repeats(btf: Btf, id: TypeId, other: Btf, otherId: TypeId): boolean {
  return (
    matches(btf, id, other, otherId) &&
    matches(other, otherId, btf, id) &&
    sameLayout(btf, id, other, otherId, new Set())
  );
}

function matches(btf: Btf, id: TypeId, other: Btf, otherId: TypeId): boolean {
  try {
    return typesMismatch(btf, id, other, otherId) === undefined;
  } catch (error) {
    // Types that cannot be compared are no copies of each other.
    if (error instanceof MatcherError) return false;
    throw error;
  }
}

/** Of two types that match each other, and so have as many parts, and end. `seen` are the pairs compared before. */
function sameLayout(btf: Btf, typeId: TypeId, other: Btf, otherTypeId: TypeId, seen: Set<string>): boolean {
  const id = skipModifiers(btf, typeId);
  const otherId = skipModifiers(other, otherTypeId);
  const kind = kindOf(btf, id);
  if (kind !== kindOf(other, otherId)) return false;
  if (kind === "array") {
    return sameLayout(btf, arrayElementOf(btf, id), other, arrayElementOf(other, otherId), seen);
  }
  if (!isComposite(kind) && !isEnum(kind)) return true;
  const pair = `${id} ${otherId}`;
  if (seen.has(pair)) return true;
  seen.add(pair);
  if (ownSizeOf(btf, id) !== ownSizeOf(other, otherId)) return false;
  for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
    const isSame = isEnum(kind)
      ? enumeratorBits(btf, id, i) === enumeratorBits(other, otherId, i)
      : sameName(btf, memberNameOff(btf, id, i), other, memberNameOff(other, otherId, i), "exact") &&
        memberBitOffset(btf, id, i) === memberBitOffset(other, otherId, i) &&
        memberBitSize(btf, id, i) === memberBitSize(other, otherId, i) &&
        sameLayout(btf, memberTypeOf(btf, id, i), other, memberTypeOf(other, otherId, i), seen);
    if (!isSame) return false;
  }
  return true;
}
