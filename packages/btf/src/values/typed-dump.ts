import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import {
  arrayElementOf,
  arrayNelemsOf,
  kflagOf,
  memberBitOffset,
  memberBitSize,
  memberNameOff,
  memberTypeOf,
  nameOf,
  ownSizeOf,
  rawKindOf,
  referredTypeOf,
  secVarOffset,
  secVarTypeOf,
  stringAt,
  typeIdAt,
  varLinkageOf,
  vlenOf,
} from "../read.js";
import { skipModifiers } from "../resolve.js";
import { formatCast, namerOf } from "./declaration.js";
import {
  countSteps,
  type Dump,
  dumpOf,
  lineEnd,
  type TypedDumpError,
  type TypedDumpOptions,
  write,
  writeIndent,
  writeValue,
} from "./dump-state.js";
import { formatFloat } from "./float.js";
import {
  findEnumerator,
  formatEnumValue,
  formatInt,
  formatPointer,
  isError,
  isPrintable,
  type Place,
  type Read,
  readBitfield,
  readEnum,
  sizeOrNone,
} from "./scalars.js";
import { isZero } from "./zero.js";

export interface TypedDump {
  /** What was printed, up to the error if there is one. */
  readonly text: string;
  /** Size of the type in bytes; undefined with an error. */
  readonly size: number | undefined;
  readonly error: TypedDumpError | undefined;
}

/**
 * Bytes as a value of a type in C's notation (libbpf: btf_dump__dump_type_data): `(struct list_head){.next =
 * (struct list_head *)0xffff888000000000,}`. The bytes are in the byte order of the BTF, and taken to be aligned. Names
 * are as in the BTF, not yet made printable. Of 16-byte floats, little-endian ones are taken for an x87's.
 *
 * Without `style: "libbpf"` it is different where libbpf is wrong: a struct is not left out when only its first member is
 * zero; values after an array of characters are printed as those before it are; a string, and a signed enum's value
 * without a name, are followed by a comma and a newline; enums in bitfields have their sign and their byte order, enums that are not aligned their value;
 * bitfields that no unit of their type's size holds are whole; and an array that does not fit is an error.
 *
 * @throws BtfError `type-id`; `modifier-chain`; `too-complex` for types that contain each other without end, or
 * over 128 Mi characters.
 */
export function formatData(
  btf: Btf,
  id: number,
  data: Uint8Array,
  options: TypedDumpOptions = {},
): TypedDump {
  const typeId = typeIdAt(btf, id);
  const dump = dumpOf(btf, data, namerOf(btf), options);
  const result = dumpValue(dump, "", typeId, { offset: 0, bitOffset: 0, bitSize: 0 });
  const text = dump.parts.join("");
  return isError(result)
    ? { text, size: undefined, error: result.error }
    : { text, size: result.value, error: undefined };
}

/** What was dumped: its size in bytes. */
type Result = Read<number>;

function dumpValue(dump: Dump, name: string, id: TypeId, place: Place): Result {
  const { btf, options } = dump;
  countSteps(dump, 1, id, dump.nesting);
  const size = sizeThere(dump, id, place);
  if (isError(size)) return size;
  if (!isShownAnyway(dump)) {
    const zero = isZero(dump, id, place);
    if (isError(zero)) return zero;
    if (zero.value) return size;
  }
  writeIndent(dump, id);
  if (!options.skipNames) {
    if (name !== "") write(dump, `.${name} = `, id);
    const kind = rawKindOf(btf, id);
    if (!dump.isArrayMember && kind !== Raw.var && kind !== Raw.datasec) {
      write(dump, `(${formatCast(btf, dump.namer, id)})`, id);
    }
  }
  dump.nesting++;
  const error = dumpContent(dump, skipModifiers(btf, id), place);
  dump.nesting--;
  return error === undefined ? size : { error };
}

/** Size of a value in bytes, if what it is made of is there; of structs and arrays a part may be missing. */
function sizeThere({ btf, data }: Dump, id: TypeId, { offset, bitOffset, bitSize }: Place): Result {
  if (bitSize > 0) {
    const bytes = Math.ceil((bitOffset + bitSize) / 8);
    return offset + bytes > data.length ? { error: "E2BIG" } : { value: bytes };
  }
  const size = sizeOrNone(btf, id);
  if (size === undefined || size >= 0x7fffffff) return { error: "EINVAL" };
  switch (rawKindOf(btf, skipModifiers(btf, id))) {
    case Raw.int:
    case Raw.float:
    case Raw.ptr:
    case Raw.enum:
    case Raw.enum64:
      return offset + size > data.length ? { error: "E2BIG" } : { value: size };
    default:
      return { value: size };
  }
}

/** At the top, when asked to, and in arrays other than of characters: there it would not be clear which elements are shown. */
const isShownAnyway = ({ options, depth, isArrayMember, isArrayChar }: Dump): boolean =>
  options.emitZeroes === true || depth === 0 || (isArrayMember && !isArrayChar);

