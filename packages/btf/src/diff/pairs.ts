import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { enumeratorNameOff, memberNameOff, nameOffOf, rawKindOf, referredTypeOf, vlenOf } from "../read.js";
import { findUnmodified } from "../resolve.js";
import type { Comparison } from "./comparison.js";
import { definitionOf, haveSameDefinition } from "./definition.js";
import type { Side } from "./shapes.js";
import type { Vocabulary } from "./vocabulary.js";

/** Types of one name and of kinds that may go together, in one BTF and in the other. */
export interface Pairing {
  /** Types that go together and are not the same. */
  readonly changed: readonly (readonly [before: TypeId, after: TypeId])[];
  readonly removed: readonly TypeId[];
  readonly added: readonly TypeId[];
  /** Is there any of the name and kind in the other BTF, so that what was added or removed is one of several? */
  readonly isInBoth: boolean;
}

/** Kinds that are told from each other, by kind number; 0 for what has no name of its own, or says nothing of types. */
const GROUPS = new Uint8Array(128);
GROUPS[Raw.struct] = GROUPS[Raw.union] = 1;
GROUPS[Raw.enum] = GROUPS[Raw.enum64] = 2;
GROUPS[Raw.typedef] = 3;
GROUPS[Raw.func] = 4;
GROUPS[Raw.int] = 5;
GROUPS[Raw.float] = 6;
GROUPS[Raw.var] = 7;
GROUPS[Raw.fwd] = 8;
GROUPS[Raw.datasec] = 9;
/** Enums without a name or a typedef, by the name of their first enumerator. */
const UNNAMED_ENUM = 10;
/** By the name of what they are attached to. They are there or not: none becomes another. */
const TAG = 11;
const LAST_GROUP = 11;

/** Types of one BTF, without its bases, by the numbers of their names without flavors: lists in typed arrays. */
interface Index {
  /** By the number of a name: the first type with it, 0 when there is none. */
  readonly first: Uint32Array;
  /** By type id less the BTF's first: the next type with the same name. */
  readonly next: Uint32Array;
}

/** The numbers of the names under which types are compared, by type id less the BTF's first; 0 for those that are not. */
function keysOf(side: Side, words: Vocabulary): Uint32Array {
  const { btf, shapes } = side;
  const keys = new Uint32Array(btf.endId - btf.startId);
  const withTypedef = enumsWithTypedef(side);
  for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) {
    const group = groupOf(side, id);
    if (group === TAG) keys[id - btf.startId] = shapes.name[referredTypeOf(btf, id)] ?? 0;
    else if (group !== UNNAMED_ENUM) keys[id - btf.startId] = group === 0 ? 0 : (shapes.name[id] ?? 0);
    else if (!withTypedef.has(shapes.declared[id] ?? 0))
      keys[id - btf.startId] = firstEnumerator(words, btf, id);
  }
  return keys;
}

/** What enums without a name are that have a typedef: they are compared as that, and so are those that repeat them. */
function enumsWithTypedef(side: Side): ReadonlySet<number> {
  const { btf, shapes } = side;
  const found = new Set<number>();
  for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) {
    if (rawKindOf(btf, id) !== Raw.typedef) continue;
    const behind = findUnmodified(btf, id);
    if (behind !== undefined && groupOf(side, behind) === UNNAMED_ENUM)
      found.add(shapes.declared[behind] ?? 0);
  }
  return found;
}

const firstEnumerator = (words: Vocabulary, btf: Btf, id: TypeId): number =>
  vlenOf(btf, id) === 0 ? 0 : words.essentialNameOf(btf, enumeratorNameOff(btf, id, 0));

function indexOf({ btf }: Side, keys: Uint32Array, lastName: number): Index {
  const first = new Uint32Array(lastName + 1);
  const next = new Uint32Array(keys.length);
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i] ?? 0;
    if (key === 0) continue;
    next[i] = first[key] ?? 0;
    first[key] = btf.startId + i;
  }
  return { first, next };
}

/**
 * Calls `visit` with what goes together under each name, unless all of it is the same in both. `only` is asked
 * for a type of each name.
 */
export function eachPairing(
  comparison: Comparison,
  only: (side: Side, id: TypeId) => boolean,
  visit: (pairing: Pairing) => void,
): void {
  const { words, before, after } = comparison;
  const [oldKeys, newKeys] = [keysOf(before, words), keysOf(after, words)];
  const { lastName } = words;
  const old = indexOf(before, oldKeys, lastName);
  const now = indexOf(after, newKeys, lastName);
  for (let name = 1; name <= lastName; name++) {
    const firstOld = old.first[name] as TypeId | undefined;
    const firstNew = now.first[name] as TypeId | undefined;
    if (!firstOld && !firstNew) continue;
    if (
      firstOld &&
      firstNew &&
      !old.next[firstOld - before.btf.startId] &&
      !now.next[firstNew - after.btf.startId] &&
      groupOf(before, firstOld) === groupOf(after, firstNew) &&
      haveSameDefinition(comparison, firstOld, firstNew)
    ) {
      continue;
    }
    if (!(firstOld ? only(before, firstOld) : firstNew && only(after, firstNew))) continue;
    const oldGroups = groupsOf(before, old, name);
    const newGroups = groupsOf(after, now, name);
    for (let group = 1; group <= LAST_GROUP; group++) {
      const oldIds = oldGroups[group] ?? [];
      const newIds = newGroups[group] ?? [];
      if (oldIds.length === 0 && newIds.length === 0) continue;
      // A forward declaration says no more where there is the type itself.
      if (group === GROUPS[Raw.fwd] && (oldGroups[1] !== undefined || newGroups[1] !== undefined)) continue;
      const pairing = pair(comparison, oldIds, newIds, group === TAG);
      if (pairing !== undefined) visit(pairing);
    }
  }
}

