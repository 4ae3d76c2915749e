import { type ByteOrder, viewOf } from "@core/bytes";
import type { Btf } from "./btf.js";
import { BtfError } from "./error.js";
import { ELEM_SIZE, INFO_SIZE, KINDS } from "./kinds.js";
import { StringTable } from "./string-table.js";
import type { BtfType, Member } from "./types.js";

export interface WriteOptions {
  readonly order: ByteOrder;
  /** What the types are split from: their ids start at its `endId`, their strings after its strings. */
  readonly base?: Btf;
  /** Add a layout section (Linux 7.1), from which a reader learns the sizes of kinds it does not know. */
  readonly layout?: boolean;
}

/** A type that has a record: any but void and kinds that this library does not know. */
export type WritableType = Exclude<BtfType, { kind: "void" | "unknown" }>;

const HEADER = 24;
const HEADER_WITH_LAYOUT = 32;

/**
 * Writes types as BTF. The first gets id 1, or with a base its `endId`, and so on in order. Equal
 * strings are stored once.
 *
 * @throws BtfError `unwritable` for a value that does not fit its field.
 */
export function writeBtf(types: readonly WritableType[], options: WriteOptions): Uint8Array<ArrayBuffer> {
  const { order, base, layout = false } = options;
  const little = order === "little";
  const strings = new StringTable(base);
  const words = types.flatMap((type) => recordOf(type, strings).map(checkedWord));

  const headerLength = layout ? HEADER_WITH_LAYOUT : HEADER;
  const typesLength = words.length * 4;
  const layoutLength = layout ? KINDS.length * 4 : 0;
  const stringsOff = typesLength + layoutLength;
  const header = [headerLength, 0, typesLength, stringsOff, strings.length];
  if (layout) header.push(typesLength, layoutLength);

  const bytes = new Uint8Array(headerLength + stringsOff + strings.length);
  const view = viewOf(bytes);
  view.setUint16(0, 0xeb9f, little);
  view.setUint8(2, 1);
  for (const [i, word] of header.entries()) view.setUint32(4 + i * 4, word, little);
  for (const [i, word] of words.entries()) view.setUint32(headerLength + i * 4, word, little);
  for (let kind = 0; kind * 4 < layoutLength; kind++) {
    view.setUint8(headerLength + typesLength + kind * 4, INFO_SIZE[kind] ?? 0);
    view.setUint8(headerLength + typesLength + kind * 4 + 1, ELEM_SIZE[kind] ?? 0);
  }
  strings.writeTo(bytes.subarray(headerLength + stringsOff));
  return bytes;
}

function checkedWord(word: number): number {
  if (Number.isInteger(word) && word >= -0x80000000 && word <= 0xffffffff) return word >>> 0;
  throw new BtfError("unwritable", `${word} does not fit 32 bits`);
}

/** The words of one record: name_off, info, size or type, and what follows by kind. */
function recordOf(type: WritableType, strings: StringTable): number[] {
  const name = "name" in type ? strings.offsetOf(type.name) : 0;
  const head = (sizeOrType: number, vlen = 0, kflag = false): number[] => {
    if (!(vlen >= 0 && vlen <= 0xffffff))
      throw new BtfError("unwritable", `${vlen} elements: at most 2^24 - 1 fit`);
    return [name, ((kflag ? 0x80000000 : 0) | (KINDS.indexOf(type.kind) << 24) | vlen) >>> 0, sizeOrType];
  };

  switch (type.kind) {
    case "int": {
      const encoding = (type.signed ? 1 : 0) | (type.char ? 2 : 0) | (type.bool ? 4 : 0);
      return [...head(type.size), (encoding << 24) | (type.bitOffset << 16) | type.bits];
    }
    case "array":
      return [...head(0), type.typeId, type.indexTypeId, type.nelems];
    case "struct":
    case "union": {
      const bitfields = type.members.some((member) => member.bitSize > 0);
      return [
        ...head(type.size, type.members.length, bitfields),
        ...type.members.flatMap((member) => memberOf(member, bitfields, strings)),
      ];
    }
    case "enum":
      return [
        ...head(type.size, type.enumerators.length, type.signed),
        ...type.enumerators.flatMap(({ name, value }) => [
          strings.offsetOf(name),
          Number(BigInt.asIntN(32, value)),
        ]),
      ];
    case "enum64":
      return [
        ...head(type.size, type.enumerators.length, type.signed),
        ...type.enumerators.flatMap(({ name, value }) => [
          strings.offsetOf(name),
          Number(BigInt.asUintN(32, value)),
          Number(BigInt.asUintN(32, value >> 32n)),
        ]),
      ];
    case "fwd":
      return head(0, 0, type.of === "union");
    case "func":
      return head(type.typeId, type.linkage);
    case "func_proto":
      return [
        ...head(type.returnTypeId, type.params.length),
        ...type.params.flatMap((param) => [strings.offsetOf(param.name), param.typeId]),
      ];
    case "var":
      return [...head(type.typeId), type.linkage];
    case "datasec":
      return [
        ...head(type.size, type.vars.length),
        ...type.vars.flatMap((variable) => [variable.typeId, variable.offset, variable.size]),
      ];
    case "float":
      return head(type.size);
    case "decl_tag":
      return [...head(type.typeId, 0, type.attribute), type.componentIndex];
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

function memberOf(member: Member, bitfields: boolean, strings: StringTable): number[] {
  const { name, typeId, bitOffset, bitSize } = member;
  if (!bitfields) return [strings.offsetOf(name), typeId, bitOffset];
  if (bitOffset > 0xffffff || bitSize > 0xff) {
    throw new BtfError("unwritable", `member ${name}: a struct with bitfields holds offsets below 2^24 bits`);
  }
  return [strings.offsetOf(name), typeId, ((bitSize << 24) | bitOffset) >>> 0];
}
