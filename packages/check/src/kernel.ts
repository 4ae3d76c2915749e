import {
  type Btf,
  enumeratorBits,
  enumeratorNameOff,
  idsByName,
  type Kind,
  memberNameOff,
  stringAt,
  type TypeId,
  vlenOf,
} from "@core/btf";
import type { ModuleBtf, Resolution } from "@core/matcher";
import type { Finding } from "./finding.js";

export interface KernelOptions {
  /** BTF of the modules that are loaded, each parsed on the kernel's. */
  readonly modules?: readonly ModuleBtf[];
  /** Names of /proc/kallsyms. Without them an untyped `__ksym` is unknown, and BTF alone decides on attach targets. */
  readonly kallsyms?: ReadonlySet<string> | undefined;
  /** As `uname -r` says it, for programs that look at `LINUX_KERNEL_VERSION`; nothing else is told by it. */
  readonly release?: string | undefined;
  /**
   * The kernel's configuration as its file has it (`CONFIG_HZ` to `250`, `CONFIG_BPF` to `y`). What is not in it is
   * not set.
   */
  readonly kconfig?: ReadonlyMap<string, string> | undefined;
  /**
   * Suggests names of the kernel's in place of those that it lacks. That takes looking at all of them, some
   * milliseconds for each that is missing.
   */
  readonly suggest?: boolean;
}

/** A kernel to check objects against. What all of them ask of it is indexed once, when first asked for. */
export interface CheckKernel {
  readonly btf: Btf;
  readonly modules: readonly ModuleBtf[];
  readonly kallsyms: ReadonlySet<string> | undefined;
  readonly release: string | undefined;
  readonly kconfig: ReadonlyMap<string, string> | undefined;
  /** @internal The enumerators of vmlinux's enum of a name; `undefined` where it has none of it. */
  readonly enumOf: (name: string) => KernelEnum | undefined;
  /** @internal The names of the members of vmlinux's struct of a name; `undefined` where it has none of it. */
  readonly membersOf: (name: string) => ReadonlySet<string> | undefined;
  /** @internal Whether it has what instructions need, as far as that was asked for. */
  readonly features: Map<Feature, boolean | undefined>;
  /** @internal By vmlinux's or a module's BTF, the functions that are tagged to be called by programs. */
  readonly kfuncs: Map<Btf, ReadonlySet<TypeId>>;
  /** @internal By program type and number, what keeps its programs from calling a helper that has a name. */
  readonly helpers: Map<string | undefined, Map<number, Finding | undefined>>;
  /** @internal What was said of what it lacks. Programs, and functions that they share, lack the same many times. */
  readonly missing: WeakMap<Resolution, Missing>;
  /** @internal Names that were looked for, and what is near to them; `undefined` where that is not wanted. */
  readonly suggested: Map<string, readonly string[]> | undefined;
}

/** @internal Something that CO-RE found nothing for. */
export interface Missing {
  readonly why: string;
  /** As C writes it. */
  readonly access: string;
  readonly subject: string;
  readonly hints: readonly string[];
}

/** @internal Without what only counts the others (`__BPF_FUNC_MAX_ID`). */
interface KernelEnum {
  readonly names: ReadonlySet<string>;
  readonly values: ReadonlySet<bigint>;
}

/** Something in a kernel's BTF that came with a feature, or after it. */
export type FeatureSign =
  | { readonly kind: "func" | "struct"; readonly name: string }
  | { readonly kind: "enumerator"; readonly of: string; readonly name: string };

/** What instructions need of a kernel, and how its BTF tells that it has it. */
export interface Feature {
  /** As messages name it. */
  readonly name: string;
  /** The kernel has the feature when it has any of these. */
  readonly signs: readonly FeatureSign[];
  /**
   * The kernel refuses the opcode anywhere in a program (check_and_resolve_insns), not only where the verifier
   * gets to it.
   */
  readonly everywhere: boolean;
  /** It was brought to older kernels by itself, so that they may have it without a sign of it. */
  readonly wasBackported?: boolean;
  /** How to do without it. */
  readonly hint: string;
}

/** A type of the kernel's or of one of its modules'. */
export interface KernelType {
  readonly btf: Btf;
  readonly id: TypeId;
  /** The module; `undefined` for vmlinux. */
  readonly module: string | undefined;
}

/** Takes a kernel's BTF, which is read as objects ask for it: nothing is done here. */
export function openKernel(
  btf: Btf,
  { modules = [], kallsyms, release, kconfig, suggest = false }: KernelOptions = {},
): CheckKernel {
  const enumOf = readingOnce((name) => readEnum(btf, name));
  const membersOf = readingOnce((name) => readMembers(btf, name));
  const suggested = suggest ? new Map() : undefined;
  return {
    ...{ btf, modules, kallsyms, release, kconfig, enumOf, membersOf },
    ...{ features: new Map(), kfuncs: new Map(), helpers: new Map(), missing: new WeakMap(), suggested },
  };
}

/** What `read` gives for a name, read when it is first asked for. */
function readingOnce<T>(read: (name: string) => T | undefined): (name: string) => T | undefined {
  const known = new Map<string, T | undefined>();
  return (name) => {
    if (!known.has(name)) known.set(name, read(name));
    return known.get(name);
  };
}

function readEnum(btf: Btf, name: string): KernelEnum | undefined {
  const [id] = idsByName(btf, name, "exact", ["enum", "enum64"]);
  if (id === undefined) return undefined;
  const names = new Set<string>();
  const values = new Set<bigint>();
  for (let i = 0; i < vlenOf(btf, id); i++) {
    const enumerator = stringAt(btf, enumeratorNameOff(btf, id, i));
    if (enumerator.startsWith("__")) continue;
    names.add(enumerator);
    values.add(enumeratorBits(btf, id, i));
  }
  return { names, values };
}

function readMembers(btf: Btf, name: string): ReadonlySet<string> | undefined {
  const [id] = idsByName(btf, name, "exact", ["struct"]);
  if (id === undefined) return undefined;
  return new Set(Array.from({ length: vlenOf(btf, id) }, (_, i) => stringAt(btf, memberNameOff(btf, id, i))));
}

/**
 * The type of a name and kind: vmlinux's, else the first module's that has one (libbpf: find_ksym_btf_id,
 * find_kernel_btf_id).
 * @param module look only there, `vmlinux` included.
 */
export function findKernelType(
  { btf, modules }: CheckKernel,
  name: string,
  kind: Kind,
  module?: string,
): KernelType | undefined {
  if (module === undefined || module === VMLINUX) {
    const [id] = idsByName(btf, name, "exact", [kind]);
    if (id !== undefined) return { btf, id, module: undefined };
  }
  for (const { name: own, btf } of modules) {
    if (module !== undefined && own !== module) continue;
    const id = idsByName(btf, name, "exact", [kind]).find((id) => id >= btf.startId);
    if (id !== undefined) return { btf, id, module: own };
  }
  return undefined;
}

export const VMLINUX = "vmlinux";
