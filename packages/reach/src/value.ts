import { includes, type Scalar, type Trust } from "./scalar.js";

/** What a register or stack slot holds. */
export type Value = Scalar | Pointer;

export interface Pointer {
  readonly kind: "pointer";
  readonly to: Memory;
  /** In bytes, from the start of what it points to. */
  readonly offset: Scalar;
  /** `maybe`: until it is compared with null; `untold`: the kernel does not remember such a comparison. */
  readonly null: "never" | "maybe" | "untold";
  /** Registers and stack slots with the same id are null together. */
  readonly id: number;
  /** `less`: some kernels do not know that it is never null; `more`: some know that it is never, where it is `maybe` here. */
  readonly trust: Trust;
}

export type Memory =
  /** The stack of the frame at `depth`, 0 for the program's own; offsets are negative. */
  | { readonly kind: "stack"; readonly depth: number }
  /** Bytes that do not change once the program is loaded. */
  | { readonly kind: "frozen"; readonly read: (offset: number, bytes: 1 | 2 | 4 | 8) => Scalar }
  /** A function of the object, by its number in the program. */
  | { readonly kind: "function"; readonly index: number }
  /** The program's argument. */
  | { readonly kind: "context" }
  /** Anything else: nothing is known of its content. */
  | { readonly kind: "other" };

export const OTHER: Memory = { kind: "other" };

/** Ids of one state, and those that stand for the same in another. */
export type IdMap = Map<number, number>;

/** Does whatever `now` can lead to follow from `before` as well? (The kernel's regsafe.) */
export function covers(before: Value | undefined, now: Value | undefined, ids: IdMap): boolean {
  if (before === now) return before === undefined || before.id === 0 || sameId(before.id, before.id, ids);
  if (before === undefined || now === undefined) return false;
  if (before.id !== 0 && !sameId(before.id, now.id, ids)) return false;
  if (before.kind === "scalar") return now.kind === "scalar" && includes(before, now);
  return (
    now.kind === "pointer" &&
    isSameMemory(before.to, now.to) &&
    before.null === now.null &&
    before.trust === now.trust &&
    includes(before.offset, now.offset)
  );
}

function sameId(before: number, now: number, ids: IdMap): boolean {
  const known = ids.get(before);
  if (known === undefined) ids.set(before, now);
  return known === undefined ? now !== 0 : known === now;
}

function isSameMemory(a: Memory, b: Memory): boolean {
  if (a === b) return true;
  if (a.kind === "stack") return b.kind === "stack" && a.depth === b.depth;
  if (a.kind === "function") return b.kind === "function" && a.index === b.index;
  return a.kind === b.kind && a.kind !== "frozen";
}
