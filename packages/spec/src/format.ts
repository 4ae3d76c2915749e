import { type Btf, formatType, kindOf, nameOf, type TypeId, typeById } from "@core/btf";
import { familyOf } from "./kind.js";
import { bitOffsetOf, type Point, pointNameOf, rawSpec, type Spec } from "./spec.js";

/** Longest text shown of one name or type, in UTF-16 units. Real names are shorter; others may fill a file. */
const MAX_SHOWN = 200;

/** A name or a type's text, cut where it would fill the screen. */
export const shorten = (text: string): string =>
  text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`;

/** A type as messages name it: `struct task_struct [123]`. */
export const describeType = (btf: Btf, typeId: TypeId): string =>
  `${shorten(formatType(btf, typeId))} [${typeId}]`;

/**
 * A spec in libbpf's notation (bpf_core_format_spec):
 * `<byte_off> [7] struct task_struct.pid (0:3 @ offset 16)`. What stands behind the point of an offset is
 * a number of bits: 16.3 is bit 3 of byte 16. Names are as in the BTF, not yet made printable; overlong
 * ones are cut.
 */
export function formatSpec(spec: Spec): string {
  const { btf, rootId, kind } = spec;
  const root = `<${kind}> [${rootId}] ${kindOf(btf, rootId)} ${shorten(nameOf(btf, rootId)) || "<anon>"}`;
  switch (familyOf(kind)) {
    case "type":
      return root;
    case "enumval":
      return root + spec.points.map((point) => formatEnumerator(spec, point)).join("");
    case "field": {
      const offset = bitOffsetOf(spec);
      const bits = offset % 8 === 0 ? "" : `.${offset % 8}`;
      return `${root}${formatAccess(spec)} (${rawSpec(spec).join(":")} @ offset ${Math.floor(offset / 8)}${bits})`;
    }
  }
}

/**
 * The access of a spec as it stands behind its root type in C: `.real_parent.comm[3]`. Names are as in the
 * BTF, not yet made printable; overlong ones are cut.
 */
export function formatAccess({ btf, points }: Spec): string {
  return points.map((point) => formatPoint(btf, point)).join("");
}

function formatPoint(btf: Btf, point: Point): string {
  switch (point.via) {
    case "member":
      return `.${shorten(pointNameOf(btf, point))}`;
    case "enumerator":
      return `::${shorten(pointNameOf(btf, point))}`;
    case "element":
      return `[${point.index}]`;
    case "root":
      return point.index === 0 ? "" : `[${point.index}]`;
    case "anonymous":
      return "";
  }
}

function formatEnumerator({ btf }: Spec, point: Point): string {
  const type = typeById(btf, point.typeId);
  const value = "enumerators" in type ? type.enumerators[point.index]?.value : undefined;
  return `${formatPoint(btf, point)} = ${value}`;
}
