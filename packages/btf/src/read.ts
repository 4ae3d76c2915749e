import { decodeUtf8 } from "@core/bytes";
import type { Btf, TypeId } from "./btf.js";
import { BtfError } from "./error.js";
import {
  ELEM_SIZE,
  HAS_OWN_SIZE,
  HEAD_HAS_TYPE,
  KINDS,
  type Kind,
  kflagOfInfo,
  kindOfInfo,
  kindOfRecord,
  Raw,
  RECORD_HEAD,
  vlenOfInfo,
} from "./kinds.js";

// Reading one property of one type, for loops: nothing here allocates, except for names made strings.

/**
 * `id` as a type id of `btf` or its bases.
 * @throws BtfError `type-id` when there is no such type.
 */
export function typeIdAt(btf: Btf, id: number): TypeId {
  if (!(Number.isInteger(id) && id >= 0 && id < btf.endId)) throw noSuchType(btf, id);
  return id as TypeId;
}

function noSuchType(btf: Btf, id: number): BtfError {
  return new BtfError("type-id", `there is no type ${id}: the last is ${btf.endId - 1}`, { typeId: id });
}

/** The layer that `id` is defined in: `btf` itself or one of its bases. */
function layerOf(btf: Btf, id: number): Btf {
  let layer = btf;
  while (id < layer.startId && layer.base !== undefined) layer = layer.base;
  return layer;
}

/** Byte offset of a record in its layer's view. Type 0 has no record. */
function recordAt(layer: Btf, id: number): number {
  const at = layer.offsets[id - layer.startId];
  if (at === undefined) throw noSuchType(layer, id);
  return at;
}

/** @internal The second word of a record; 0 for void. */
export function infoOf(btf: Btf, id: number): number {
  if (id === 0) return 0;
  const layer = layerOf(btf, id);
  return layer.view.getUint32(recordAt(layer, id) + 4, layer.little);
}

/** @internal The third word of a record: its size in bytes or a type id, by kind; 0 for void. */
function sizeOrTypeOf(btf: Btf, id: number): number {
  if (id === 0) return 0;
  const layer = layerOf(btf, id);
  return layer.view.getUint32(recordAt(layer, id) + 8, layer.little);
}

/** @internal Number of the kind as in BTF; 0 for void. */
export function rawKindOf(btf: Btf, id: TypeId): number {
  if (id === 0) return 0;
  const layer = layerOf(btf, id);
  const kind = layer.kinds[id - layer.startId];
  if (kind === undefined) throw noSuchType(layer, id);
  return kind;
}

/** Kind of a type; `unknown` when it is newer than this library. */
export function kindOf(btf: Btf, id: TypeId): Kind {
  return id === 0 ? "void" : kindOfRecord(rawKindOf(btf, id));
}

/** Number of members, enumerators, parameters or variables. For a function it is its linkage. */
export function vlenOf(btf: Btf, id: TypeId): number {
  return vlenOfInfo(infoOf(btf, id));
}

/** Bit 31 of info: bitfield offsets (struct, union), union (fwd), signed (enum, enum64), attribute (tags). */
export function kflagOf(btf: Btf, id: TypeId): boolean {
  return kflagOfInfo(infoOf(btf, id));
}

/** String offset of a type's name; 0 for most types without one. */
export function nameOffOf(btf: Btf, id: TypeId): number {
  if (id === 0) return 0;
  const layer = layerOf(btf, id);
  return layer.view.getUint32(recordAt(layer, id), layer.little);
}

/** A type's name, empty when it has none. */
export function nameOf(btf: Btf, id: TypeId): string {
  return stringAt(btf, nameOffOf(btf, id));
}

/**
 * The type that a pointer, typedef, modifier, function, variable or tag refers to, or that a function
 * prototype returns.
 * @throws BtfError `wrong-kind` for other kinds.
 */
export function referredTypeOf(btf: Btf, id: TypeId): TypeId {
  if (HEAD_HAS_TYPE[rawKindOf(btf, id)] === 1) return sizeOrTypeOf(btf, id) as TypeId;
  throw wrongKind(btf, id, "refers to no other type");
}

/**
 * Size in bytes that the record of an int, float, struct, union, enum, enum64 or datasec states.
 * @throws BtfError `wrong-kind` for other kinds.
 */
export function ownSizeOf(btf: Btf, id: TypeId): number {
  if (HAS_OWN_SIZE[rawKindOf(btf, id)] === 1) return sizeOrTypeOf(btf, id);
  throw wrongKind(btf, id, "states no size");
}