function groupOf({ btf, shapes }: Side, id: TypeId): number {
  const kind = rawKindOf(btf, id);
  if (kind === Raw.declTag) return TAG;
  const isUnnamedEnum = (kind === Raw.enum || kind === Raw.enum64) && shapes.name[id] === 0;
  return isUnnamedEnum ? UNNAMED_ENUM : (GROUPS[kind] ?? 0);
}

function groupsOf(side: Side, { first, next }: Index, name: number): TypeId[][] {
  const groups: TypeId[][] = [];
  for (let id = first[name]; id; id = next[id - side.btf.startId]) {
    const group = groupOf(side, id as TypeId);
    groups[group] ??= [];
    groups[group].push(id as TypeId);
  }
  return groups;
}

/** First those go together that are the same, then what is most alike. */
function pair(
  comparison: Comparison,
  oldIds: readonly TypeId[],
  newIds: readonly TypeId[],
  isTag: boolean,
): Pairing | undefined {
  const isInBoth = oldIds.length > 0 && newIds.length > 0 && !isTag;
  const [a, b] = [oldIds[0], newIds[0]];
  if (!isTag && oldIds.length === 1 && newIds.length === 1 && a !== undefined && b !== undefined) {
    if (haveSameDefinition(comparison, a, b)) return undefined;
    return { changed: [[a, b]], removed: [], added: [], isInBoth };
  }
  if (!isInBoth && oldIds.length + newIds.length === 1) {
    return { changed: [], removed: oldIds, added: newIds, isInBoth };
  }
  const old = byDefinition(comparison, comparison.before, oldIds);
  const now = byDefinition(comparison, comparison.after, newIds);
  for (const definition of old.keys()) {
    if (!now.delete(definition)) continue;
    old.delete(definition);
  }
  if (old.size === 0 && now.size === 0) return undefined;
  if (isTag) return { changed: [], removed: [...old.values()], added: [...now.values()], isInBoth };
  return { ...mostAlike(comparison, [...old.values()], [...now.values()]), isInBoth };
}

/** The first type of each definition. */
function byDefinition({ words }: Comparison, side: Side, ids: readonly TypeId[]): Map<number, TypeId> {
  const types = new Map<number, TypeId>();
  for (const id of ids) {
    const definition = definitionOf(side, words, id);
    if (!types.has(definition)) types.set(definition, id);
  }
  return types;
}

/** More types of one name are paired as they come, not by likeness. */
const MAX_ALIKE = 16;

function mostAlike(
  comparison: Comparison,
  oldIds: readonly TypeId[],
  newIds: readonly TypeId[],
): Omit<Pairing, "isInBoth"> {
  const changed: [TypeId, TypeId][] = [];
  const old = new Set(oldIds);
  const now = new Set(newIds);
  if (oldIds.length * newIds.length > 1 && oldIds.length <= MAX_ALIKE && newIds.length <= MAX_ALIKE) {
    const features = new Map(newIds.map((id) => [id, featuresOf(comparison, comparison.after, id)]));
    const pairs = oldIds.flatMap((a) => {
      const own = featuresOf(comparison, comparison.before, a);
      return newIds.map((b) => ({ a, b, likeness: likenessOf(own, features.get(b) ?? new Set()) }));
    });
    for (const { a, b } of pairs.sort((x, y) => y.likeness - x.likeness)) {
      if (!old.has(a) || !now.has(b)) continue;
      changed.push([a, b]);
      old.delete(a);
      now.delete(b);
    }
  } else {
    const count = Math.min(oldIds.length, newIds.length);
    for (const [i, a] of oldIds.slice(0, count).entries()) {
      const b = newIds[i];
      if (b === undefined) continue;
      changed.push([a, b]);
      old.delete(a);
      now.delete(b);
    }
  }
  return { changed, removed: [...old], added: [...now] };
}

/** What two types may have in common: their kind, their exact name, and the names of their members. */
function featuresOf({ words }: Comparison, { btf, shapes }: Side, id: TypeId): Set<string> {
  const kind = rawKindOf(btf, id);
  const features = new Set([`kind ${kind}`, `name ${words.nameOf(btf, nameOffOf(btf, id))}`]);
  if (kind !== Raw.struct && kind !== Raw.union) return features;
  features.add(`size ${shapes.size[id]}`);
  for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
    features.add(`member ${words.nameOf(btf, memberNameOff(btf, id, i))}`);
  }
  return features;
}

function likenessOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const feature of a) if (b.has(feature)) common++;
  return common / Math.max(a.size, b.size);
}
