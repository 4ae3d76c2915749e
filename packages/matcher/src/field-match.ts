import {
  arrayElementOf,
  arrayNelemsOf,
  type Btf,
  isEmptyName,
  kindOf,
  memberNameOff,
  memberTypeOf,
  sameName,
  skipModifiers,
  type TypeId,
  vlenOf,
} from "@core/btf";
import {
  accessors,
  elementOffset,
  isFlexibleArray,
  MAX_POINTS,
  memberPoint,
  type Point,
  type Spec,
} from "@core/spec";
import { fieldsCompatible } from "./compatible.js";
import { MatcherError } from "./error.js";
import { type Match, matched, type Rejection, rejected } from "./rejection.js";

/**
 * Finds a local field access in a target type (libbpf: bpf_core_spec_match): members by name, through
 * any anonymous structs and unions of the target; elements by index.
 *
 * @throws MatcherError `too-deep`, SpecError or BtfError where libbpf fails the relocation as well.
 */
export function matchField(local: Spec, target: Btf, rootId: TypeId): Match<readonly Point[]> {
  const points: Point[] = [];
  let typeId = rootId;
  for (const accessor of accessors(local)) {
    typeId = skipModifiers(target, typeId);
    const bitOffset = points.at(-1)?.bitOffset ?? 0;
    if (accessor.via === "member") {
      const search = searchMember(local.btf, accessor, target, typeId, points);
      if (!search.matched) return search;
      typeId = search.found;
      continue;
    }
    if (accessor.via === "element") {
      if (kindOf(target, typeId) !== "array") return rejected({ code: "no-array", point: accessor, typeId });
      const nelems = arrayNelemsOf(target, typeId);
      const last = points.findLast((point) => point.via !== "anonymous");
      if (accessor.index >= nelems && !isFlexibleArray(target, last, typeId)) {
        return rejected({ code: "index-out-of-bounds", point: accessor, typeId, nelems });
      }
      typeId = skipModifiers(target, arrayElementOf(target, typeId));
    }
    checkDepth(points.length);
    const offset = elementOffset(target, typeId, accessor.index, bitOffset);
    points.push({
      via: points.length === 0 ? "root" : "element",
      index: accessor.index,
      typeId,
      bitOffset: offset,
    });
  }
  return matched(points);
}

function checkDepth(points: number): void {
  if (points >= MAX_POINTS)
    throw new MatcherError("too-deep", `the access leads through more than ${MAX_POINTS} types`);
}

/** A search for one named member, depth first through anonymous ones (libbpf: bpf_core_match_member). */
interface Search {
  readonly local: Btf;
  readonly accessor: Point;
  readonly target: Btf;
  /** The target points so far; the search adds the anonymous ones on its way and the member at last. */
  readonly points: Point[];
  /** A member of the name, if only of the wrong type: a better reason than that there is none. */
  rejection: Rejection | undefined;
  /** Structs and unions without the member, and how many more points a search in them takes. */
  readonly searched: Map<TypeId, number>;
}

/** The type of the target member that goes with the local one; its point is added to `points`. */
function searchMember(
  local: Btf,
  accessor: Point,
  target: Btf,
  typeId: TypeId,
  points: Point[],
): Match<TypeId> {
  const kind = kindOf(target, typeId);
  if (kind !== "struct" && kind !== "union") return rejected({ code: "no-struct", point: accessor, typeId });
  const search: Search = { local, accessor, target, points, rejection: undefined, searched: new Map() };
  const found = searchIn(search, typeId);
  if (found !== undefined) return matched(found);
  return rejected(search.rejection ?? { code: "no-such-member", point: accessor, in: typeId });
}

function searchIn(search: Search, id: TypeId): TypeId | undefined {
  const { local, accessor, target, points } = search;
  const typeId = skipModifiers(target, id);
  const kind = kindOf(target, typeId);
  if (kind !== "struct" && kind !== "union") return undefined;

  const known = search.searched.get(typeId);
  if (known !== undefined) {
    // Nested anonymous types that repeat would double the work at every level.
    checkDepth(points.length + known - 1);
    return undefined;
  }
  const vlen = vlenOf(target, typeId);
  const nameOff = memberNameOff(local, accessor.typeId, accessor.index);
  const bitOffset = points.at(-1)?.bitOffset ?? 0;
  let height = vlen === 0 ? 0 : 1;
  for (let index = 0; index < vlen; index++) {
    checkDepth(points.length);
    const targetNameOff = memberNameOff(target, typeId, index);
    const type = memberTypeOf(target, typeId, index);
    if (isEmptyName(target, targetNameOff)) {
      points.push(memberPoint(target, typeId, index, bitOffset));
      const found = searchIn(search, type);
      if (found !== undefined) return found;
      points.pop();
      height = Math.max(height, 1 + (search.searched.get(skipModifiers(target, type)) ?? 0));
    } else if (sameName(local, nameOff, target, targetNameOff, "exact")) {
      const localTypeId = memberTypeOf(local, accessor.typeId, accessor.index);
      if (!fieldsCompatible(local, localTypeId, target, type)) {
        // The search ends in this struct or union, but goes on in those around it.
        search.rejection = {
          code: "incompatible-member",
          point: accessor,
          in: typeId,
          index,
          localTypeId,
          typeId: type,
        };
        break;
      }
      points.push(memberPoint(target, typeId, index, bitOffset));
      return type;
    }
  }
  search.searched.set(typeId, height);
  return undefined;
}
