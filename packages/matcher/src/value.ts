import {
  arrayElementOf,
  type Btf,
  enumeratorBits,
  intEncodingOf,
  kflagOf,
  kindOf,
  memberBitSize,
  memberTypeOf,
  ownSizeOf,
  sizeOf,
  skipModifiers,
  type TypeId,
} from "@core/btf";
import type { ByteOrder } from "@core/bytes";
import { bitOffsetOf, familyOf, type Point, type RelocationKind, type Spec } from "@core/spec";
import { MatcherError } from "./error.js";

/** What one spec, local or target, amounts to for its kind of relocation. */
export interface Value {
  /** As an unsigned 64-bit number. */
  readonly value: bigint;
  /** Size in bytes of the field, or of the element of an array field, that a load or store accesses; else 0. */
  readonly size: number;
  /** Type of that field; 0 where `size` is. */
  readonly typeId: TypeId;
  /** Must an instruction hold this value before it is patched? Compilers differ about bitfields and type ids. */
  readonly validate: boolean;
}

const SIGNED = 1;
const VOID = 0 as TypeId;

const plainValue = (value: number | bigint, validate = true): Value => ({
  value: BigInt(value),
  size: 0,
  typeId: VOID,
  validate,
});

/**
 * The value of a spec for its kind (libbpf: bpf_core_calc_field_relo and its siblings).
 *
 * @param order of the object that is relocated. libbpf takes the byte order of the machine that it runs on.
 * @throws MatcherError `array-element`, `bitfield`; BtfError `no-size`.
 */
export function calculate(spec: Spec, order: ByteOrder): Value {
  switch (familyOf(spec.kind)) {
    case "field":
      return fieldValue(spec, order);
    case "type":
      return typeValue(spec);
    case "enumval":
      return enumValue(spec);
  }
}

/** The value where nothing in the target matches; `undefined` asks for poison. */
export function valueOfNothing(kind: RelocationKind): bigint | undefined {
  switch (kind) {
    case "field_exists":
    case "enumval_exists":
    case "type_exists":
    case "type_matches":
    case "type_size":
    case "target_type_id":
      return 0n;
    default:
      return undefined;
  }
}

function typeValue({ btf, rootId, kind }: Spec): Value {
  switch (kind) {
    case "type_size":
      return plainValue(sizeOf(btf, rootId));
    case "local_type_id":
    case "target_type_id":
      // Linkers renumber types without touching the instructions.
      return plainValue(rootId, false);
    default:
      return plainValue(1);
  }
}

function enumValue({ btf, kind, points }: Spec): Value {
  const [point] = points;
  if (kind === "enumval_exists" || point === undefined) return plainValue(1);
  return plainValue(enumeratorBits(btf, point.typeId, point.index));
}

function fieldValue(spec: Spec, order: ByteOrder): Value {
  const last = lastAccessor(spec);
  if (spec.kind === "field_exists" || last === undefined) return plainValue(1);
  return last.via === "member"
    ? memberValue(spec, order, last.typeId, last.index)
    : elementValue(spec, last.typeId);
}

/** What the points behind it, all anonymous, lead to has no name, and so no value of its own. */
function lastAccessor({ points }: Spec): Point | undefined {
  let last = points.length - 1;
  while (points[last]?.via === "anonymous") last--;
  return points[last];
}

/** An access that ends in an array element, or in the root itself. */
function elementValue(spec: Spec, typeId: TypeId): Value {
  const { btf, kind } = spec;
  switch (kind) {
    case "byte_off": {
      const value = BigInt(Math.floor(bitOffsetOf(spec) / 8));
      return { value, size: sizeOf(btf, elementBehind(btf, typeId)), typeId, validate: true };
    }
    case "byte_sz":
      return plainValue(sizeOf(btf, typeId));
    default:
      throw new MatcherError("array-element", `${kind} cannot be applied to an array element`, { typeId });
  }
}

