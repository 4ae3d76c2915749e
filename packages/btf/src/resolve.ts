import type { Btf, TypeId } from "./btf.js";
import { BtfError } from "./error.js";
import { Raw } from "./kinds.js";
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
    switch (rawKindOf(btf, current)) {
      case Raw.typedef:
      case Raw.const:
      case Raw.volatile:
      case Raw.restrict:
      case Raw.typeTag:
        current = referredTypeOf(btf, current);
        break;
      default:
        return current;
    }
  }
  return undefined;
}

/**
 * Size of a value of a type, in bytes, 0 to 2^32 - 1 (libbpf: btf__resolve_size).
 * @throws BtfError `no-size` for void, forward declarations, functions, and for types more than 32 modifiers
 * or arrays deep; `size-overflow` for sizes beyond the range.
 */
export function sizeOf(btf: Btf, id: TypeId): number {
  let current = id;
  let nelems = 1;
  for (let step = 0; step < MAX_RESOLVE_DEPTH; step++) {
    switch (rawKindOf(btf, current)) {
      case Raw.int:
      case Raw.struct:
      case Raw.union:
      case Raw.enum:
      case Raw.enum64:
      case Raw.datasec:
      case Raw.float:
        return checkedSize(id, nelems * ownSizeOf(btf, current));
      case Raw.ptr:
        return checkedSize(id, nelems * pointerSizeOf(btf));
      case Raw.typedef:
      case Raw.volatile:
      case Raw.const:
      case Raw.restrict:
      case Raw.var:
      case Raw.declTag:
      case Raw.typeTag:
        current = referredTypeOf(btf, current);
        break;
      case Raw.array:
        nelems = checkedSize(id, nelems * arrayNelemsOf(btf, current));
        current = arrayElementOf(btf, current);
        break;
      default:
        throw new BtfError("no-size", `type ${id} has no size: it leads to ${describe(btf, current)}`, {
          typeId: id,
        });
    }
  }
  throw new BtfError("no-size", `type ${id} has no size: it is more than ${MAX_RESOLVE_DEPTH} types deep`, {
    typeId: id,
  });
}

const describe = (btf: Btf, id: TypeId): string =>
  id === 0 ? "void" : `type ${id} of kind ${kindOf(btf, id)}`;

function checkedSize(id: TypeId, size: number): number {
  // Both factors are below 2^32, so that the product is off by less than it exceeds the limit.
  if (size > MAX_SIZE) throw new BtfError("size-overflow", `type ${id} is larger than 4 GiB`, { typeId: id });
  return size;
}