function wrongKind(btf: Btf, id: TypeId, what: string): BtfError {
  return new BtfError("wrong-kind", `type ${id} is of kind ${kindOf(btf, id)}, which ${what}`, {
    typeId: id,
  });
}

/** The word that follows the head of an int, array, var or decl_tag, `word` words further on. */
function trailingWord(btf: Btf, id: TypeId, kind: number, word: number): number {
  const layer = layerOf(btf, id);
  const at = id === 0 ? -1 : recordAt(layer, id);
  if (at < 0 || kindOfInfo(layer.view.getUint32(at + 4, layer.little)) !== kind) {
    throw wrongKind(btf, id, `is not ${KINDS[kind] ?? kind}`);
  }
  return layer.view.getUint32(at + RECORD_HEAD + word * 4, layer.little);
}

/** An int's encoding bits: 1 signed, 2 char, 4 bool. */
export const intEncodingOf = (btf: Btf, id: TypeId): number =>
  (trailingWord(btf, id, Raw.int, 0) >>> 24) & 0xf;
/** An int's offset in bits; not 0 only in bitfields as they were before Linux 4.20. */
export const intOffsetOf = (btf: Btf, id: TypeId): number =>
  (trailingWord(btf, id, Raw.int, 0) >>> 16) & 0xff;
/** An int's number of bits. */
export const intBitsOf = (btf: Btf, id: TypeId): number => trailingWord(btf, id, Raw.int, 0) & 0xff;

/** Type of an array's elements. */
export const arrayElementOf = (btf: Btf, id: TypeId): TypeId => trailingWord(btf, id, Raw.array, 0) as TypeId;
/** Type that an array is indexed by; of no meaning. */
export const arrayIndexOf = (btf: Btf, id: TypeId): TypeId => trailingWord(btf, id, Raw.array, 1) as TypeId;
/** Number of an array's elements; 0 for a flexible array. */
export const arrayNelemsOf = (btf: Btf, id: TypeId): number => trailingWord(btf, id, Raw.array, 2);

/** Linkage of a variable (0 static, 1 global, 2 extern). A function's is its {@link vlenOf}. */
export const varLinkageOf = (btf: Btf, id: TypeId): number => trailingWord(btf, id, Raw.var, 0);
/** Which member or parameter a declaration tag is for; -1 when it is for the whole type. */
export const declTagIndexOf = (btf: Btf, id: TypeId): number => trailingWord(btf, id, Raw.declTag, 0) | 0;

/** A word of element `index` of a type, after checking that it is of one of `kinds` (a bit each), and has the element. */
function elementWord(btf: Btf, id: TypeId, index: number, offset: number, kinds: number): number {
  const layer = layerOf(btf, id);
  const at = id === 0 ? -1 : recordAt(layer, id);
  const info = at < 0 ? 0 : layer.view.getUint32(at + 4, layer.little);
  const kind = kindOfInfo(info);
  if (at < 0 || kind >= KINDS.length || ((kinds >>> kind) & 1) === 0)
    throw wrongKind(btf, id, "has no such elements");
  if (!(Number.isInteger(index) && index >= 0 && index < vlenOfInfo(info))) {
    throw new BtfError("index", `type ${id} has ${vlenOfInfo(info)} elements, none at ${index}`, {
      typeId: id,
    });
  }
  return layer.view.getUint32(at + RECORD_HEAD + index * (ELEM_SIZE[kind] ?? 0) + offset, layer.little);
}

const MEMBERS = (1 << Raw.struct) | (1 << Raw.union);
const ENUMERATORS = (1 << Raw.enum) | (1 << Raw.enum64);
const PARAMS = 1 << Raw.funcProto;
const VARS = 1 << Raw.datasec;

/** @internal Bytes per member. */
export const MEMBER_SIZE = 12;

/**
 * @internal Where the members of a struct or union are, in bytes of its layer's view, and how many.
 * @throws BtfError `wrong-kind` for other kinds.
 */
export function membersOf(btf: Btf, id: TypeId): { layer: Btf; at: number; vlen: number } {
  const kind = rawKindOf(btf, id);
  if (kind !== Raw.struct && kind !== Raw.union) throw wrongKind(btf, id, "has no members");
  const layer = layerOf(btf, id);
  const at = recordAt(layer, id);
  return { layer, at: at + RECORD_HEAD, vlen: vlenOfInfo(layer.view.getUint32(at + 4, layer.little)) };
}