function dumpContent(dump: Dump, id: TypeId, place: Place): TypedDumpError | undefined {
  const { btf, data } = dump;
  const kind = rawKindOf(btf, id);
  const scalar = (read: Read<string | undefined>): TypedDumpError | undefined => {
    if (isError(read)) return read.error;
    if (read.value !== undefined) writeValue(dump, read.value, id);
    return undefined;
  };
  switch (kind) {
    case Raw.int: {
      if (place.bitSize === 0) return scalar(formatInt(dump, id, place.offset));
      const bits = readBitfield(dump, id, place);
      return scalar(isError(bits) ? bits : { value: `0x${bits.value.toString(16)}` });
    }
    case Raw.float: {
      const bytes = data.subarray(place.offset);
      const text = formatFloat(bytes, ownSizeOf(btf, id), btf.order === "little");
      return scalar(text === undefined ? { error: "EINVAL" } : { value: text });
    }
    case Raw.ptr:
      return scalar({ value: formatPointer(dump, place.offset) });
    case Raw.enum:
    case Raw.enum64: {
      const read = readEnum(dump, id, place);
      if (isError(read)) return read.error;
      const name = findEnumerator(dump, id, read.value);
      const text = name ?? formatEnumValue(dump, id, read.value);
      // libbpf forgets the comma after a signed value without a name.
      if (dump.isLikeLibbpf && name === undefined && kflagOf(btf, id)) write(dump, text, id);
      else writeValue(dump, text, id);
      return undefined;
    }
    case Raw.array:
      return dumpArray(dump, id, place.offset);
    case Raw.struct:
    case Raw.union:
      return dumpStruct(dump, id, place.offset);
    case Raw.var:
      return dumpVariable(dump, id, place);
    case Raw.datasec:
      return dumpSection(dump, id, place.offset);
    default:
      write(dump, `<unsupported kind:${kind}>`, id);
      return "ENOTSUP";
  }
}

function dumpStruct(dump: Dump, id: TypeId, offset: number): TypedDumpError | undefined {
  const { btf } = dump;
  dump.depth++;
  write(dump, `{${lineEnd(dump)}`, id);
  for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
    const bits = memberBitOffset(btf, id, i);
    const result = dumpValue(dump, stringAt(btf, memberNameOff(btf, id, i)), memberTypeOf(btf, id, i), {
      offset: offset + Math.floor(bits / 8),
      bitOffset: bits % 8,
      bitSize: memberBitSize(btf, id, i),
    });
    if (isError(result)) return result.error;
  }
  dump.depth--;
  writeIndent(dump, id);
  writeValue(dump, "}", id);
  return undefined;
}

function dumpArray(dump: Dump, id: TypeId, offset: number): TypedDumpError | undefined {
  const { btf, data, options, isLikeLibbpf } = dump;
  const element = arrayElementOf(btf, id);
  const size = sizeOrNone(btf, element);
  if (size === undefined || size === 0) return "EINVAL";
  const { isArrayMember, isArrayChar, isArrayTerminated } = dump;
  const isChar = size === 1 && rawKindOf(btf, skipModifiers(btf, element)) === Raw.int;
  if (isChar && options.emitStrings && dumpString(dump, id, offset)) return undefined;

  // libbpf forgets that what follows an array of characters is not in it.
  dump.isArrayChar = isChar || (isLikeLibbpf && isArrayChar);
  dump.depth++;
  write(dump, `[${lineEnd(dump)}`, id);
  dump.isArrayMember = true;
  dump.isArrayTerminated = false;
  const nelems = arrayNelemsOf(btf, id);
  for (let i = 0; i < nelems && !dump.isArrayTerminated; i++) {
    const at = offset + i * size;
    const result: Result =
      at < data.length
        ? dumpValue(dump, "", element, { offset: at, bitOffset: 0, bitSize: 0 })
        : { error: "E2BIG" };
    if (isError(result) && !isLikeLibbpf) return result.error;
    if (at >= data.length) break;
  }
  dump.isArrayMember = isArrayMember;
  dump.isArrayTerminated = isArrayTerminated;
  if (!isLikeLibbpf) dump.isArrayChar = isArrayChar;
  dump.depth--;
  writeIndent(dump, id);
  writeValue(dump, "]", id);
  return undefined;
}

/** An array of characters as a string, if there is a 0 that ends it. */
function dumpString(dump: Dump, id: TypeId, offset: number): boolean {
  const { data, isLikeLibbpf } = dump;
  const bytes = data.subarray(offset, offset + arrayNelemsOf(dump.btf, id));
  const length = bytes.indexOf(0);
  if (length < 0) return false;
  const characters = Array.from(bytes.subarray(0, length), (byte) =>
    isPrintable(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
  );
  const text = `"${characters.join("")}"`;
  if (isLikeLibbpf) writeIndent(dump, id);
  if (isLikeLibbpf) write(dump, text, id);
  else writeValue(dump, text, id);
  return true;
}

function dumpVariable(dump: Dump, id: TypeId, place: Place): TypedDumpError | undefined {
  const { btf } = dump;
  const linkage = ["static ", "", "extern "][varLinkageOf(btf, id)] ?? "";
  const type = referredTypeOf(btf, id);
  const cast = dump.isArrayMember ? "" : formatCast(btf, dump.namer, type);
  write(dump, `${linkage}${cast} ${nameOf(btf, id)} = `, id);
  const result = dumpValue(dump, "", type, { offset: place.offset, bitOffset: 0, bitSize: 0 });
  return isError(result) ? result.error : undefined;
}

function dumpSection(dump: Dump, id: TypeId, offset: number): TypedDumpError | undefined {
  const { btf } = dump;
  writeValue(dump, `SEC("${nameOf(btf, id)}") `, id);
  for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
    const place = { offset: offset + secVarOffset(btf, id, i), bitOffset: 0, bitSize: 0 };
    const result = dumpValue(dump, "", secVarTypeOf(btf, id, i), place);
    if (isError(result)) return result.error;
    write(dump, ";", id);
  }
  return undefined;
}
