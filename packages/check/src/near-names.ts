import { type Btf, type Kind, kindOf, nameOf, type TypeId } from "@core/btf";
import { nearestNames } from "@core/btf/find";
import { type CheckKernel, findKernelType } from "./kernel.js";

/** So many names are looked for in a kernel: each takes some milliseconds, and a reader has seen enough. */
const MAX_LOOKUPS = 64;

/**
 * Names that a kernel has and that one it lacks may be meant to be, without `prefix`, which all of them have; nothing
 * unless the kernel was opened to suggest some.
 */
export function namesNear(
  { btf, modules, suggested }: CheckKernel,
  wanted: string,
  kind: Kind,
  prefix = "",
): readonly string[] {
  const key = `${kind} ${prefix}${wanted}`;
  const known = suggested?.get(key);
  if (suggested === undefined || known !== undefined || suggested.size >= MAX_LOOKUPS) return known ?? [];
  const found = nearestNames(wanted, namesOf([btf, ...modules.map((module) => module.btf)], kind, prefix));
  suggested.set(key, found);
  return found;
}

function* namesOf(btfs: readonly Btf[], kind: Kind, prefix: string): Generator<string, void> {
  for (const btf of btfs) {
    for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) {
      if (kindOf(btf, id) !== kind) continue;
      const name = nameOf(btf, id);
      if (name.startsWith(prefix)) yield name.slice(prefix.length);
    }
  }
}

/** What candidates may be of. Their kinds are not to be confused: a struct is no candidate for a union. */
const ROOT_KINDS = ["struct", "union", "enum", "enum64", "typedef", "fwd"] as const;

/** Types that a kernel has and that one it lacks may be meant to be: the same name of another kind, or a near one. */
export function typesNear(kernel: CheckKernel, name: string, kind: Kind): readonly string[] {
  if (kernel.suggested === undefined) return [];
  const others = ROOT_KINDS.filter((other) => other !== kind && findKernelType(kernel, name, other));
  return [
    ...others.map((other) => `${other} ${name}`),
    ...namesNear(kernel, name, kind).map((near) => `${kind} ${near}`),
  ];
}

/** The kernel's names that one it lacks may be meant to be, as a hint; none where there are none. */
export const suggestion = (names: readonly string[]): readonly string[] =>
  names.length === 0
    ? []
    : [`the kernel has ${names.join(", ")}: is it ${names.length === 1 ? "that" : "one of these"}?`];
