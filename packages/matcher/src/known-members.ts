import type { Btf, TypeId } from "@core/btf";
import { MAX_POINTS } from "@core/spec";

/** The way to the first member of a name, by index in each of the types on the way; empty when there is none. */
interface KnownMember {
  readonly path: readonly number[];
  /** To how many members in one another the search looked. */
  readonly reach: number;
}

/** By target, by struct or union, by name: most objects ask for the same few fields of structs that have hundreds. */
const known = new WeakMap<Btf, Map<TypeId, Map<string, KnownMember>>>();

/** So many names of one type are kept, those that no member has among them. */
const MAX_NAMES = 4096;

/** In what names decode to that are no UTF-8, of which two may look the same. */
const MALFORMED = "\ufffd";

/** The way to the first member of a name, when it was looked for before, and an access of `points` points may go it. */
export function findKnownMember(
  target: Btf,
  typeId: TypeId,
  name: string,
  points: number,
): readonly number[] | undefined {
  const member = known.get(target)?.get(typeId)?.get(name);
  return member !== undefined && points + member.reach <= MAX_POINTS ? member.path : undefined;
}

/** Keeps the way for as long as the target is kept. */
export function keepMember(target: Btf, typeId: TypeId, name: string, member: KnownMember): void {
  if (name.includes(MALFORMED)) return;
  const types = known.get(target) ?? new Map<TypeId, Map<string, KnownMember>>();
  known.set(target, types);
  const members = types.get(typeId) ?? new Map<string, KnownMember>();
  types.set(typeId, members);
  if (members.size < MAX_NAMES) members.set(name, member);
}
