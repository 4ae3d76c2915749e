import {
  type Btf,
  declTagIndexOf,
  essentialName,
  formatType,
  idsByName,
  referredTypeOf,
  skipModifiers,
  type TypeId,
  typeIdAt,
} from "@core/btf";
import { typesIncompatible } from "@core/matcher";
import type { Reference } from "@core/reach";
import type { Finding } from "./finding.js";
import { type CheckKernel, findKernelType, type KernelType } from "./kernel.js";
import { namesNear, suggestion } from "./near-names.js";

/** A reference to what the kernel has to provide. */
export type ExternReference = Extract<Reference, { kind: "kconfig" | "ksym" | "kfunc" }>;

export const isExtern = (reference: Reference): reference is ExternReference =>
  reference.kind === "kconfig" || reference.kind === "ksym" || reference.kind === "kfunc";

/**
 * What libbpf says of an `extern` before it loads any program of the object (bpf_object__resolve_externs). A weak one
 * that is missing is no matter until it is called.
 */
export function checkExtern(kernel: CheckKernel, local: Btf, extern: ExternReference): readonly Finding[] {
  switch (extern.kind) {
    case "kconfig":
      return checkKconfig(kernel, extern);
    case "ksym":
      return extern.typed ? checkTypedKsym(kernel, local, extern) : checkUntypedKsym(kernel, extern);
    case "kfunc":
      return extern.weak ? [] : [findKfunc(kernel, local, extern).finding ?? []].flat();
  }
}

/** What libbpf itself gives a value to. */
const VIRTUAL_KCONFIG: ReadonlySet<string> = new Set([
  "LINUX_KERNEL_VERSION",
  "LINUX_HAS_BPF_COOKIE",
  "LINUX_HAS_SYSCALL_WRAPPER",
]);

function checkKconfig({ kconfig }: CheckKernel, { name, weak }: ExternReference): readonly Finding[] {
  if (VIRTUAL_KCONFIG.has(name)) return [];
  const subject = `extern ${name} __kconfig`;
  if (!name.startsWith("CONFIG_")) {
    if (weak && name.startsWith("LINUX_")) return [];
    const message = `extern ${name} __kconfig is none that libbpf knows: those begin with CONFIG_, or with LINUX_ and are __weak`;
    return [{ code: "kconfig-missing", verdict: "fails", message, subject }];
  }
  if (weak || kconfig?.has(name)) return [];
  const hints = [`declare it __weak: it is 0 where the kernel's configuration does not set it`];
  if (kconfig === undefined) {
    const message = `whether the kernel is configured with ${name}, which the object needs, cannot be told from BTF`;
    return [{ code: "kconfig-unknown", verdict: "unknown", message, subject, hints }];
  }
  const message = `the kernel's configuration does not set ${name}, and the object declares it strong: not resolved`;
  return [{ code: "kconfig-missing", verdict: "fails", message, subject, hints }];
}

function checkTypedKsym(
  kernel: CheckKernel,
  local: Btf,
  { name, weak, typeId }: ExternReference,
): readonly Finding[] {
  const subject = `extern ${name} __ksym`;
  const found = findKernelType(kernel, name, "var");
  if (found === undefined) {
    if (weak) return [];
    const message = `extern (var ksym) '${name}': not found in the kernel's BTF${searchedModules(kernel)}`;
    const hint = `declare it __weak, and use it only where bpf_ksym_exists(&${name}) says so`;
    const hints = [...suggestion(namesNear(kernel, name, "var")), hint];
    return [{ code: "ksym-missing", verdict: "fails", message, subject, hints }];
  }
  const wanted = skipModifiers(local, referredTypeOf(local, typeIdAt(local, typeId)));
  const type = skipModifiers(found.btf, referredTypeOf(found.btf, found.id));
  if (typesIncompatible(local, wanted, found.btf, type) === undefined) return [];
  const message = `extern (var ksym) '${name}': incompatible types, it is ${formatType(found.btf, type)} in the kernel, not ${formatType(local, wanted)}`;
  return [{ code: "ksym-missing", verdict: "fails", message, subject }];
}

function checkUntypedKsym(kernel: CheckKernel, { name, weak }: ExternReference): readonly Finding[] {
  const { kallsyms } = kernel;
  if (weak || kallsyms?.has(name)) return [];
  const subject = `extern ${name} __ksym`;
  if (kallsyms !== undefined) {
    const message = `extern '${name}' (strong): not resolved, the kernel has no symbol of that name`;
    return [{ code: "ksym-missing", verdict: "fails", message, subject }];
  }
  // Whatever has a place in BTF has an address.
  if (findKernelType(kernel, name, "func") ?? findKernelType(kernel, name, "var")) return [];
  const message = `whether the kernel has a symbol ${name}, which the object needs, is in its kallsyms and not in BTF`;
  return [{ code: "ksym-unknown", verdict: "unknown", message, subject }];
}

/** A kernel function that an object calls: where it is, or why it cannot be called. */
export function findKfunc(
  kernel: CheckKernel,
  local: Btf,
  { name, typeId }: ExternReference,
): { readonly found: KernelType | undefined; readonly finding: Finding | undefined } {
  const wanted = essentialName(name);
  const subject = `kfunc ${wanted}`;
  const found = findKernelType(kernel, wanted, "func");
  const hints = [`declare it __weak, and call it only where bpf_ksym_exists(${name}) says so`];
  if (found === undefined) {
    const message = `extern (func ksym) '${name}': not found in the kernel's BTF${searchedModules(kernel)}`;
    const near = suggestion(namesNear(kernel, wanted, "func"));
    const all = [...near, ...hints];
    return { found, finding: { code: "kfunc-missing", verdict: "fails", message, subject, hints: all } };
  }
  const wantedProto = referredTypeOf(local, typeIdAt(local, typeId));
  const proto = referredTypeOf(found.btf, found.id);
  if (typesIncompatible(local, wantedProto, found.btf, proto) === undefined)
    return { found, finding: undefined };
  const message = `extern (func ksym) '${name}': func_proto incompatible with ${found.module ?? "vmlinux"}: it is ${formatType(found.btf, proto)} in the kernel, not ${formatType(local, wantedProto)}`;
  return {
    found: undefined,
    finding: { code: "kfunc-prototype", verdict: "fails", message, subject, hints },
  };
}

const searchedModules = ({ modules }: CheckKernel): string =>
  modules.length === 0 ? ", and no module's was given" : `, nor in that of ${modules.length} modules`;

const KFUNC_TAG = "bpf_kfunc";

/**
 * May BPF programs call this function? Kernels built by newer tools tag such functions; `undefined` where none is
 * tagged, so that it cannot be told.
 */
export function isTaggedKfunc({ kfuncs }: CheckKernel, { btf, id }: KernelType): boolean | undefined {
  const tagged = kfuncs.get(btf) ?? taggedFunctions(btf);
  kfuncs.set(btf, tagged);
  return tagged.size === 0 ? undefined : tagged.has(id);
}

const taggedFunctions = (btf: Btf): ReadonlySet<TypeId> =>
  new Set(
    idsByName(btf, KFUNC_TAG, "exact", ["decl_tag"])
      .filter((tag) => declTagIndexOf(btf, tag) === -1)
      .map((tag) => referredTypeOf(btf, tag)),
  );
