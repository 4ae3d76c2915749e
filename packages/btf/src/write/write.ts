import type { ByteOrder } from "@core/bytes";
import type { Btf, TypeId } from "../btf.js";
import { BtfError } from "../error.js";
import { KINDS } from "../kinds.js";
import type { BtfType, Enumerator, Member } from "../types.js";
import { bytesOf } from "./records.js";
import { type StringTable, stringTableOn } from "./string-table.js";

export interface WriteOptions {
  readonly order: ByteOrder;
  /** What the types are split from: their ids start at its `endId`, their strings after its strings. */
  readonly base?: Btf;
  /** Add a layout section (Linux 7.1), from which a reader learns the sizes of kinds it does not know. */
  readonly layout?: boolean;
}

/**
 * A type that has a record: any but void and kinds that this library does not know. Type ids may be plain
 * numbers, as there may be no BTF yet that they would belong to.
 */
export type WritableType = WithPlainIds<Exclude<BtfType, { kind: "void" | "unknown" }>>;

type WithPlainIds<T> = T extends TypeId
  ? number
  : T extends object
    ? { readonly [Key in keyof T]: WithPlainIds<T[Key]> }
    : T;

/**
 * Writes types as BTF. The first gets id 1, or with a base its `endId`, and so on in order. Equal strings are
 * stored once. A struct or union with a bitfield gets the kflag, any other does not.
 *
 * Only what a field can hold is checked: {@link parseBtf} tells whether type ids exist and functions have
 * prototypes.
 *
 * @throws BtfError `unwritable` for a value that does not fit its field, and for a name that contains a 0.
 */
export function writeBtf(types: readonly WritableType[], options: WriteOptions): Uint8Array<ArrayBuffer> {
  const { order, base, layout = false } = options;
  const table = stringTableOn(base);
  const words = types.flatMap((type, i) => recordOf(type, table, fieldsOf((base?.endId ?? 1) + i)));
  return bytesOf(words, table.toBytes(), order, layout);
}

/** Checks numbers of one type against the width of their fields, and gives them back. */
interface Fields {
  /** An unsigned number of `bits` bits. */
  unsigned(value: number, bits: number): number;
  /** The low 64 bits of an enumerator's value, if it has no more than `bits`. */
  enumerator(value: bigint, bits: 32 | 64, signed: boolean): bigint;
}

function fieldsOf(typeId: number): Fields {
  const refuse = (value: number | bigint, what: string): never => {
    throw new BtfError("unwritable", `${value} in type ${typeId} does not fit ${what}`, { typeId });
  };
  return {
    unsigned: (value, bits) =>
      Number.isInteger(value) && value >= 0 && value < 2 ** bits ? value : refuse(value, `${bits} bits`),
    enumerator: (value, bits, signed) =>
      (signed ? BigInt.asIntN : BigInt.asUintN)(bits, value) === value
        ? BigInt.asUintN(64, value)
        : refuse(value, `${bits} bits ${signed ? "with" : "without"} a sign`),
  };
}

/** The words of one record: name_off, info, size or type, and what follows by kind. */
function recordOf(type: WritableType, strings: StringTable, fields: Fields): number[] {
  const u32 = (value: number): number => fields.unsigned(value, 32);
  const name = "name" in type ? strings.offsetOf(type.name) : 0;
  const head = (sizeOrType: number, vlen = 0, kflag = false): number[] => {
    const info = (KINDS.indexOf(type.kind) << 24) | fields.unsigned(vlen, 24);
    return [name, (kflag ? info | 0x80000000 : info) >>> 0, u32(sizeOrType)];
  };

  switch (type.kind) {
    case "int": {
      const encoding = (type.signed ? 1 : 0) | (type.char ? 2 : 0) | (type.bool ? 4 : 0);
      const bitOffset = fields.unsigned(type.bitOffset, 8);
      return [...head(type.size), (encoding << 24) | (bitOffset << 16) | fields.unsigned(type.bits, 8)];
    }
    case "array":
      return [...head(0), u32(type.typeId), u32(type.indexTypeId), u32(type.nelems)];
    case "struct":
    case "union": {
      const bitfields = type.members.some((member) => member.bitSize !== 0);
      return [
        ...head(type.size, type.members.length, bitfields),
        ...type.members.flatMap((member) => memberOf(member, bitfields, strings, fields)),
      ];
    }
    case "enum":
    case "enum64":
      return [
        ...head(type.size, type.enumerators.length, type.signed),
        ...type.enumerators.flatMap((one) => enumeratorOf(one, type, strings, fields)),
      ];
    case "fwd":
      return head(0, 0, type.of === "union");
    case "func":
      return head(type.typeId, type.linkage);
    case "func_proto":
      return [
        ...head(type.returnTypeId, type.params.length),
        ...type.params.flatMap((param) => [strings.offsetOf(param.name), u32(param.typeId)]),
      ];
    case "var":
      return [...head(type.typeId), u32(type.linkage)];
    case "datasec":
      return [
        ...head(type.size, type.vars.length),
        ...type.vars.flatMap(({ typeId, offset, size }) => [u32(typeId), u32(offset), u32(size)]),
      ];
    case "float":
      return head(type.size);
    case "decl_tag":
      return [...head(type.typeId, 0, type.attribute), componentOf(type.componentIndex, fields)];
    case "type_tag":
      return head(type.typeId, 0, type.attribute);
    case "ptr":
    case "typedef":
    case "volatile":
    case "const":
    case "restrict":
      return head(type.typeId);
  }
}

/** With the kflag, the upper 8 bits of a member's offset are its width. */
function memberOf(
  { name, typeId, bitOffset, bitSize }: WithPlainIds<Member>,
  bitfields: boolean,
  strings: StringTable,
  fields: Fields,
): number[] {
  const offset = bitfields
    ? fields.unsigned(bitSize, 8) * 2 ** 24 + fields.unsigned(bitOffset, 24)
    : fields.unsigned(bitOffset, 32);
  return [strings.offsetOf(name), fields.unsigned(typeId, 32), offset];
}

/** The name and the value, of which an enum64 has the lower half first in either byte order. */
function enumeratorOf(
  { name, value }: Enumerator,
  { kind, signed }: { readonly kind: "enum" | "enum64"; readonly signed: boolean },
  strings: StringTable,
  fields: Fields,
): number[] {
  const bits = fields.enumerator(value, kind === "enum" ? 32 : 64, signed);
  const low = Number(BigInt.asUintN(32, bits));
  return [strings.offsetOf(name), ...(kind === "enum" ? [low] : [low, Number(bits >> 32n)])];
}

/** -1, the tag of a whole type, is the only number below 0 in BTF but for values of enumerators. */
const componentOf = (index: number, fields: Fields): number =>
  index === -1 ? 0xffffffff : fields.unsigned(index, 31);
