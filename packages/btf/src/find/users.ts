import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { isEmptyName } from "../names.js";
import {
  arrayElementOf,
  memberNameOff,
  nameOffOf,
  paramNameOff,
  rawKindOf,
  stringAt,
  typeIdAt,
} from "../read.js";
import { eachReference, HEAD } from "../references.js";
import { wordAt } from "../words.js";

/** Who refers to each type of a BTF and its bases. */
export interface ReferenceIndex {
  readonly btf: Btf;
  /** @internal By type id: where in `from` and `at` those begin that refer to it. */
  readonly starts: Uint32Array;
  /** @internal The types that refer, in ascending order for each. */
  readonly from: Uint32Array;
  /** @internal With which of its elements each does; {@link HEAD} as 2^32 - 1. */
  readonly at: Uint32Array;
}

/** Takes 8 bytes for each reference; to be made once for many look-ups. */
export function indexReferences(btf: Btf): ReferenceIndex {
  const starts = new Uint32Array(btf.endId + 1);
  eachUse(btf, (_, to) => {
    starts[to + 1] = wordAt(starts, to + 1) + 1;
  });
  for (let id = 0; id < btf.endId; id++) starts[id + 1] = wordAt(starts, id + 1) + wordAt(starts, id);
  const count = wordAt(starts, btf.endId);
  const from = new Uint32Array(count);
  const at = new Uint32Array(count);
  const next = starts.slice();
  eachUse(btf, (user, to, index) => {
    const slot = wordAt(next, to);
    next[to] = slot + 1;
    from[slot] = user;
    at[slot] = index;
  });
  return { btf, starts, from, at };
}

/** Every reference but to void, and but those of arrays to what they are indexed by, which is of no meaning. */
function eachUse(btf: Btf, visit: (user: TypeId, to: TypeId, index: number) => void): void {
  for (let id = 1 as TypeId; id < btf.endId; id = (id + 1) as TypeId) {
    const use = (to: TypeId, index: number): void => {
      if (to !== 0) visit(id, to, index);
    };
    if (rawKindOf(btf, id) === Raw.array) use(arrayElementOf(btf, id), HEAD);
    else eachReference(btf, id, use);
  }
}

/** A type with a name that uses another, and where. */
export interface Use {
  /** A struct, union, typedef, function or variable. */
  readonly user: TypeId;
  /**
   * Where in it: `list.next`, `queues[]`, `open(2)` for the second parameter of a function that is pointed to, `(dentry)` for
   * one by name, `()` for what is returned; empty for a typedef or variable. Names are as in the BTF, not yet made
   * printable.
   */
  readonly path: string;
  /** The types in between, pointers and typedefs among them, from the used one on; none where it is used directly. */
  readonly through: readonly TypeId[];
}

/** Types in between that are gone through. */
const MAX_STEPS = 32;
/** Ways to one type in between that are followed: members of an anonymous struct, parameters of a prototype. */
const MAX_WAYS = 64;
/** Ways that are followed in all, beside as many as there are references. */
const LEAST_WAYS = 1 << 12;
/** Characters of a path that are kept. The kernel's names have 512 at most, and few paths have two. */
const MAX_PATH = 1024;

/** How a type in between is reached from the one that is used. */
interface Step {
  readonly id: TypeId;
  readonly path: string;
  readonly through: readonly TypeId[];
}

/**
 * The types with a name that use a type: directly, or through pointers, arrays, modifiers, prototypes and anonymous structs and
 * unions; through typedefs too, which are users themselves. The nearest come first. Where very many ways lead to one
 * type in between, only the first 64 are followed further, and in all no more than there are references.
 *
 * @throws BtfError `type-id` when there is no such type.
 */
export function findUsers(index: ReferenceIndex, id: number): Use[] {
  const { btf, starts, from, at } = index;
  const uses: Use[] = [];
  const ways = new Map<TypeId, number>();
  const pending: Step[] = [{ id: typeIdAt(btf, id), path: "", through: [] }];
  const mostWays = LEAST_WAYS + from.length;
  for (const step of pending) {
    for (let slot = wordAt(starts, step.id); slot < wordAt(starts, step.id + 1); slot++) {
      const user = from[slot] as TypeId;
      const whole = pathIn(btf, user, wordAt(at, slot), step.path);
      const path = whole.length > MAX_PATH ? `${whole.slice(0, MAX_PATH)}...` : whole;
      const isUser = isNamedUser(btf, user);
      if (isUser) uses.push({ user, path, through: step.through });
      if (isUser ? rawKindOf(btf, user) !== Raw.typedef : !isBetween(btf, user)) continue;
      const known = ways.get(user) ?? 0;
      const isCycle = user === id || step.through.includes(user);
      if (isCycle || known === MAX_WAYS || pending.length === mostWays) continue;
      if (step.through.length === MAX_STEPS) continue;
      ways.set(user, known + 1);
      pending.push({ id: user, path, through: [...step.through, user] });
    }
  }
  return uses;
}

function isNamedUser(btf: Btf, id: TypeId): boolean {
  switch (rawKindOf(btf, id)) {
    case Raw.struct:
    case Raw.union:
    case Raw.typedef:
    case Raw.func:
    case Raw.var:
      return !isEmptyName(btf, nameOffOf(btf, id));
    default:
      return false;
  }
}

/** Tags say something about a type, and sections contain variables: neither uses one. */
function isBetween(btf: Btf, id: TypeId): boolean {
  const kind = rawKindOf(btf, id);
  return kind !== Raw.declTag && kind !== Raw.datasec && kind !== Raw.func && kind !== Raw.var;
}

/** The path from `user`, which refers with an element to what `rest` leads on from. */
function pathIn(btf: Btf, user: TypeId, index: number, rest: string): string {
  switch (rawKindOf(btf, user)) {
    case Raw.struct:
    case Raw.union: {
      const name = stringAt(btf, memberNameOff(btf, user, index));
      // The fields of an anonymous member are those of what it is in.
      const inner = name === "" ? rest.replace(/^\./, "") : name + rest;
      return isEmptyName(btf, nameOffOf(btf, user)) ? `.${inner}` : inner;
    }
    case Raw.array:
      return `[]${rest}`;
    case Raw.funcProto:
      if (index === HEAD >>> 0) return `()${rest}`;
      return `(${stringAt(btf, paramNameOff(btf, user, index)) || index + 1})${rest}`;
    default:
      return rest;
  }
}
