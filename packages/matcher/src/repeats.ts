import {
  type Btf,
  enumeratorBits,
  kindOf,
  memberBitOffset,
  memberBitSize,
  ownSizeOf,
  type TypeId,
  vlenOf,
} from "@core/btf";
import { isComposite, isEnum } from "./comparison.js";
import { MatcherError } from "./error.js";
import { typesMismatch } from "./types-match.js";

/**
 * Is a module's type a copy of another, made because its compiler or linker did not find that one? The names, sizes
 * and types of all parts are the same, members are at the same bits, and enumerators have the same values.
 */
export function repeats(btf: Btf, id: TypeId, other: Btf, otherId: TypeId): boolean {
  const kind = kindOf(btf, id);
  const isSized = isComposite(kind) || isEnum(kind);
  if (kind !== kindOf(other, otherId)) return false;
  if (isSized && ownSizeOf(btf, id) !== ownSizeOf(other, otherId)) return false;
  if (isSized && vlenOf(btf, id) !== vlenOf(other, otherId)) return false;
  if (isComposite(kind)) {
    for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
      if (memberBitOffset(btf, id, i) !== memberBitOffset(other, otherId, i)) return false;
      if (memberBitSize(btf, id, i) !== memberBitSize(other, otherId, i)) return false;
    }
  }
  if (isEnum(kind)) {
    for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
      if (enumeratorBits(btf, id, i) !== enumeratorBits(other, otherId, i)) return false;
    }
  }
  return matches(btf, id, other, otherId) && matches(other, otherId, btf, id);
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
