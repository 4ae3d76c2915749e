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

/** By target, by root type, by shape: most objects ask for the same few fields, in the same way. */
const known = new WeakMap<Btf, KnownMatches>();

/** So many are kept for a target. */
const MAX_MATCHES = 65_536;

/** What an access of this shape came to when it, or that of another object, was matched before. */
export const findKnownMatch = (target: Btf, typeId: TypeId, shape: string): KnownMatch | undefined =>
  known.get(target)?.byType.get(typeId)?.get(shape);

/** Keeps a match for as long as the target is kept. */
export function keepMatch(target: Btf, typeId: TypeId, shape: string, match: KnownMatch): void {
  let matches = known.get(target);
  if (matches === undefined) {
    matches = { byType: new Map(), count: 0 };
    known.set(target, matches);
  }
  if (matches.count === MAX_MATCHES) return;
  matches.count++;
  let ofType = matches.byType.get(typeId);
  if (ofType === undefined) {
    ofType = new Map();
    matches.byType.set(typeId, ofType);
  }
  ofType.set(shape, match);
}
