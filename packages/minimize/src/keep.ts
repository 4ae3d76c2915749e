import {
  arrayElementOf,
  arrayNelemsOf,
  type Btf,
  isEmptyName,
  kindOf,
  memberNameOff,
  memberTypeOf,
  sameName,
  type TypeId,
  vlenOf,
} from "@core/btf";
import type { Candidate, Resolution } from "@core/relocate";
import { accessors, familyOf, MAX_POINTS, type Spec } from "@core/spec";
import { keepAlike } from "./alike.js";
import {
  keepApart,
  keepEnumerator,
  keepMember,
  keepNamed,
  keepPrototype,
  keepWhole,
  type Needs,
  typeBehind,
} from "./needs.js";

/** Keeps what a relocation found: for most this is all that it takes to find it again. */
export function keepMatched(needs: Needs, { local, attempts }: Resolution): void {
  for (const attempt of attempts) {
    if (!attempt.matched) continue;
    const { candidate, spec } = attempt;
    keepNamed(needs, candidate.btf, candidate.typeId);
    if (familyOf(spec.kind) === "type") keepCompared(needs, local, candidate);
    for (const { via, typeId, index } of spec.points) {
      if (via === "member" || via === "anonymous") keepMember(needs, spec.btf, typeId, index);
      if (via === "enumerator") keepEnumerator(needs, spec.btf, typeId, index);
    }
  }
}

/** Keeps also what a relocation looked at in vain, where what it found is not all that it depends on. */
export function keepLookedAt(needs: Needs, resolution: Resolution): void {
  const { local, verdict } = resolution;
  // Two modules number their types from the same number on: these would agree by chance.
  if (local.kind === "target_type_id" && verdict.kind === "ambiguous") {
    keepApart(needs, verdict.second.candidate.btf);
  }
  for (const candidate of triedOf(resolution)) {
    keepNamed(needs, candidate.btf, candidate.typeId);
    if (familyOf(local.kind) === "type") keepCompared(needs, local, candidate);
    if (familyOf(local.kind) === "field") keepAccessed(needs, local, candidate);
  }
}

/** Keeps all that a relocation could have looked at: only malformed types take as much. */
export function keepReachable(needs: Needs, resolution: Resolution): void {
  for (const { btf, typeId } of triedOf(resolution)) keepWhole(needs, btf, typeId);
}

/** The candidates that were matched, or rejected, or caused an error. */
function triedOf({ attempts, verdict }: Resolution): readonly Candidate[] {
  const tried = attempts.map(({ candidate }) => candidate);
  return verdict.kind === "invalid" && verdict.candidate !== undefined
    ? [...tried, verdict.candidate]
    : tried;
}

function keepCompared(needs: Needs, local: Spec, { btf, typeId }: Candidate): void {
  if (local.kind === "type_matches") keepAlike(needs, local, btf, typeId);
  else keepPrototype(needs, btf, typeId);
}

/** Keeps all members with the names of an access, also those of the wrong type, which end a search. */
function keepAccessed(needs: Needs, local: Spec, { btf, typeId }: Candidate): void {
  let reached: ReadonlySet<TypeId> = new Set([typeId]);
  for (const accessor of accessors(local)) {
    const next = new Set<TypeId>();
    for (const id of reached) {
      const from = typeBehind(btf, id);
      if (accessor.via === "root") next.add(from);
      else if (accessor.via === "member") {
        const nameOff = memberNameOff(local.btf, accessor.typeId, accessor.index);
        keepSearched(
          { needs, local: local.btf, nameOff, target: btf, found: next, known: new Map() },
          from,
          0,
        );
      } else if (kindOf(btf, from) === "array") next.add(arrayElementOf(btf, from));
    }
    reached = next;
  }
}

/** A search for all members of a name, in a struct or union and in what it has without a name. */
interface Search {
  readonly needs: Needs;
  readonly local: Btf;
  readonly nameOff: number;
  readonly target: Btf;
  /** The types of those members. */
  readonly found: Set<TypeId>;
  /** Whether a type, searched before, has any. */
  readonly known: Map<TypeId, boolean>;
}

function keepSearched(search: Search, id: TypeId, depth: number): boolean {
  const { needs, local, nameOff, target, found, known } = search;
  const typeId = typeBehind(target, id);
  const kind = kindOf(target, typeId);
  if ((kind !== "struct" && kind !== "union") || depth === MAX_POINTS) return false;
  const before = known.get(typeId);
  if (before !== undefined) return before;
  let any = false;
  known.set(typeId, any);
  const vlen = vlenOf(target, typeId);
  for (let index = 0; index < vlen; index++) {
    const targetNameOff = memberNameOff(target, typeId, index);
    const memberType = memberTypeOf(target, typeId, index);
    if (isEmptyName(target, targetNameOff)) {
      if (!keepSearched(search, memberType, depth + 1)) continue;
    } else if (sameName(local, nameOff, target, targetNameOff, "exact")) {
      found.add(memberType);
      // Whether it is flexible depends on its being the last one.
      if (isOpenArray(target, memberType)) keepMember(needs, target, typeId, vlen - 1);
    } else continue;
    keepMember(needs, target, typeId, index);
    any = true;
  }
  known.set(typeId, any);
  return any;
}

function isOpenArray(btf: Btf, id: TypeId): boolean {
  const typeId = typeBehind(btf, id);
  return kindOf(btf, typeId) === "array" && arrayNelemsOf(btf, typeId) === 0;
}
