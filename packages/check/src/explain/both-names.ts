import { kindOf, memberBitSize, memberTypeOf, nameOf, skipModifiers } from "@core/btf";
import { formatAccess, type Point, type Spec } from "@core/spec";
import { formatAccessInC, pointerTo } from "./access.js";

/** How types without a name are written. */
export const ANONYMOUS = "<anon>";

/** A field that may be another one renamed. */
interface OtherField {
  /** The struct or union that has it, as C names it. */
  readonly of: string;
  readonly name: string;
  /** As C declares it. */
  readonly declaration: string;
  /** In bits; 0 for what is no bitfield. */
  readonly bitSize: number;
  readonly isArray: boolean;
  /** Of the type that the missing one has. */
  readonly isSame: boolean;
}

/**
 * C that reads a field where the kernel has it, and else what a program looks for.
 * @param missing of the program's access, the field that the other one stands for; what follows it is read of the other, too
 * @returns null where it would take more to say
 */
export function formatBothNames(local: Spec, missing: Point, other: OtherField): string | null {
  const { of, name, declaration, isSame } = other;
  const at = local.points.indexOf(missing);
  const upTo = (end: number): string => formatAccess({ ...local, points: local.points.slice(0, end) });
  const [before, whole] = [upTo(at), formatAccess(local)];
  const rest = whole.slice(upTo(at + 1).length);
  if (of.includes(ANONYMOUS) || !whole.startsWith(".") || (rest !== "" && !isSame)) return null;
  const pointer = pointerTo(nameOf(local.btf, local.rootId));
  const owner =
    before === "" ? pointer : `&${formatAccessInC({ ...local, points: local.points.slice(0, at) })}`;
  const own = wayOfAccess(local);
  const way = rest === "" ? wayOf(other) : own;
  return [
    `${of}___new {`,
    `    ${declaration};`,
    "} __attribute__((preserve_access_index));",
    "",
    `${of}___new *new = (void *)${owner};`,
    `if (bpf_core_field_exists(new->${name}${rest}))`,
    `    ${way("new", name + rest)};`,
    "else",
    `    ${own(pointer, whole.slice(1))};`,
  ].join("\n");
}

type Way = (pointer: string, field: string) => string;

const wayOf = ({ bitSize, isArray }: Pick<OtherField, "bitSize" | "isArray">): Way => {
  if (bitSize !== 0) return (pointer, field) => `value = BPF_CORE_READ_BITFIELD_PROBED(${pointer}, ${field})`;
  // C has no arrays as values.
  if (isArray) return (pointer, field) => `BPF_CORE_READ_INTO(&value, ${pointer}, ${field})`;
  return (pointer, field) => `value = BPF_CORE_READ(${pointer}, ${field})`;
};

function wayOfAccess({ btf, points }: Spec): Way {
  const last = points.at(-1);
  if (last === undefined) return wayOf({ bitSize: 0, isArray: false });
  const isMember = last.via === "member";
  const type = isMember ? memberTypeOf(btf, last.typeId, last.index) : last.typeId;
  return wayOf({
    bitSize: isMember ? memberBitSize(btf, last.typeId, last.index) : 0,
    isArray: kindOf(btf, skipModifiers(btf, type)) === "array",
  });
}