/** String offset of the name of a struct's or union's member; its string is empty for an anonymous member. */
export const memberNameOff = (btf: Btf, id: TypeId, index: number): number =>
  elementWord(btf, id, index, 0, MEMBERS);
/** Type of a member. */
export const memberTypeOf = (btf: Btf, id: TypeId, index: number): TypeId =>
  elementWord(btf, id, index, 4, MEMBERS) as TypeId;

/** Offset of a member in bits from the start of its struct or union. */
export function memberBitOffset(btf: Btf, id: TypeId, index: number): number {
  const word = elementWord(btf, id, index, 8, MEMBERS);
  return kflagOf(btf, id) ? word & 0xffffff : word;
}

/** Width of a bitfield member in bits; 0 for a member that is no bitfield. */
export function memberBitSize(btf: Btf, id: TypeId, index: number): number {
  const word = elementWord(btf, id, index, 8, MEMBERS);
  return kflagOf(btf, id) ? word >>> 24 : 0;
}

/** String offset of an enumerator's name. */
export const enumeratorNameOff = (btf: Btf, id: TypeId, index: number): number =>
  elementWord(btf, id, index, 0, ENUMERATORS);

/**
 * An enumerator's value as an unsigned 64-bit number: a 32-bit one is sign-extended whatever the enum's
 * kflag says, as relocation does (libbpf: bpf_core_calc_enumval_relo).
 */
export function enumeratorBits(btf: Btf, id: TypeId, index: number): bigint {
  const low = elementWord(btf, id, index, 4, ENUMERATORS);
  if (rawKindOf(btf, id) === Raw.enum) return BigInt.asUintN(64, BigInt(low | 0));
  return (BigInt(elementWord(btf, id, index, 8, ENUMERATORS)) << 32n) | BigInt(low);
}

/** String offset of a parameter's name. */
export const paramNameOff = (btf: Btf, id: TypeId, index: number): number =>
  elementWord(btf, id, index, 0, PARAMS);
/** Type of a function prototype's parameter; 0, without a name, stands for variable arguments. */
export const paramTypeOf = (btf: Btf, id: TypeId, index: number): TypeId =>
  elementWord(btf, id, index, 4, PARAMS) as TypeId;

/** Variable of a data section. */
export const secVarTypeOf = (btf: Btf, id: TypeId, index: number): TypeId =>
  elementWord(btf, id, index, 0, VARS) as TypeId;
/** Offset of a data section's variable, in bytes. */
export const secVarOffset = (btf: Btf, id: TypeId, index: number): number =>
  elementWord(btf, id, index, 4, VARS);
/** Size of a data section's variable, in bytes. */
export const secVarSize = (btf: Btf, id: TypeId, index: number): number =>
  elementWord(btf, id, index, 8, VARS);

/**
 * @internal The layer that a string offset points into.
 * @throws BtfError `string-offset` when there is none.
 */
export function stringLayerOf(btf: Btf, offset: number): Btf {
  if (!(Number.isInteger(offset) && offset >= 0 && offset < btf.stringEnd)) {
    throw new BtfError("string-offset", `there is no string at ${offset}: strings end at ${btf.stringEnd}`);
  }
  let layer = btf;
  while (offset < layer.stringStart && layer.base !== undefined) layer = layer.base;
  return layer;
}

/** @internal Where the string that starts at `start` ends: at the next 0. */
export function stringEndAt(strings: Uint8Array, start: number): number {
  let end = start;
  while (end < strings.length && strings[end] !== 0) end++;
  return end;
}

/**
 * The bytes of a string, without its terminator: a view, not a copy.
 * @throws BtfError `string-offset` when the offset lies outside the string sections.
 */
export function stringBytesAt(btf: Btf, offset: number): Uint8Array {
  const { strings, stringStart } = stringLayerOf(btf, offset);
  const start = offset - stringStart;
  return strings.subarray(start, stringEndAt(strings, start));
}

/**
 * The string at an offset of the string section (through all bases), decoded as UTF-8: malformed parts become
 * U+FFFD, so that two names may look the same. Compare names with {@link sameName}.
 * @throws BtfError `string-offset` when the offset lies outside the string sections.
 */
export function stringAt(btf: Btf, offset: number): string {
  const { strings, stringStart } = stringLayerOf(btf, offset);
  const start = offset - stringStart;
  return decodeUtf8(strings, start, stringEndAt(strings, start));
}
