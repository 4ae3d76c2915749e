import {
  arrayElementOf,
  arrayNelemsOf,
  type Btf,
  isEmptyName,
  kindOf,
  memberNameOff,
  memberTypeOf,
  nextMemberNamed,
  skipModifiers,
  type TypeId,
  vlenOf,
} from "@core/btf";
import { elementOffset, isFlexibleArray, MAX_POINTS, memberOffset, type Point, type Spec } from "@core/spec";
import { isComposite } from "./comparison.js";
import { fieldsCompatible } from "./compatible.js";
import { MatcherError } from "./error.js";
import { type Match, matched, type Rejection, rejected } from "./rejection.js";

/**
 * Finds a local field access in a target type (libbpf: bpf_core_spec_match): members by name, through
 * any anonymous structs and unions of the target; elements by index.
 *
 * @throws MatcherError `too-deep`, BtfError, where libbpf fails the relocation as well; SpecError
 * `overflow`, which libbpf does not notice.
 */
export function matchField(local: Spec, target: Btf, rootId: TypeId): Match<readonly Point[]> {
  const points: Point[] = [];
  let typeId = rootId;
  for (const accessor of local.points) {
    if (accessor.via === "anonymous") continue;
    typeId = skipModifiers(target, typeId);
    if (accessor.via === "member") {
      const search = findMember(local.btf, accessor, target, typeId, points);
      if (!search.matched) return search;
      typeId = search.found;
      continue;
    }
    const last = points.at(-1);
    if (last !== undefined) {
      if (kindOf(target, typeId) !== "array") return rejected({ code: "no-array", point: accessor, typeId });
      const nelems = arrayNelemsOf(target, typeId);
      if (accessor.index >= nelems && !isFlexibleArray(target, last, typeId)) {
        return rejected({ code: "index-out-of-bounds", point: accessor, typeId, nelems });
      }
      typeId = skipModifiers(target, arrayElementOf(target, typeId));
    }
    checkDepth(points.length);
    const { index } = accessor;
    const bitOffset = elementOffset(target, typeId, index, last?.bitOffset ?? 0);
    points.push({ via: last === undefined ? "root" : "element", index, typeId, bitOffset });
  }
  return matched(points);
}

/** Is there room for one more than `points`? */
function checkDepth(points: number): void {
  if (points < MAX_POINTS) return;
  const message = `the access leads through more than ${MAX_POINTS} members and elements of the target`;
  throw new MatcherError("too-deep", message);
}

type MemberPoint = Point & { readonly via: "member" };

/** A search for one named member, depth first through anonymous ones (libbpf: bpf_core_match_member). */
interface Search {
  readonly local: Btf;
  readonly accessor: MemberPoint;
  /** Of the member in the local BTF. */
  readonly nameOff: number;
  readonly target: Btf;
  /** Number of points before those of this search. */
  readonly start: number;
  /** The members that lead to where the search is: anonymous ones, and at last the one it is for. */
  readonly path: number[];
  /** A member of the name, if only of the wrong type: a better reason than that there is none. */
  rejection: Rejection | undefined;
  /** What searches in nested types answered, so that types which repeat do not double the work at every level. */
  searched: Map<TypeId, number> | undefined;
}

const FOUND = -1;

/** The type of the target member that goes with the local one; its points are added to `points`. */
function findMember(
  local: Btf,
  accessor: MemberPoint,
  target: Btf,
  typeId: TypeId,
  points: Point[],
): Match<TypeId> {
  if (!isComposite(kindOf(target, typeId))) return rejected({ code: "no-struct", point: accessor, typeId });
  const start = points.length;
  const way = wayToMember(local, accessor, target, typeId, start);
  if (!way.matched) return way;
  const path = way.found;
  let id = typeId;
  let bitOffset = points.at(-1)?.bitOffset ?? 0;
  for (const index of path) {
    bitOffset = memberOffset(target, id, index, bitOffset);
    points.push(
      points.length - start === path.length - 1
        ? { via: "member", index, typeId: id, bitOffset, name: accessor.name }
        : { via: "anonymous", index, typeId: id, bitOffset },
    );
    id = skipModifiers(target, memberTypeOf(target, id, index));
  }
  return matched(id);
}

/** From a struct or union to its member that goes with the local one, for an access that has `start` points so far. */
function wayToMember(
  local: Btf,
  accessor: MemberPoint,
  target: Btf,
  typeId: TypeId,
  start: number,
): Match<readonly number[]> {
  const search: Search = {
    local,
    accessor,
    nameOff: memberNameOff(local, accessor.typeId, accessor.index),
    target,
    start,
    path: [],
    rejection: undefined,
    searched: undefined,
  };
  const isFound = searchIn(search, typeId) === FOUND;
  if (search.rejection !== undefined && !isFound) return rejected(search.rejection);
  return isFound ? matched(search.path) : rejected({ code: "no-such-member", point: accessor, in: typeId });
}

/** `FOUND`, with the way there in `path`; else to how many points more the search went down from here. */
function searchIn(search: Search, id: TypeId): number {
  const { local, target, path, start, nameOff } = search;
  const typeId = skipModifiers(target, id);
  if (!isComposite(kindOf(target, typeId))) return 0;
  const depth = start + path.length;
  const known = search.searched?.get(typeId);
  if (known !== undefined) {
    checkDepth(depth + known - 1);
    return known;
  }
  const vlen = vlenOf(target, typeId);
  if (vlen > 0) checkDepth(depth);
  let height = vlen > 0 ? 1 : 0;
  for (let index = 0; index < vlen; index++) {
    index = nextMemberNamed(target, typeId, index, local, nameOff);
    if (index === vlen) break;
    if (isEmptyName(target, memberNameOff(target, typeId, index))) {
      path.push(index);
      const below = searchIn(search, memberTypeOf(target, typeId, index));
      if (below === FOUND) return FOUND;
      path.pop();
      height = Math.max(height, 1 + below);
    } else {
      if (isCompatible(search, typeId, index)) {
        path.push(index);
        return FOUND;
      }
      // The search ends in this struct or union, but goes on in those around it.
      break;
    }
  }
  if (path.length > 0) {
    search.searched ??= new Map();
    search.searched.set(typeId, height);
  }
  return height;
}

function isCompatible(search: Search, typeId: TypeId, index: number): boolean {
  const { local, accessor, target } = search;
  const localTypeId = memberTypeOf(local, accessor.typeId, accessor.index);
  const memberTypeId = memberTypeOf(target, typeId, index);
  if (fieldsCompatible(local, localTypeId, target, memberTypeId)) return true;
  search.rejection = {
    code: "incompatible-member",
    point: accessor,
    in: typeId,
    index,
    localTypeId,
    typeId: memberTypeId,
  };
  return false;
}