function memberValue(spec: Spec, order: ByteOrder, structId: TypeId, index: number): Value {
  const { btf, kind } = spec;
  const typeId = skipModifiers(btf, memberTypeOf(btf, structId, index));
  const bitfieldSize = memberBitSize(btf, structId, index);
  const bitfield = bitfieldSize > 0;
  const bitOffset = bitOffsetOf(spec);
  const byteSize = bitfield ? loadSize(btf, typeId, bitOffset, bitfieldSize) : sizeOf(btf, typeId);
  const byteOffset = bitfield ? loadOffset(bitOffset, byteSize) : Math.floor(bitOffset / 8);
  const bitSize = bitfield ? bitfieldSize : byteSize * 8;

  switch (kind) {
    case "byte_off":
      if (bitfield) return plainValue(byteOffset, false);
      return {
        value: BigInt(byteOffset),
        size: kindOf(btf, typeId) === "array" ? sizeOf(btf, elementBehind(btf, typeId)) : byteSize,
        typeId,
        validate: true,
      };
    case "byte_sz":
      return plainValue(byteSize, !bitfield);
    case "signed":
      return plainValue(isSigned(btf, typeId) ? 1 : 0);
    case "lshift_u64": {
      const bitInLoad = bitOffset - byteOffset * 8;
      const shift = order === "little" ? 64 - (bitInLoad + bitSize) : (8 - byteSize) * 8 + bitInLoad;
      return plainValue(u32(shift), !bitfield);
    }
    default:
      return plainValue(u32(64 - bitSize));
  }
}

/** Shifts of fields beyond 64 bits are negative; libbpf reckons them, too, in 32 unsigned bits. */
const u32 = (value: number): number => value >>> 0;

function isSigned(btf: Btf, typeId: TypeId): boolean {
  const kind = kindOf(btf, typeId);
  if (kind === "enum" || kind === "enum64") return kflagOf(btf, typeId);
  return kind === "int" && (intEncodingOf(btf, typeId) & SIGNED) !== 0;
}

/**
 * Size in bytes of the smallest aligned load that covers a bitfield: begins with the declared type's size and doubles.
 * The field's place and size are in bits.
 */
function loadSize(btf: Btf, typeId: TypeId, bitOffset: number, bitSize: number): number {
  let byteSize = ownSizeOf(btf, typeId);
  if (byteSize === 0)
    throw new MatcherError("bitfield", `type ${typeId} of a bitfield has size 0`, { typeId });
  while (bitOffset + bitSize - loadOffset(bitOffset, byteSize) * 8 > byteSize * 8) {
    if (byteSize >= 8) {
      const message = `a bitfield of ${bitSize} bits at bit ${bitOffset} does not fit a load of 8 bytes`;
      throw new MatcherError("bitfield", message, { typeId });
    }
    byteSize *= 2;
  }
  return byteSize;
}

/** Where the aligned load of that many bytes is that begins with bit `bitOffset` or before it, in bytes. */
const loadOffset = (bitOffset: number, byteSize: number): number =>
  Math.floor(Math.floor(bitOffset / 8) / byteSize) * byteSize;

/** What an array of any number of dimensions is made of. */
function elementBehind(btf: Btf, typeId: TypeId): TypeId {
  let id = skipModifiers(btf, typeId);
  // An array in a cycle has no size, and whatever asks for the element's asks for the array's first.
  while (kindOf(btf, id) === "array") id = skipModifiers(btf, arrayElementOf(btf, id));
  return id;
}

/**
 * May a load or store of a field change its width with the field's? Only pointers, and integers not
 * declared signed, keep their meaning when they are zero-extended.
 */
export function sizeAdjustable(local: Btf, original: Value, target: Btf, value: Value): boolean {
  const kind = kindOf(local, original.typeId);
  if (kind !== kindOf(target, value.typeId)) return false;
  if (kind === "ptr") return true;
  return (
    kind === "int" &&
    intEncodingOf(local, original.typeId) !== SIGNED &&
    intEncodingOf(target, value.typeId) !== SIGNED
  );
}
