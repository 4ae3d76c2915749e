import type { Btf, TypeId } from "./btf.js";
import { BtfError } from "./error.js";
import { HAS_OWN_SIZE, IS_MODIFIER, Raw } from "./kinds.js";
import { pointerSizeOf } from "./pointer-size.js";
import { arrayElementOf, arrayNelemsOf, kindOf, ownSizeOf, rawKindOf, referredTypeOf } from "./read.js";

/**
 * Longest chain of modifiers and typedefs that is followed. The kernel refuses more than 32 in a row;
 * libbpf follows any number, and never returns from a cycle.
 */
const MAX_MODIFIERS = 1024;

/** Steps through modifiers and arrays towards a size (libbpf: MAX_RESOLVE_DEPTH). */
const MAX_RESOLVE_DEPTH = 32;
const MAX_SIZE = 0xffffffff;

/**
 * The type behind any const, volatile, restrict, type tag and typedef (libbpf: skip_mods_and_typedefs).
 * @throws BtfError `modifier-chain` when they form a cycle, or a chain of more than 1024.
 */
export function skipModifiers(btf: Btf, id: TypeId): TypeId {
  const behind = findUnmodified(btf, id);
  if (behind !== undefined) return behind;
  const message = `type ${id} leads through more than ${MAX_MODIFIERS} modifiers and typedefs`;
  throw new BtfError("modifier-chain", message, { typeId: id });
}

/** What {@link skipModifiers} gives, or undefined where that throws. */
export function findUnmodified(btf: Btf, id: TypeId): TypeId | undefined {
  let current = id;
  for (let step = 0; step <= MAX_MODIFIERS; step++) {
    if (IS_MODIFIER[rawKindOf(btf, current)] !== 1) return current;
    current = referredTypeOf(btf, current);
  }
  return undefined;
}

/**
 * Size of a value of a type, in bytes, 0 to 2^32 - 1 (libbpf: btf__resolve_size).
 * @throws BtfError `no-size` for void, forward declarations, functions, and for types more than 32 modifiers
 * or arrays deep; `size-overflow` for sizes beyond the range.
 */
export function sizeOf(btf: Btf, id: TypeId): number {
  return measure(btf, id, throwFailure);
}

/** @internal What {@link sizeOf} gives, or 0 where that throws, as libbpf's callers take it. */
export const sizeOrZero = (btf: Btf, id: TypeId): number => measure(btf, id, () => 0);

type Failure = "too large" | "too deep" | { readonly leadsTo: TypeId };

function measure(btf: Btf, id: TypeId, fail: (failure: Failure, btf: Btf, id: TypeId) => number): number {
  let current = id;
  let nelems = 1;
  for (let step = 0; step < MAX_RESOLVE_DEPTH; step++) {
    const kind = rawKindOf(btf, current);
    if (kind === Raw.array) {
      nelems *= arrayNelemsOf(btf, current);
      if (nelems > MAX_SIZE) return fail("too large", btf, id);
      current = arrayElementOf(btf, current);
    } else if (kind === Raw.ptr || HAS_OWN_SIZE[kind] === 1) {
      const size = kind === Raw.ptr ? pointerSizeOf(btf) : ownSizeOf(btf, current);
      // Both factors are below 2^32, so that the product is off by less than it exceeds the limit.
      return nelems * size > MAX_SIZE ? fail("too large", btf, id) : nelems * size;
    } else if (IS_MODIFIER[kind] === 1 || kind === Raw.var || kind === Raw.declTag) {
      current = referredTypeOf(btf, current);
    } else {
      return fail({ leadsTo: current }, btf, id);
    }
  }
  return fail("too deep", btf, id);
}

function throwFailure(failure: Failure, btf: Btf, id: TypeId): never {
  const site = { typeId: id };
  if (failure === "too large") throw new BtfError("size-overflow", `type ${id} is larger than 4 GiB`, site);
  const why =
    failure === "too deep"
      ? `is more than ${MAX_RESOLVE_DEPTH} types deep`
      : `leads to ${describe(btf, failure.leadsTo)}`;
  throw new BtfError("no-size", `type ${id} has no size: it ${why}`, site);
}

const describe = (btf: Btf, id: TypeId): string =>
  id === 0 ? "void" : `type ${id} of kind ${kindOf(btf, id)}`;
