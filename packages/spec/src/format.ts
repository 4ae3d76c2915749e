import { kindOf, nameOf, typeById } from "@core/btf";
import { familyOf } from "./kind.js";
import { bitOffsetOf, type Point, rawSpec, type Spec } from "./spec.js";

/**
 * A spec in libbpf's notation (bpf_core_format_spec):
 * `<byte_off> [7] struct task_struct.pid (0:3 @ offset 16)`. Names are as in the BTF, not yet made
 * printable.
 */
export function formatSpec(spec: Spec): string {
  const { btf, rootId, kind } = spec;
  const rootKind = rootId === 0 ? "unknown" : kindOf(btf, rootId);
  const root = `<${kind}> [${rootId}] ${rootKind} ${nameOf(btf, rootId) || "<anon>"}`;
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

/** The access of a spec as it stands behind its root type in C: `.real_parent.comm[3]`. */
export function formatAccess(spec: Spec): string {
  return spec.points.map(formatPoint).join("");
}

function formatPoint(point: Point): string {
  switch (point.via) {
    case "member":
      return `.${point.name}`;
    case "enumerator":
      return `::${point.name}`;
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
  return `${formatPoint(point)} = ${value}`;
}
