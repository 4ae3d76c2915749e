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
  // Most targets have as many points: an array that grows keeps room for sixteen more, and these are kept.
  const points = new Array<Point>(local.points.length);
  let count = 0;
  let typeId = rootId;
  for (const accessor of local.points) {
    if (accessor.via === "anonymous") continue;
    typeId = skipModifiers(target, typeId);
    if (accessor.via === "member") {
      const path = wayToMember(local.btf, accessor, target, typeId, count);
      if ("code" in path) return rejected(path);
      for (let i = 0; i < path.length; i++) {
        const index = path[i] ?? 0;
        const bitOffset = memberOffset(target, typeId, index, points[count - 1]?.bitOffset ?? 0);
        const isLast = i === path.length - 1;
        points[count++] = { via: isLast ? "member" : "anonymous", index, typeId, bitOffset };
        typeId = memberTypeOf(target, typeId, index);
        if (!isLast) typeId = skipModifiers(target, typeId);
      }
      continue;
    }
    const last = points[count - 1];
    if (last !== undefined) {
      if (kindOf(target, typeId) !== "array") return rejected({ code: "no-array", point: accessor, typeId });
      const nelems = arrayNelemsOf(target, typeId);
      if (accessor.index >= nelems && !isFlexibleArray(target, last, typeId)) {
        return rejected({ code: "index-out-of-bounds", point: accessor, typeId, nelems });
      }
      typeId = skipModifiers(target, arrayElementOf(target, typeId));
    }
    checkDepth(count);
    const { index } = accessor;
    const bitOffset = elementOffset(target, typeId, index, last?.bitOffset ?? 0);
    points[count++] = { via: last === undefined ? "root" : "element", index, typeId, bitOffset };
  }
  return matched(count === points.length ? points : points.slice(0, count));
}

/** Is there room for one more than `points`? */
function checkDepth(points: number): void {
  if (points < MAX_POINTS) return;
  const message = `the access leads through more than ${MAX_POINTS} members and elements of the target`;
  throw new MatcherError("too-deep", message);
}

/** A search for one named member, depth first through anonymous ones (libbpf: bpf_core_match_member). */
interface Search {
  readonly local: Btf;
  readonly accessor: Point;
  /** Of the member in the local BTF. */
  readonly nameOff: number;
  readonly target: Btf;
  /** Number of points before those of this search. */
  readonly start: number;
  /** Once it is found: the members that lead there, anonymous ones, and at last the one it is for. */
  path: readonly number[];
  /** A member of the name, if only of the wrong type: a better reason than that there is none. */
  rejection: Rejection | undefined;
  /** What searches in nested types answered, so that types which repeat do not double the work at every level. */
  searched: Map<TypeId, number> | undefined;
}

const FOUND = -1;
const NOWHERE: readonly number[] = [];

/**
 * The way from a struct or union to its member that goes with the local one, for an access that has `start` points so far;
 * or why there is none.
 */
function wayToMember(
  local: Btf,
  accessor: Point,
  target: Btf,
  typeId: TypeId,
  start: number,
): readonly number[] | Rejection {
  if (!isComposite(kindOf(target, typeId))) return { code: "no-struct", point: accessor, typeId };
  const search: Search = {
    local,
    accessor,
    nameOff: memberNameOff(local, accessor.typeId, accessor.index),
    target,
    start,
    path: NOWHERE,
    rejection: undefined,
    searched: undefined,
  };
  if (searchIn(search, typeId, start) === FOUND) return search.path;
  return search.rejection ?? { code: "no-such-member", point: accessor, in: typeId };
}

/**
 * Searches a struct or union to which `depth` points lead. `FOUND`, with the way there in `path`; else to how many points
 * more the search went down from here.
 */
function searchIn(search: Search, typeId: TypeId, depth: number): number {
  const { local, target, start, nameOff } = search;
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
    if (!isEmptyName(target, memberNameOff(target, typeId, index))) {
      if (isCompatible(search, typeId, index)) {
        search.path = [index];
        return FOUND;
      }
      // The search ends in this struct or union, but goes on in those around it.
      break;
    }
    const inner = skipModifiers(target, memberTypeOf(target, typeId, index));
    const below = isComposite(kindOf(target, inner)) ? searchIn(search, inner, depth + 1) : 0;
    if (below === FOUND) {
      search.path = [index, ...search.path];
      return FOUND;
    }
    height = Math.max(height, 1 + below);
  }
  if (depth > start) {
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
