import type { TypeId } from "../btf.js";
import { elementsAt, MEMBER_WORDS, nameOf, targetOf, vlenOf } from "../flat.js";
import { Raw } from "../kinds.js";
import { findUnmodified } from "../resolve.js";
import { byteAt, intAt, wordAt } from "../words.js";
import type { Comparison } from "./comparison.js";
import { definitionOf } from "./definition.js";
import { haveSameDefinition } from "./same-definition.js";
import type { Side } from "./side.js";
import type { Vocabulary } from "./vocabulary.js";

/** Is told what goes together, and what is in one BTF alone. */
export interface Visitor {
  /** Types that go together and are not the same. */
  changed(before: TypeId, after: TypeId): void;
  /** `isVariant`: there are types of the name and kind in the other BTF, only that they went with others. */
  removed(id: TypeId, isVariant: boolean): void;
  added(id: TypeId, isVariant: boolean): void;
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
  const { btf, flat, shapes } = side;
  const keys = new Uint32Array(btf.endId - btf.startId);
  const withTypedef = enumsWithTypedef(side);
  for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) {
    const group = groupOf(side, id);
    if (group === TAG) keys[id - btf.startId] = intAt(shapes.name, targetOf(flat, id));
    else if (group !== UNNAMED_ENUM) keys[id - btf.startId] = group === 0 ? 0 : intAt(shapes.name, id);
    else if (!withTypedef.has(intAt(shapes.declared, id)))
      keys[id - btf.startId] = firstEnumerator(words, side, id);
  }
  return keys;
}

/** What enums without a name are that have a typedef: they are compared as that, and so are those that repeat them. */
function enumsWithTypedef(side: Side): ReadonlySet<number> {
  const { btf, flat, shapes } = side;
  const found = new Set<number>();
  for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) {
    if (flat.kinds[id] !== Raw.typedef) continue;
    const behind = findUnmodified(btf, id);
    if (behind !== undefined && groupOf(side, behind) === UNNAMED_ENUM)
      found.add(intAt(shapes.declared, behind));
  }
  return found;
}

const firstEnumerator = (words: Vocabulary, { flat }: Side, id: TypeId): number =>
  vlenOf(flat, id) === 0 ? 0 : words.essentialNameOf(flat, wordAt(flat.words, elementsAt(flat, id)));

/** Writes over the keys, which are needed no more. */
function indexOf({ btf }: Side, keys: Uint32Array, lastName: number): Index {
  const first = new Uint32Array(lastName + 1);
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = wordAt(keys, i);
    if (key === 0) continue;
    keys[i] = wordAt(first, key);
    first[key] = btf.startId + i;
  }
  return { first, next: keys };
}

/** Tells `visitor` of all that is not the same in both. `only` is asked for a type of each name. */
export function eachPairing(
  comparison: Comparison,
  only: (side: Side, id: TypeId) => boolean,
  visitor: Visitor,
): void {
  const { words, before, after } = comparison;
  const oldKeys = keysOf(before, words);
  const newKeys = keysOf(after, words);
  const { lastName } = words;
  const old = indexOf(before, oldKeys, lastName);
  const now = indexOf(after, newKeys, lastName);
  for (let name = 1; name <= lastName; name++) {
    const a = wordAt(old.first, name) as TypeId;
    const b = wordAt(now.first, name) as TypeId;
    if (a === 0 && b === 0) continue;
    const isOne = isLast(before, old, a) && isLast(after, now, b);
    if (isOne && a !== 0 && b !== 0 && groupOf(before, a) === groupOf(after, b)) {
      if (haveSameDefinition(comparison, a, b)) continue;
    }
    if (!(a !== 0 ? only(before, a) : only(after, b))) continue;
    if (isOne && a === 0) visitor.added(b, false);
    else if (isOne && b === 0) visitor.removed(a, false);
    else pairGroups(comparison, groupsOf(before, old, name), groupsOf(after, now, name), visitor);
  }
}

/** Is there no other type of the same name? */
const isLast = ({ btf }: Side, { next }: Index, id: TypeId): boolean =>
  id === 0 || next[id - btf.startId] === 0;

function pairGroups(
  comparison: Comparison,
  oldGroups: readonly (readonly TypeId[])[],
  newGroups: readonly (readonly TypeId[])[],
  visitor: Visitor,
): void {
  for (let group = 1; group <= LAST_GROUP; group++) {
    // A forward declaration says no more where there is the type itself.
    if (group === GROUPS[Raw.fwd] && (oldGroups[1] !== undefined || newGroups[1] !== undefined)) continue;
    const oldIds = oldGroups[group] ?? [];
    const newIds = newGroups[group] ?? [];
    if (oldIds.length + newIds.length > 0) pair(comparison, oldIds, newIds, group === TAG, visitor);
  }
}

function groupOf({ flat, shapes }: Side, id: TypeId): number {
  const kind = byteAt(flat.kinds, id);
  if (kind === Raw.declTag) return TAG;
  const isUnnamedEnum = (kind === Raw.enum || kind === Raw.enum64) && shapes.name[id] === 0;
  return isUnnamedEnum ? UNNAMED_ENUM : byteAt(GROUPS, kind);
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
  visitor: Visitor,
): void {
  const [a, b] = [oldIds[0], newIds[0]];
  if (!isTag && oldIds.length === 1 && newIds.length === 1 && a !== undefined && b !== undefined) {
    if (!haveSameDefinition(comparison, a, b)) visitor.changed(a, b);
    return;
  }
  const old = byDefinition(comparison, comparison.before, oldIds);
  const now = byDefinition(comparison, comparison.after, newIds);
  for (const definition of old.keys()) {
    if (!now.delete(definition)) continue;
    old.delete(definition);
  }
  const [left, newLeft] = [new Set(old.values()), new Set(now.values())];
  if (!isTag) {
    for (const [one, other] of mostAlike(comparison, [...left], [...newLeft])) {
      visitor.changed(one, other);
      left.delete(one);
      newLeft.delete(other);
    }
  }
  const isVariant = oldIds.length > 0 && newIds.length > 0 && !isTag;
  for (const id of left) visitor.removed(id, isVariant);
  for (const id of newLeft) visitor.added(id, isVariant);
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
): readonly (readonly [TypeId, TypeId])[] {
  const isFew = oldIds.length <= MAX_ALIKE && newIds.length <= MAX_ALIKE;
  if (oldIds.length * newIds.length <= 1 || !isFew) {
    return oldIds.flatMap((a, i) => {
      const b = newIds[i];
      return b === undefined ? [] : [[a, b] as const];
    });
  }
  const changed: [TypeId, TypeId][] = [];
  const [old, now] = [new Set(oldIds), new Set(newIds)];
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
  return changed;
}

/** What two types may have in common: their kind, their exact name, and the names of their members. */
function featuresOf({ words }: Comparison, { flat, shapes }: Side, id: TypeId): Set<string> {
  const kind = flat.kinds[id];
  const features = new Set([`kind ${kind}`, `name ${words.nameOf(flat, nameOf(flat, id))}`]);
  if (kind !== Raw.struct && kind !== Raw.union) return features;
  features.add(`size ${shapes.size[id]}`);
  const first = elementsAt(flat, id);
  for (let i = 0, vlen = vlenOf(flat, id); i < vlen; i++) {
    features.add(`member ${words.nameOf(flat, wordAt(flat.words, first + i * MEMBER_WORDS))}`);
  }
  return features;
}

function likenessOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const feature of a) if (b.has(feature)) common++;
  return common / Math.max(a.size, b.size);
}
