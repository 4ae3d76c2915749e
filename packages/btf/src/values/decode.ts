import { copyBytes, decodeUtf8, viewOf } from "@core/bytes";
import type { Btf, TypeId } from "../btf.js";
import { BtfError } from "../error.js";
import { Raw } from "../kinds.js";
import { pointerSizeOf } from "../pointer-size.js";
import {
  arrayElementOf,
  arrayNelemsOf,
  enumeratorBits,
  enumeratorNameOff,
  intBitsOf,
  intEncodingOf,
  intOffsetOf,
  kflagOf,
  kindOf,
  nameOf,
  ownSizeOf,
  rawKindOf,
  referredTypeOf,
  secVarOffset,
  secVarTypeOf,
  stringAt,
  typeIdAt,
  vlenOf,
} from "../read.js";
import { sizeOf, skipModifiers } from "../resolve.js";
import { type Member, memberAt } from "../types.js";
import { bitsAt } from "./bits.js";

/** A struct's or union's fields, or a section's variables, by name: an object without a prototype. */
export interface StructValue {
  readonly [name: string]: Value;
}

/**
 * What a value of a type becomes in JavaScript:
 * - an integer of up to 32 bits a number, a larger one a bigint, one that is encoded as bool a boolean;
 * - a pointer its address, a bigint, or a number where pointers have 4 bytes;
 * - a float a number, one of other than 4 or 8 bytes those bytes;
 * - an enum the name of the first enumerator of its value, or the value like an integer when it has none;
 * - an array an array, one of `char` a string if that is asked for;
 * - a struct or union an object, with the fields of anonymous members among its own.
 */
export type Value = number | bigint | boolean | string | Uint8Array | readonly Value[] | StructValue;

export interface DecodeOptions {
  /** Arrays of `char` become the string up to their first 0, decoded as UTF-8. Arrays of `unsigned char` do not. */
  readonly strings?: boolean;
}

/**
 * Bytes as a value of a type, in the byte order of the BTF. Bytes after the value do not matter. A flexible array has no
 * elements. A bitfield is like an integer of its width.
 *
 * @throws BtfError `data` when there are fewer bytes than the type has; `type-id`; `no-size`, `size-overflow`,
 * `modifier-chain` for types without values; `too-complex` for types that contain each other so that there would be
 * far more values than bytes.
 */
export function decodeValue(btf: Btf, id: number, bytes: Uint8Array, options: DecodeOptions = {}): Value {
  const typeId = typeIdAt(btf, id);
  const size = sizeOf(btf, typeId);
  if (size > bytes.length) {
    throw new BtfError("data", `${bytes.length} bytes are too few for type ${id} of ${size}`, { typeId: id });
  }
  return decode(
    {
      btf,
      bytes,
      isLittle: btf.order === "little",
      hasStrings: options.strings === true,
      enums: new Map(),
      members: new Map(),
      valuesLeft: LEAST_VALUES + VALUES_PER_BYTE * bytes.length,
    },
    typeId,
    { bitOffset: 0, bitSize: 0, depth: 0 },
  );
}

/** Values are limited to so many for each byte, of which unions may hold several, beside so many for types of any size. */
const LEAST_VALUES = 1 << 16;
const VALUES_PER_BYTE = 32;
const MAX_DEPTH = 64;

interface Decoder {
  readonly btf: Btf;
  readonly bytes: Uint8Array;
  readonly isLittle: boolean;
  readonly hasStrings: boolean;
  /** Of the enums met so far: enumerators' names by value. */
  readonly enums: Map<TypeId, ReadonlyMap<bigint, string>>;
  /** Of the structs and unions met so far. */
  readonly members: Map<TypeId, readonly Member[]>;
  valuesLeft: number;
}

interface Place {
  /** From the start of the bytes. */
  readonly bitOffset: number;
  /** Of a bitfield; else 0. */
  readonly bitSize: number;
  readonly depth: number;
}

function countValue(decoder: Decoder, id: TypeId, depth: number): void {
  decoder.valuesLeft--;
  if (decoder.valuesLeft >= 0 && depth <= MAX_DEPTH) return;
  throw new BtfError("too-complex", `values of type ${id} contain each other too often to be decoded`, {
    typeId: id,
  });
}

function decode(decoder: Decoder, declared: TypeId, place: Place): Value {
  const { btf } = decoder;
  const id = skipModifiers(btf, declared);
  countValue(decoder, id, place.depth);
  const kind = rawKindOf(btf, id);
  switch (kind) {
    case Raw.int:
      return decodeInt(decoder, id, place);
    case Raw.ptr:
      return narrow(bitsOf(decoder, place, pointerSizeOf(btf) * 8), pointerSizeOf(btf) * 8);
    case Raw.float:
      return decodeFloat(decoder, id, place);
    case Raw.enum:
    case Raw.enum64:
      return decodeEnum(decoder, id, place);
    case Raw.array:
      return decodeArray(decoder, id, place);
    case Raw.struct:
    case Raw.union: {
      const fields: Record<string, Value> = Object.create(null);
      decodeMembers(decoder, id, place, fields);
      return fields;
    }
    case Raw.var:
      return decode(decoder, referredTypeOf(btf, id), { ...place, depth: place.depth + 1 });
    case Raw.datasec:
      return decodeSection(decoder, id, place);
    default:
      throw new BtfError("no-size", `type ${id} of kind ${kindOf(btf, id)} has no values`, { typeId: id });
  }
}

/** The bits of a value that has so many, or of a bitfield. */
const bitsOf = ({ bytes, isLittle }: Decoder, { bitOffset, bitSize }: Place, bits: number): bigint =>
  bitsAt(bytes, bitOffset, bitSize || bits, isLittle);

