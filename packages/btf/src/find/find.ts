import type { Btf, TypeId } from "../btf.js";
import type { Kind } from "../kinds.js";
import { idsByName } from "../names.js";
import { kindOf, nameOf } from "../read.js";

/** An exact name, a regular expression that finds a part of it, or any test, such as a {@link glob}. */
export type NamePattern = string | RegExp | ((name: string) => boolean);

export interface FindOptions {
  /** The kinds to look for; all when it is not given. */
  readonly kinds?: readonly Kind[];
  /** Let a name given as a string find its flavors too: `task_struct` finds `task_struct___v2`. */
  readonly match?: "exact" | "essential";
}

/**
 * Types whose name a pattern fits, in ascending order, those of the bases included. Types without a name are never
 * found. How long a regular expression takes is up to it.
 */
export function findTypes(
  btf: Btf,
  pattern: NamePattern,
  { kinds, match = "exact" }: FindOptions = {},
): TypeId[] {
  const isWanted = (id: TypeId): boolean => kinds === undefined || kinds.includes(kindOf(btf, id));
  if (typeof pattern === "string") return [...idsByName(btf, pattern, match, kinds)];
  const fits = pattern instanceof RegExp ? withoutState(pattern) : pattern;
  const found: TypeId[] = [];
  for (let id = 1 as TypeId; id < btf.endId; id = (id + 1) as TypeId) {
    if (!isWanted(id)) continue;
    const name = nameOf(btf, id);
    if (name !== "" && fits(name)) found.push(id);
  }
  return found;
}

/** A global or sticky one would go on from where it last ended. */
function withoutState({ source, flags }: RegExp): (name: string) => boolean {
  const expression = new RegExp(source, flags.replace(/[gy]/g, ""));
  return (name) => expression.test(name);
}
