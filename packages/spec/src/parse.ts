import {
  arrayElementOf,
  arrayNelemsOf,
  type Btf,
  BtfError,
  enumeratorNameOff,
  isEmptyName,
  type Kind,
  kindOf,
  memberBitOffset,
  memberNameOff,
  memberTypeOf,
  sizeOf,
  skipModifiers,
  stringAt,
  type TypeId,
  typeIdAt,
  vlenOf,
} from "@core/btf";
import { SpecError, type SpecErrorCode } from "./error.js";
import { familyOf, type RelocationKind } from "./kind.js";
import { MAX_BIT_OFFSET, MAX_POINTS, type Point, type Spec } from "./spec.js";

/** What `sscanf("%d")` takes, by which libbpf reads an index, after an optional separator. */
const INDEX = /:?[ \t-\r]*([+-]?[0-9]+)/y;
const MAX_INDEX = 0x7fffffff;

/**
 * Follows an access string through the types of its own object (libbpf: bpf_core_parse_spec).
 *
 * @param rootId the relocation's type id.
 * @param accessStr indices joined by `:`, such as `0:1:2`; exactly `0` for kinds that are about a type.
 * @throws SpecError when the relocation makes no sense in this BTF.
 */
export function parseSpec(btf: Btf, rootId: number, accessStr: string, kind: RelocationKind): Spec {
  try {
    const root = typeIdAt(btf, rootId);
    const family = familyOf(kind);
    if (family === "type") return { btf, rootId: root, kind, points: typePoints(root, accessStr) };
    const indices = parseIndices(accessStr);
    const points = family === "enumval" ? enumPoints(btf, root, indices) : fieldPoints(btf, root, indices);
    return { btf, rootId: root, kind, points };
  } catch (error) {
    if (error instanceof BtfError) throw new SpecError("type", error.message, { typeId: rootId }, error);
    throw error;
  }
}

function typePoints(root: TypeId, accessStr: string): Point[] {
  if (accessStr !== "0") fail("access-string", `access string "${accessStr}" of a type is not "0"`);
  return [{ via: "root", index: 0, typeId: root, bitOffset: 0 }];
}

function parseIndices(accessStr: string): number[] {
  if (accessStr === "" || accessStr.startsWith(":"))
    fail("access-string", `access string "${accessStr}" has no start`);
  const indices: number[] = [];
  INDEX.lastIndex = 0;
  while (INDEX.lastIndex < accessStr.length) {
    const at = INDEX.lastIndex;
    const index = Number(INDEX.exec(accessStr)?.[1] ?? Number.NaN);
    if (!(index >= 0 && index <= MAX_INDEX)) {
      fail(
        "access-string",
        `access string "${accessStr.slice(0, 80)}" has no index from 0 to 2^31 - 1 at ${at}`,
      );
    }
    if (indices.length === MAX_POINTS)
      fail("too-deep", `an access string of more than ${MAX_POINTS} indices`);
    // Number("-0") is -0.
    indices.push(index + 0);
  }
  return indices;
}

function enumPoints(btf: Btf, root: TypeId, indices: readonly number[]): Point[] {
  const typeId = skipModifiers(btf, root);
  const kind = kindOf(btf, typeId);
  const [index = 0] = indices;
  if (kind !== "enum" && kind !== "enum64") fail("type", `type ${root} is of kind ${kind}, not an enum`);
  if (indices.length > 1) fail("access-string", `an enumerator has one index, not ${indices.length}`);
  if (index >= vlenOf(btf, typeId))
    fail("index", `enum ${root} has ${vlenOf(btf, typeId)} enumerators, none at ${index}`);
  const name = stringAt(btf, enumeratorNameOff(btf, typeId, index));
  return [{ via: "enumerator", index, typeId, bitOffset: 0, name }];
}

function fieldPoints(btf: Btf, root: TypeId, indices: readonly number[]): Point[] {
  let typeId = skipModifiers(btf, root);
  const points: Point[] = [];
  for (const index of indices) {
    const bitOffset = points.at(-1)?.bitOffset ?? 0;
    if (points.length === 0) {
      points.push({ via: "root", index, typeId, bitOffset: elementOffset(btf, typeId, index, 0) });
      continue;
    }
    const id = skipModifiers(btf, typeId);
    const kind: Kind = kindOf(btf, id);
    if (kind === "struct" || kind === "union") {
      if (index >= vlenOf(btf, id))
        fail("index", `${kind} ${id} has ${vlenOf(btf, id)} members, none at ${index}`);
      points.push(memberPoint(btf, id, index, bitOffset));
      typeId = memberTypeOf(btf, id, index);
    } else if (kind === "array") {
      const last = points.findLast((point) => point.via !== "anonymous");
      if (index >= arrayNelemsOf(btf, id) && !isFlexibleArray(btf, last, id)) {
        fail("index", `array ${id} has ${arrayNelemsOf(btf, id)} elements, none at ${index}`);
      }
      typeId = skipModifiers(btf, arrayElementOf(btf, id));
      points.push({ via: "element", index, typeId, bitOffset: elementOffset(btf, typeId, index, bitOffset) });
    } else {
      fail(
        "type",
        `index ${points.length} of the access counts in type ${id} of kind ${kind}, which has no parts`,
      );
    }
  }
  return points;
}

/** The point of a struct's or union's member, reached at `bitOffset` bits. */
export function memberPoint(btf: Btf, typeId: TypeId, index: number, bitOffset: number): Point {
  const offset = checkedOffset(bitOffset + memberBitOffset(btf, typeId, index));
  const nameOff = memberNameOff(btf, typeId, index);
  return isEmptyName(btf, nameOff)
    ? { via: "anonymous", index, typeId, bitOffset: offset }
    : { via: "member", index, typeId, bitOffset: offset, name: stringAt(btf, nameOff) };
}

/** Offset in bits of element `index` of an array of `typeId` that starts at `bitOffset` bits. */
export function elementOffset(btf: Btf, typeId: TypeId, index: number, bitOffset: number): number {
  return checkedOffset(bitOffset + index * sizeOf(btf, typeId) * 8);
}

/** libbpf wraps offsets around at 32 bits, and so would patch a wrong one. */
function checkedOffset(bitOffset: number): number {
  if (bitOffset > MAX_BIT_OFFSET) fail("overflow", `the access leads ${bitOffset} bits away, beyond 2^32`);
  return bitOffset;
}

/**
 * Is an array of any length: declared without one, and the last member of its struct or union
 * (libbpf: is_flex_arr). `accessor` is the step that led to it.
 */
export function isFlexibleArray(btf: Btf, accessor: Point | undefined, arrayId: TypeId): boolean {
  return (
    accessor?.via === "member" &&
    arrayNelemsOf(btf, arrayId) === 0 &&
    accessor.index === vlenOf(btf, accessor.typeId) - 1
  );
}

function fail(code: SpecErrorCode, message: string): never {
  throw new SpecError(code, message);
}