/** A number where 32 bits are enough. */
const narrow = (value: bigint, width: number): number | bigint => (width > 32 ? value : Number(value));

function decodeInt(decoder: Decoder, id: TypeId, place: Place): Value {
  const { btf } = decoder;
  const size = ownSizeOf(btf, id) * 8;
  const encoding = intEncodingOf(btf, id);
  // Before Linux 4.20 it was the int that told where in its bytes a bitfield is, and how wide.
  const isOldBitfield = place.bitSize === 0 && intBitsOf(btf, id) < size;
  const width = place.bitSize || (isOldBitfield ? intBitsOf(btf, id) : size);
  if (width === 0) return 0;
  const from = isOldBitfield ? intOffsetOf(btf, id) : 0;
  const bits = bitsAt(decoder.bytes, place.bitOffset + from, width, decoder.isLittle);
  if ((encoding & 4) !== 0) return bits !== 0n;
  return narrow((encoding & 1) !== 0 ? BigInt.asIntN(width, bits) : bits, width);
}

function decodeFloat({ btf, bytes, isLittle }: Decoder, id: TypeId, { bitOffset }: Place): Value {
  const size = ownSizeOf(btf, id);
  const at = Math.floor(bitOffset / 8);
  const there = bytes.subarray(at, at + size);
  if (size !== 4 && size !== 8) return copyBytes(there);
  const own = new Uint8Array(8);
  own.set(there);
  const view = viewOf(own);
  return size === 4 ? view.getFloat32(0, isLittle) : view.getFloat64(0, isLittle);
}

function decodeEnum(decoder: Decoder, id: TypeId, place: Place): Value {
  const { btf } = decoder;
  const width = place.bitSize || Math.min(ownSizeOf(btf, id), 8) * 8;
  if (width === 0) return 0;
  const bits = bitsOf(decoder, place, width);
  const value = kflagOf(btf, id) ? BigInt.asIntN(width, bits) : bits;
  return namesOf(decoder, id).get(value) ?? narrow(value, width);
}

/** The first enumerator of each value. */
function namesOf(decoder: Decoder, id: TypeId): ReadonlyMap<bigint, string> {
  const known = decoder.enums.get(id);
  if (known !== undefined) return known;
  const { btf } = decoder;
  const names = new Map<bigint, string>();
  const bits = rawKindOf(btf, id) === Raw.enum64 ? 64 : 32;
  const asWritten = kflagOf(btf, id) ? BigInt.asIntN : BigInt.asUintN;
  for (let i = vlenOf(btf, id) - 1; i >= 0; i--) {
    names.set(asWritten(bits, enumeratorBits(btf, id, i)), stringAt(btf, enumeratorNameOff(btf, id, i)));
  }
  decoder.enums.set(id, names);
  return names;
}

function decodeArray(decoder: Decoder, id: TypeId, { bitOffset, depth }: Place): Value {
  const { btf, bytes } = decoder;
  const element = arrayElementOf(btf, id);
  const nelems = arrayNelemsOf(btf, id);
  const start = Math.floor(bitOffset / 8);
  if (decoder.hasStrings && isChar(btf, element)) {
    const end = bytes.subarray(start, start + nelems).indexOf(0);
    return decodeUtf8(bytes, start, start + (end < 0 ? nelems : end));
  }
  if (nelems === 0) return [];
  const size = sizeOf(btf, element) * 8;
  const values: Value[] = [];
  for (let i = 0; i < nelems; i++) {
    values.push(decode(decoder, element, { bitOffset: bitOffset + i * size, bitSize: 0, depth: depth + 1 }));
  }
  return values;
}

function isChar(btf: Btf, element: TypeId): boolean {
  const id = skipModifiers(btf, element);
  if (rawKindOf(btf, id) !== Raw.int || ownSizeOf(btf, id) !== 1) return false;
  return nameOf(btf, id) === "char" || (intEncodingOf(btf, id) & 2) !== 0;
}

/** Adds the members of a struct or union to `fields`: of those with one name the first. */
function decodeMembers(decoder: Decoder, id: TypeId, place: Place, fields: Record<string, Value>): void {
  const { btf } = decoder;
  for (const { name, typeId, bitOffset, bitSize } of membersOf(decoder, id)) {
    const member = { bitOffset: place.bitOffset + bitOffset, bitSize, depth: place.depth + 1 };
    if (name === "") {
      const inner = skipModifiers(btf, typeId);
      const kind = rawKindOf(btf, inner);
      countValue(decoder, inner, member.depth);
      if (kind === Raw.struct || kind === Raw.union) decodeMembers(decoder, inner, member, fields);
    } else if (!(name in fields)) {
      fields[name] = decode(decoder, typeId, member);
    }
  }
}

function membersOf({ btf, members }: Decoder, id: TypeId): readonly Member[] {
  const known = members.get(id);
  if (known !== undefined) return known;
  const all = Array.from({ length: vlenOf(btf, id) }, (_, i) => memberAt(btf, id, i));
  members.set(id, all);
  return all;
}

function decodeSection(decoder: Decoder, id: TypeId, place: Place): Value {
  const { btf } = decoder;
  const variables: Record<string, Value> = Object.create(null);
  for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
    const type = secVarTypeOf(btf, id, i);
    const bitOffset = place.bitOffset + secVarOffset(btf, id, i) * 8;
    variables[nameOf(btf, type)] = decode(decoder, type, { bitOffset, bitSize: 0, depth: place.depth + 1 });
  }
  return variables;
}
