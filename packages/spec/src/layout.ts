import { arrayNelemsOf, type Btf, memberBitOffset, sizeOf, type TypeId, vlenOf } from "@core/btf";
import { SpecError } from "./error.js";
import type { Point } from "./spec.js";

/** Bit offsets are unsigned 32-bit numbers. */
const MAX_BIT_OFFSET = 0xffffffff;

/**
 * Offset in bits of member `index` of a struct or union that starts at `bitOffset` bits.
 * @throws SpecError `overflow` for an offset over 2^32 - 1 bits.
 */
export const memberOffset = (btf: Btf, typeId: TypeId, index: number, bitOffset: number): number =>
  checkedOffset(bitOffset + memberBitOffset(btf, typeId, index));

/**
 * Offset in bits of element `index` of an array of `typeId` that starts at `bitOffset` bits.
 * @throws SpecError `overflow` for an offset over 2^32 - 1 bits; BtfError `no-size`, `size-overflow`.
 */
export const elementOffset = (btf: Btf, typeId: TypeId, index: number, bitOffset: number): number =>
  checkedOffset(bitOffset + index * sizeOf(btf, typeId) * 8);

/** libbpf wraps offsets around at 32 bits, and so would patch a wrong one. */
function checkedOffset(bitOffset: number): number {
  if (bitOffset <= MAX_BIT_OFFSET) return bitOffset;
  throw new SpecError("overflow", `the access leads to bit ${bitOffset}, beyond 2^32 - 1`);
}

/**
 * Is an array of any length: declared without one, and the last member of its struct or union
 * (libbpf: is_flex_arr). `accessor` is the last point before it that is not anonymous.
 */
export const isFlexibleArray = (btf: Btf, accessor: Point, arrayId: TypeId): boolean =>
  accessor.via === "member" &&
  arrayNelemsOf(btf, arrayId) === 0 &&
  accessor.index === vlenOf(btf, accessor.typeId) - 1;
