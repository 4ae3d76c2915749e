/** The first two bytes, of which the order tells the byte order of all that follows. */
export const MAGIC = 0xeb9f;

/** Bytes of the header without, and (from Linux 7.1 on) with what says where the layout section is. */
export const HEADER_LENGTH = { least: 24, withLayout: 32 } as const;

/** Kinds by their number in BTF, 0 to 19 (include/uapi/linux/btf.h). */
export const KINDS = [
  "void",
  "int",
  "ptr",
  "array",
  "struct",
  "union",
  "enum",
  "fwd",
  "typedef",
  "volatile",
  "const",
  "restrict",
  "func",
  "func_proto",
  "var",
  "datasec",
  "float",
  "decl_tag",
  "type_tag",
  "enum64",
] as const;

/** `void` is the kind of type id 0 alone; `unknown` is a kind newer than this library. */
export type Kind = (typeof KINDS)[number] | "unknown";

/** Numbers of the kinds, for reading raw records. */
export const Raw = {
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  funcProto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

/** Kind of a record by its number. None is void: a record of kind 0 is one that a layout section describes. */
export const kindOfRecord = (kind: number): Kind => (kind === 0 ? "unknown" : (KINDS[kind] ?? "unknown"));

/** How many kinds there can be: their number has 7 bits. */
export const MAX_KINDS = 128;

/** Bytes of name_off, info and size/type, with which every record begins. */
export const RECORD_HEAD = 12;

/** Bytes that follow the head of a record of each known kind, by kind number. */
export const INFO_SIZE = new Uint8Array([0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0]);

/** Bytes per element (member, enumerator, parameter, variable) of each known kind, by kind number. */
export const ELEM_SIZE = new Uint8Array([0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12]);

/** Which kinds have a type id as the third word of a record, by kind number; an array has two behind it. */
export const HEAD_HAS_TYPE = flags(
  Raw.ptr,
  Raw.typedef,
  Raw.volatile,
  Raw.const,
  Raw.restrict,
  Raw.func,
  Raw.funcProto,
  Raw.var,
  Raw.declTag,
  Raw.typeTag,
);
/** Which of them are modifiers or typedefs: what they refer to is a value of the same form. By kind number. */
export const IS_MODIFIER = flags(Raw.typedef, Raw.volatile, Raw.const, Raw.restrict, Raw.typeTag);
/** Which kinds have their size in bytes as the third word of a record, by kind number. */
export const HAS_OWN_SIZE = flags(
  Raw.int,
  Raw.struct,
  Raw.union,
  Raw.enum,
  Raw.datasec,
  Raw.float,
  Raw.enum64,
);
/** Which kinds have a name in each element, at its start, and which a type id. By kind number. */
export const ELEMENT_HAS_NAME = flags(Raw.struct, Raw.union, Raw.enum, Raw.funcProto, Raw.enum64);
export const ELEMENT_HAS_TYPE = flags(Raw.struct, Raw.union, Raw.funcProto, Raw.datasec);

/** A 1 for each of these kinds, by kind number. */
export function flags(...kinds: readonly number[]): Uint8Array {
  const set = new Uint8Array(KINDS.length);
  for (const kind of kinds) set[kind] = 1;
  return set;
}

/** Byte offset of the type id within an element: members and parameters start with a name, variables do not. */
export const elementTypeAt = (kind: number): number => (kind === Raw.datasec ? 0 : 4);

/** `info`: vlen in bits 0-23, kind in bits 24-30, kflag in bit 31. Older kernels use 16 bits for vlen and 5 for kind. */
export const vlenOfInfo = (info: number): number => info & 0xffffff;
export const kindOfInfo = (info: number): number => (info >>> 24) & 0x7f;
export const kflagOfInfo = (info: number): boolean => info >>> 31 === 1;
