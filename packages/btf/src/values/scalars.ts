import type { Btf, TypeId } from "../btf.js";
import { BtfError } from "../error.js";
import { Raw } from "../kinds.js";
import { pointerSizeOf } from "../pointer-size.js";
import {
  enumeratorBits,
  enumeratorNameOff,
  intEncodingOf,
  kflagOf,
  ownSizeOf,
  rawKindOf,
  stringAt,
  vlenOf,
} from "../read.js";
import { sizeOf } from "../resolve.js";
import { bitsAt } from "./bits.js";
import { countSteps, type Dump, type TypedDumpError } from "./dump-state.js";

/** Where in the data a value is. */
export interface Place {
  /** In bytes. */
  readonly offset: number;
  /** In bits, 0 to 7, after `offset`. */
  readonly bitOffset: number;
  /** Of a bitfield; else 0. */
  readonly bitSize: number;
}

/** A value, or why there is none. */
export type Read<T> = { readonly value: T } | { readonly error: TypedDumpError };

export const isError = <T>(read: Read<T>): read is { readonly error: TypedDumpError } => "error" in read;

export const bytesAt = ({ btf, data }: Dump, offset: number, size: number): bigint =>
  bitsAt(data, offset * 8, size * 8, btf.order === "little");

/** Size of a type in bytes; undefined where it has none. */
export function sizeOrNone(btf: Btf, id: TypeId): number | undefined {
  try {
    return sizeOf(btf, id);
  } catch (error) {
    if (error instanceof BtfError) return undefined;
    throw error;
  }
}

/** libbpf takes as many bytes as the type has, from the first one on that the bitfield is in. */
export function readBitfield(dump: Dump, id: TypeId, { offset, bitOffset, bitSize }: Place): Read<bigint> {
  const isLittle = dump.btf.order === "little";
  const size = ownSizeOf(dump.btf, id);
  if (size > 8) return { error: "EINVAL" };
  const there = dump.isLikeLibbpf ? Math.min(bitSize, size * 8 - bitOffset) : bitSize;
  if (there <= 0) return { value: 0n };
  const bits = bitsAt(dump.data, offset * 8 + bitOffset, there, isLittle);
  return { value: isLittle ? bits : BigInt.asUintN(64, bits << BigInt(bitSize - there)) };
}

/** The text of an int that is no bitfield; undefined when nothing is to be printed. */
export function formatInt(dump: Dump, id: TypeId, offset: number): Read<string | undefined> {
  const { btf } = dump;
  const size = ownSizeOf(btf, id);
  if (![1, 2, 4, 8, 16].includes(size)) return { error: "EINVAL" };
  const bits = bytesAt(dump, offset, size);
  if (size === 16) return { value: `0x${bits.toString(16)}` };
  if (size === 1 && dump.isArrayChar) {
    if (dump.isArrayTerminated) return { value: undefined };
    if (bits === 0n) {
      dump.isArrayTerminated = true;
      return { value: "'\\0'" };
    }
    if (isPrintable(Number(bits))) return { value: `'${String.fromCharCode(Number(bits))}'` };
  }
  const isSigned = (intEncodingOf(btf, id) & 1) !== 0;
  return { value: `${isSigned ? BigInt.asIntN(size * 8, bits) : bits}` };
}

/** As isprint does in the C locale. */
export const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;

/** An enum's value: what of it is not in a bitfield is as wide as the type. */
export function readEnum(dump: Dump, id: TypeId, place: Place): Read<bigint> {
  const { btf } = dump;
  const size = ownSizeOf(btf, id);
  const isSigned = kflagOf(btf, id);
  if (place.bitSize > 0) {
    const bitfield = readBitfield(dump, id, place);
    if (isError(bitfield)) return bitfield;
    const { value } = bitfield;
    if (!dump.isLikeLibbpf) return { value: isSigned ? BigInt.asIntN(place.bitSize, value) : value };
    // libbpf keeps it in 64 bits and looks at the first bytes of those, which are the upper ones of a big-endian machine.
    const isUpper = btf.order === "big" && size < 8;
    return { value: withSign(isUpper ? 0n : BigInt.asUintN(size * 8, value), size * 8, isSigned) };
  }
  if (![1, 2, 4, 8].includes(size)) return { error: "EINVAL" };
  const bits = bytesAt(dump, place.offset, size);
  const isAligned = place.offset % Math.min(pointerSizeOf(btf), size) === 0;
  if (dump.isLikeLibbpf && !isAligned) {
    // libbpf shifts these by 64 bits, which C leaves open: gcc makes it 0 for x86, and does not shift for s390x.
    return { value: btf.order === "little" ? 0n : BigInt.asIntN(64, bits << BigInt(64 - size * 8)) };
  }
  return { value: withSign(bits, size * 8, isSigned || size === 8) };
}

const withSign = (bits: bigint, width: number, isSigned: boolean): bigint =>
  isSigned ? BigInt.asIntN(width, bits) : bits;

/** The name of the first enumerator of a value. Of 32 bits, enumerators count as signed. */
export function findEnumerator(dump: Dump, id: TypeId, value: bigint): string | undefined {
  const { btf } = dump;
  const vlen = vlenOf(btf, id);
  countSteps(dump, vlen, id, 0);
  const wanted = BigInt.asUintN(64, value);
  for (let i = 0; i < vlen; i++) {
    if (enumeratorBits(btf, id, i) === wanted) return stringAt(btf, enumeratorNameOff(btf, id, i));
  }
  return undefined;
}

/** An enum's value that has no name. */
export function formatEnumValue({ btf }: Dump, id: TypeId, value: bigint): string {
  const isSigned = kflagOf(btf, id);
  const asWritten = isSigned ? BigInt.asIntN : BigInt.asUintN;
  if (rawKindOf(btf, id) === Raw.enum) return `${asWritten(32, value)}`;
  return `${asWritten(64, value)}${isSigned ? "LL" : "ULL"}`;
}

/** What glibc's `%p` prints, where libbpf uses it: on a machine with pointers of 8 bytes, if it is aligned. */
export function formatPointer(dump: Dump, offset: number): string {
  const pointerSize = pointerSizeOf(dump.btf);
  const bits = bytesAt(dump, offset, pointerSize);
  return bits === 0n && pointerSize === 8 && offset % 8 === 0 ? "(nil)" : `0x${bits.toString(16)}`;
}
