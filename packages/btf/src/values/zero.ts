import type { TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { pointerSizeOf } from "../pointer-size.js";
import {
  arrayElementOf,
  arrayNelemsOf,
  memberBitOffset,
  memberBitSize,
  memberTypeOf,
  ownSizeOf,
  rawKindOf,
  vlenOf,
} from "../read.js";
import { skipModifiers } from "../resolve.js";
import { countSteps, type Dump } from "./dump-state.js";
import { bytesAt, isError, type Place, type Read, readBitfield, readEnum, sizeOrNone } from "./scalars.js";

const ZERO: Read<boolean> = { value: true };
const NOT_ZERO: Read<boolean> = { value: false };

/** Is a value zero, so that it is not shown (libbpf: btf_dump_type_data_check_zero)? */
export function isZero(dump: Dump, id: TypeId, place: Place, depth = dump.depth): Read<boolean> {
  const { btf } = dump;
  countSteps(dump, 1, id, depth);
  const type = skipModifiers(btf, id);
  const kind = rawKindOf(btf, type);
  switch (kind) {
    case Raw.int: {
      if (place.bitSize === 0) return areBytesZero(dump, place.offset, ownSizeOf(btf, type));
      const bits = readBitfield(dump, type, place);
      return isError(bits) ? bits : { value: bits.value === 0n };
    }
    case Raw.float:
      return areBytesZero(dump, place.offset, ownSizeOf(btf, type));
    case Raw.ptr:
      return areBytesZero(dump, place.offset, pointerSizeOf(btf));
    case Raw.enum:
    case Raw.enum64: {
      // libbpf looks at all bytes of the type, and not at a bitfield alone.
      const value = readEnum(dump, type, dump.isLikeLibbpf ? { ...place, bitSize: 0 } : place);
      return isError(value) ? value : { value: value.value === 0n };
    }
    case Raw.array:
      return isArrayZero(dump, type, place, depth);
    case Raw.struct:
    case Raw.union:
      return isStructZero(dump, type, place, depth);
    default:
      return NOT_ZERO;
  }
}

function areBytesZero(dump: Dump, offset: number, size: number): Read<boolean> {
  if (size < 1 || size > 16) return { error: "EINVAL" };
  return { value: bytesAt(dump, offset, size) === 0n };
}

/** One of characters is as soon as the first is; another when all elements are. */
function isArrayZero(dump: Dump, id: TypeId, { offset }: Place, depth: number): Read<boolean> {
  const { btf, data } = dump;
  const element = arrayElementOf(btf, id);
  const size = sizeOrNone(btf, element);
  if (size === undefined) return { error: "EINVAL" };
  const isChar = size === 1 && rawKindOf(btf, skipModifiers(btf, element)) === Raw.int;
  // What lies past the end of the data counts as zeros.
  const there = size === 0 ? 1 : Math.ceil(Math.max(0, data.length - offset) / size);
  const nelems = Math.min(arrayNelemsOf(btf, id), there);
  if (isChar && (nelems === 0 || data[offset] === 0)) return ZERO;
  for (let i = 0; i < nelems; i++) {
    const zero = isZero(dump, element, { offset: offset + i * size, bitOffset: 0, bitSize: 0 }, depth + 1);
    if (isError(zero) || !zero.value) return zero;
  }
  return ZERO;
}

/** When all members are. libbpf looks at the first alone. */
function isStructZero(dump: Dump, id: TypeId, { offset }: Place, depth: number): Read<boolean> {
  const { btf } = dump;
  for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
    const bits = memberBitOffset(btf, id, i);
    const place = {
      offset: offset + Math.floor(bits / 8),
      bitOffset: bits % 8,
      bitSize: memberBitSize(btf, id, i),
    };
    const zero = isZero(dump, memberTypeOf(btf, id, i), place, depth + 1);
    if (isError(zero) || !zero.value || dump.isLikeLibbpf) return zero;
  }
  return ZERO;
}
