import {
  arrayElementOf,
  type Btf,
  enumeratorNameOff,
  type Kind,
  kindOf,
  memberNameOff,
  memberTypeOf,
  paramTypeOf,
  referredTypeOf,
  sameName,
  type TypeId,
  vlenOf,
} from "@core/btf";
import type { Spec } from "@core/spec";
import {
  keepEnumerator,
  keepFollowed,
  keepMember,
  keepNamed,
  keepWhole,
  type Needs,
  typeBehind,
} from "./needs.js";

/** Comparisons of names. The matcher gives a relocation up that takes as many. */
const MAX_COMPARISONS = 1_000_000;

/** Two types that are compared, and whether that is behind a pointer, where of a struct only the name counts. */
type Pair = readonly [localId: TypeId, targetId: TypeId, pointed: boolean];

interface Walk {
  readonly needs: Needs;
  readonly local: Btf;
  readonly target: Btf;
  /** Grows while it is walked through. */
  readonly pending: Pair[];
  comparisonsLeft: number;
}

/**
 * Keeps what `type_matches` compares of a target's type: of its members and enumerators those that have the name of
 * a local one.
 */
export function keepAlike(
  needs: Needs,
  { btf: local, rootId }: Spec,
  target: Btf,
  targetRootId: TypeId,
): void {
  const pending: Pair[] = [[rootId, targetRootId, false]];
  const walk: Walk = { needs, local, target, pending, comparisonsLeft: MAX_COMPARISONS };
  const seen = new Set<string>();
  for (const [localType, targetType, pointed] of pending) {
    if (walk.comparisonsLeft < 0) break;
    const localId = typeBehind(local, localType);
    const targetId = typeBehind(target, targetType);
    const pair = `${localId} ${targetId} ${pointed}`;
    if (targetId === 0 || seen.has(pair)) continue;
    seen.add(pair);
    keepNamed(needs, target, targetId);
    keepPair(walk, localId, targetId, pointed);
  }
  if (walk.comparisonsLeft < 0) keepWhole(needs, target, targetRootId);
}

function keepPair(walk: Walk, localId: TypeId, targetId: TypeId, pointed: boolean): void {
  const { needs, local, target, pending } = walk;
  const kind = kindOf(local, localId);
  const targetKind = kindOf(target, targetId);
  if (isEnum(kind) && isEnum(targetKind)) {
    eachNamesake(walk, localId, targetId, enumeratorNameOff, (_, index) =>
      keepEnumerator(needs, target, targetId, index),
    );
  }
  if (kind !== targetKind) return;
  switch (kind) {
    case "struct":
    case "union":
      if (pointed) break;
      eachNamesake(walk, localId, targetId, memberNameOff, (localIndex, index) => {
        keepMember(needs, target, targetId, index);
        pending.push([
          memberTypeOf(local, localId, localIndex),
          memberTypeOf(target, targetId, index),
          false,
        ]);
      });
      break;
    case "ptr":
      keepFollowed(needs, target, targetId);
      pending.push([referredTypeOf(local, localId), referredTypeOf(target, targetId), true]);
      break;
    case "array":
      pending.push([arrayElementOf(local, localId), arrayElementOf(target, targetId), pointed]);
      break;
    case "func_proto": {
      keepFollowed(needs, target, targetId);
      pending.push([referredTypeOf(local, localId), referredTypeOf(target, targetId), pointed]);
      const vlen = Math.min(vlenOf(local, localId), vlenOf(target, targetId));
      for (let i = 0; i < vlen; i++)
        pending.push([paramTypeOf(local, localId, i), paramTypeOf(target, targetId, i), pointed]);
    }
  }
}

/** Calls `keep` for every member or enumerator of the target that has the name of a local one. */
function eachNamesake(
  walk: Walk,
  localId: TypeId,
  targetId: TypeId,
  nameOffAt: (btf: Btf, id: TypeId, index: number) => number,
  keep: (localIndex: number, index: number) => void,
): void {
  const { local, target } = walk;
  const [vlen, targetVlen] = [vlenOf(local, localId), vlenOf(target, targetId)];
  walk.comparisonsLeft -= vlen * targetVlen;
  if (walk.comparisonsLeft < 0) return;
  for (let i = 0; i < vlen; i++) {
    const nameOff = nameOffAt(local, localId, i);
    for (let j = 0; j < targetVlen; j++) {
      if (sameName(local, nameOff, target, nameOffAt(target, targetId, j), "essential")) keep(i, j);
    }
  }
}

const isEnum = (kind: Kind): boolean => kind === "enum" || kind === "enum64";
