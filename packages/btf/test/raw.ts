import type { ByteOrder } from "@core/bytes";

// BTF laid out by hand, field by field as in include/uapi/linux/btf.h: what the parser and the writer are held
// against, and what no writer would write.

/** Kinds by name, BTF_KIND_*. */
export const KIND = {
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
  func_proto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  decl_tag: 17,
  type_tag: 18,
  enum64: 19,
} as const;

/** The second word of a record. */
export const info = (kind: number, vlen = 0, kflag = false): number =>
  kind * 2 ** 24 + vlen + (kflag ? 2 ** 31 : 0);

export interface RawBtf {
  readonly order?: ByteOrder;
  /** Words of the type section. */
  readonly types?: readonly number[];
  /** The string section, terminators included. */
  readonly strings?: string | Uint8Array;
  /** Of each kind: bytes behind the head of a record, and per element. */
  readonly layout?: readonly (readonly [infoSize: number, elemSize: number])[];
  /** Bytes; what is not a field of the header becomes `filler`. */
  readonly headerLength?: number;
  readonly filler?: number;
  /** Fields of the header that are to be other than what follows from the rest. */
  readonly header?: Partial<Record<HeaderField, number>>;
}

/** Offset of each field of the header; all but the first have 4 bytes. */
export const HEADER = {
  magic: 0,
  headerLength: 4,
  typeOff: 8,
  typeLen: 12,
  strOff: 16,
  strLen: 20,
  layoutOff: 24,
  layoutLen: 28,
} as const;
type HeaderField = keyof typeof HEADER;

export function rawBtf(plan: RawBtf): Uint8Array<ArrayBuffer> {
  const { order = "little", types = [], layout = [], headerLength = layout.length > 0 ? 32 : 24 } = plan;
  const strings =
    typeof plan.strings === "string"
      ? new TextEncoder().encode(plan.strings)
      : (plan.strings ?? new Uint8Array(1));
  const typeLen = types.length * 4;
  const layoutLen = layout.length * 4;
  const bytes = new Uint8Array(headerLength + typeLen + layoutLen + strings.length).fill(
    plan.filler ?? 0,
    0,
    headerLength,
  );
  const view = new DataView(bytes.buffer);
  const little = order === "little";
  view.setUint16(0, plan.header?.magic ?? 0xeb9f, little);
  view.setUint8(2, 1);
  view.setUint8(3, 0);
  const fields = {
    headerLength,
    typeOff: 0,
    typeLen,
    strOff: typeLen + layoutLen,
    strLen: strings.length,
    layoutOff: layoutLen > 0 ? typeLen : 0,
    layoutLen,
    ...plan.header,
  };
  for (const [field, at] of Object.entries(HEADER)) {
    if (field !== "magic" && at + 4 <= headerLength)
      view.setUint32(at, fields[field as keyof typeof fields] ?? 0, little);
  }
  for (const [i, word] of types.entries()) view.setUint32(headerLength + i * 4, word >>> 0, little);
  for (const [kind, sizes] of layout.entries()) bytes.set(sizes, headerLength + typeLen + kind * 4);
  bytes.set(strings, headerLength + typeLen + layoutLen);
  return bytes;
}

/** Sizes of all kinds in a layout section, as in libbpf's table (btf.c: layouts). */
export const KNOWN_LAYOUT: readonly (readonly [number, number])[] = [
  [0, 0],
  [4, 0],
  [0, 0],
  [12, 0],
  [0, 12],
  [0, 12],
  [0, 8],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 8],
  [4, 0],
  [0, 12],
  [0, 0],
  [4, 0],
  [0, 0],
  [0, 12],
];

/** An int of 4 bytes, and a pointer to it. */
export const TWO_TYPES = {
  types: [1, info(KIND.int), 4, 32, 0, info(KIND.ptr), 1],
  strings: "\0int\0",
} as const satisfies RawBtf;
