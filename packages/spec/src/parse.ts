import {
  arrayElementOf,
  arrayNelemsOf,
  type Btf,
  BtfError,
  isEmptyName,
  kindOf,
  memberNameOff,
  memberTypeOf,
  skipModifiers,
  type TypeId,
  typeIdAt,
  vlenOf,
} from "@core/btf";
import { SpecError, type SpecErrorCode } from "./error.js";
import { describeType, shorten } from "./format.js";
import { familyOf, type RelocationKind } from "./kind.js";
import { elementOffset, isFlexibleArray, memberOffset } from "./layout.js";
import { MAX_POINTS, type Point, type Spec } from "./spec.js";

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
    return { btf, rootId: root, kind, points: parsePoints(btf, root, accessStr, kind) };
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    const message = `cannot follow "${shorten(accessStr)}" from type ${rootId}: ${error.message}`;
    throw new SpecError("type", message, { typeId: rootId }, error);
  }
}

function parsePoints(btf: Btf, root: TypeId, accessStr: string, kind: RelocationKind): readonly Point[] {
  switch (familyOf(kind)) {
    case "type":
      if (accessStr !== "0") refuse(accessStr, `is not "0", as it has to be for ${kind}`);
      return [{ via: "root", index: 0, typeId: root, bitOffset: 0 }];
    case "enumval":
      return [enumeratorPoint(btf, root, accessStr)];
    case "field":
      return fieldPoints(btf, root, accessStr);
  }
}

/** Each index as `sscanf("%d")` reads it, by which libbpf does, after an optional separator. */
function parseIndices(accessStr: string): readonly number[] {
  if (accessStr === "") refuse(accessStr, "is empty");
  if (accessStr.startsWith(":")) refuse(accessStr, "has no index before its first separator");
  const indices: number[] = [];
  for (let at = 0; at < accessStr.length; ) {
    const start = at;
    if (accessStr[at] === ":") at++;
    while (isSpace(accessStr.charCodeAt(at))) at++;
    const sign = accessStr[at];
    if (sign === "-" || sign === "+") at++;
    const digits = at;
    let index = 0;
    for (let digit = digitAt(accessStr, at); digit >= 0 && digit <= 9; digit = digitAt(accessStr, ++at))
      index = index * 10 + digit;
    if (at === digits || index > MAX_INDEX || (sign === "-" && index !== 0))
      refuse(accessStr, `has no index from 0 to 2^31 - 1 at character ${start}`);
    if (indices.length === MAX_POINTS)
      fail("too-deep", `an access string of more than ${MAX_POINTS} indices`);
    indices.push(index);
  }
  return indices;
}

/** As C's isspace: a blank, or a control character from tab to carriage return. */
const isSpace = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d);

/** Any number but 0 to 9 for what is no digit, and none behind the end. */
const digitAt = (text: string, at: number): number => text.charCodeAt(at) - 0x30;

function enumeratorPoint(btf: Btf, root: TypeId, accessStr: string): Point {
  const indices = parseIndices(accessStr);
  const typeId = skipModifiers(btf, root);
  const kind = kindOf(btf, typeId);
  if (kind !== "enum" && kind !== "enum64") {
    fail("type", `${describeType(btf, root)} is of kind ${kind} and has no enumerators`, root);
  }
  const [index = 0] = indices;
  if (indices.length > 1) refuse(accessStr, "has more than the one index of an enumerator");
  checkIndex(btf, typeId, index, "enumerators");
  return { via: "enumerator", index, typeId, bitOffset: 0 };
}

function fieldPoints(btf: Btf, root: TypeId, accessStr: string): readonly Point[] {
  const indices = parseIndices(accessStr);
  const first = indices[0] ?? 0;
  let typeId = skipModifiers(btf, root);
  let point: Point = { via: "root", index: first, typeId, bitOffset: elementOffset(btf, typeId, first, 0) };
  let accessor: Point = point;
  // As long as it will be: an array that grows keeps room for sixteen more, and these last as long as their object.
  const points = new Array<Point>(indices.length);
  points[0] = point;
  for (let i = 1; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    const id = skipModifiers(btf, typeId);
    const kind = kindOf(btf, id);
    if (kind === "struct" || kind === "union") {
      checkIndex(btf, id, index, "members");
      point = memberPoint(btf, id, index, point.bitOffset);
      typeId = memberTypeOf(btf, id, index);
    } else if (kind === "array") {
      if (index >= arrayNelemsOf(btf, id) && !isFlexibleArray(btf, accessor, id)) {
        fail(
          "index",
          `${describeType(btf, id)} has ${arrayNelemsOf(btf, id)} elements, none at index ${index}`,
          id,
        );
      }
      typeId = skipModifiers(btf, arrayElementOf(btf, id));
      const bitOffset = elementOffset(btf, typeId, index, point.bitOffset);
      point = { via: "element", index, typeId, bitOffset };
    } else {
      const where = `index ${i} of access string "${shorten(accessStr)}"`;
      fail("type", `${where} leads into ${describeType(btf, id)} of kind ${kind}, which has no parts`, id);
    }
    points[i] = point;
    if (point.via !== "anonymous") accessor = point;
  }
  return points;
}

function checkIndex(btf: Btf, typeId: TypeId, index: number, what: "members" | "enumerators"): void {
  const vlen = vlenOf(btf, typeId);
  if (index >= vlen)
    fail("index", `${describeType(btf, typeId)} has ${vlen} ${what}, none at index ${index}`, typeId);
}

/** The point of a struct's or union's member in the object's own BTF, reached at `bitOffset` bits. */
function memberPoint(btf: Btf, typeId: TypeId, index: number, bitOffset: number): Point {
  const nameOff = memberNameOff(btf, typeId, index);
  const offset = memberOffset(btf, typeId, index, bitOffset);
  if (nameOff === 0) return { via: "anonymous", index, typeId, bitOffset: offset };
  if (isEmptyName(btf, nameOff)) {
    // In a target libbpf takes it for anonymous, here for broken.
    fail("type", `member ${index} of ${describeType(btf, typeId)} has a name that is empty`, typeId);
  }
  return { via: "member", index, typeId, bitOffset: offset };
}

const refuse = (accessStr: string, flaw: string): never =>
  fail("access-string", `access string "${shorten(accessStr)}" ${flaw}`);

function fail(code: SpecErrorCode, message: string, typeId?: TypeId): never {
  throw new SpecError(code, message, typeId === undefined ? {} : { typeId });
}
