import type { ByteOrder } from "@core/bytes";
import { type Btf, parseBtf, type WritableType, writeBtf } from "../src/index.js";

// Types in few words. (The tests of other packages have @core/written-types, which writes with this package.)

export const btfOf = (types: readonly WritableType[], order: ByteOrder = "little"): Btf =>
  parseBtf(writeBtf(types, { order }));

export const int = (name: string, size: number, signed = true): WritableType => ({
  kind: "int",
  name,
  size,
  bits: size * 8,
  bitOffset: 0,
  signed,
  char: false,
  bool: false,
});

export type Members = readonly (readonly [
  name: string,
  typeId: number,
  bitOffset: number,
  bitSize?: number,
])[];

const composite = (kind: "struct" | "union", name: string, size: number, members: Members): WritableType => ({
  kind,
  name,
  size,
  members: members.map(([member, typeId, bitOffset, bitSize = 0]) => ({
    name: member,
    typeId,
    bitOffset,
    bitSize,
  })),
});
export const struct = (name: string, size: number, members: Members) =>
  composite("struct", name, size, members);
export const union = (name: string, size: number, members: Members) =>
  composite("union", name, size, members);
