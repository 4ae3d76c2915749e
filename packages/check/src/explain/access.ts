import { essentialName, formatType, kindOf, nameOf } from "@core/btf";
import { familyOf, formatAccess, type Spec, shorten } from "@core/spec";

/** The type that an access starts from as C names it, without the flavor: `struct task_struct`. */
export const rootTypeOf = ({ btf, rootId }: Spec): string =>
  // Of the name, and not of the keyword before it.
  shorten(formatType(btf, rootId)).replace(/[^ ]+$/, essentialName);

/** What is accessed, the same for all flavors of a type: `struct task_struct.real_parent.tgid`. */
export function subjectOf(spec: Spec): string {
  const subject = SUBJECTS.get(spec) ?? rootTypeOf(spec) + formatAccess(spec);
  SUBJECTS.set(spec, subject);
  return subject;
}

/** Of each kernel that an object is checked on the same is said. */
const SUBJECTS = new WeakMap<Spec, string>();

/** A name for a pointer to a type, as people choose it: `task` for `struct task_struct`. */
export function pointerTo(name: string): string {
  const short = essentialName(name).replace(/_(struct|t)$/, "");
  return shorten(short) || "p";
}

/** What is accessed, as C writes it: `task->real_parent.tgid`, `enum e::A` as `A`, a type by its name. */
export function formatAccessInC(spec: Spec): string {
  switch (familyOf(spec.kind)) {
    case "type":
      return rootTypeOf(spec);
    case "enumval":
      return formatAccess(spec).replace("::", "");
    case "field": {
      const pointer = pointerTo(nameOf(spec.btf, spec.rootId));
      const access = formatAccess(spec);
      if (access === "") return `*${pointer}`;
      return access.startsWith(".") ? `${pointer}->${access.slice(1)}` : `${pointer}${access}`;
    }
  }
}

/** The condition that asks whether what a relocation is about is there. */
export function formatGuard(spec: Spec): string {
  const access = formatAccessInC(spec);
  // With its flavor: what the program declares.
  const type = shorten(formatType(spec.btf, spec.rootId));
  switch (familyOf(spec.kind)) {
    case "type":
      return `bpf_core_type_exists(${type})`;
    case "enumval":
      return `bpf_core_enum_value_exists(${type}, ${access})`;
    case "field":
      return isStructLike(spec) ? `bpf_core_field_exists(${access})` : `bpf_core_type_exists(${type})`;
  }
}

const isStructLike = (spec: Spec): boolean =>
  formatAccess(spec) !== "" || kindOf(spec.btf, spec.rootId) !== "typedef";
