import type { Btf, TypeId } from "@core/btf";
import type { Spec } from "@core/spec";
import type { Value } from "./value.js";

/** What a field access comes to in a type of the target. Nothing in it is the local object's. */
export type KnownMatch =
  | { readonly matched: true; readonly found: Spec; readonly value: Value }
  /** No member has the name of the `step`th of the points that are not anonymous, from 0, in the type `in`. */
  | { readonly matched: false; readonly step: number; readonly in: TypeId };

interface KnownMatches {
  readonly byType: Map<TypeId, Map<string, KnownMatch>>;
  count: number;
}

/**
 * By target, by root type, by shape: most objects ask for the same few fields, in the same way. `undefined` as long as a
 * single object was announced.
 */
const known = new WeakMap<Btf, KnownMatches | undefined>();

/** So many are kept for a target. */
const MAX_MATCHES = 65_536;

/**
 * Announces an object whose accesses are going to be matched with a target. What they come to is kept from the second
 * object on: to keep it takes half as long as to find it out, and most targets see no second one.
 */
export function expectObject(target: Btf): void {
  if (!known.has(target)) known.set(target, undefined);
  else if (!keepsMatches(target)) known.set(target, { byType: new Map(), count: 0 });
}

/** Is what accesses come to in a target kept? */
export const keepsMatches = (target: Btf): boolean => known.get(target) !== undefined;

/** What an access of this shape came to when it, or that of another object, was matched before. */
export const findKnownMatch = (target: Btf, typeId: TypeId, shape: string): KnownMatch | undefined =>
  known.get(target)?.byType.get(typeId)?.get(shape);

/** Keeps a match for as long as the target is kept, if it keeps any. */
export function keepMatch(target: Btf, typeId: TypeId, shape: string, match: KnownMatch): void {
  const matches = known.get(target);
  if (matches === undefined || matches.count === MAX_MATCHES) return;
  matches.count++;
  let ofType = matches.byType.get(typeId);
  if (ofType === undefined) {
    ofType = new Map();
    matches.byType.set(typeId, ofType);
  }
  ofType.set(shape, match);
}
