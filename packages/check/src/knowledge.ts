import type { Btf } from "@core/btf";
import type { KconfigRange, Knowledge } from "@core/reach";
import { type ExternReference, findKfunc } from "./externs.js";
import { type CheckKernel, findKernelType } from "./kernel.js";

/** What a kernel tells of itself beside its types, as the values that programs branch on. */
export function knowledgeOf(
  kernel: CheckKernel,
  local: Btf | undefined,
  externs: readonly ExternReference[],
): Knowledge {
  const byName = new Map(externs.map((extern) => [extern.name, extern]));
  return {
    kconfig: (name) => kconfigValue(kernel, name),
    ksymExists: (name) => {
      const extern = byName.get(name);
      return extern === undefined || local === undefined ? undefined : ksymExists(kernel, local, extern);
    },
  };
}

/** Whether libbpf gives an extern an address: for functions of another prototype it does not. */
function ksymExists(kernel: CheckKernel, local: Btf, extern: ExternReference): boolean | undefined {
  if (extern.kind === "kfunc") return findKfunc(kernel, local, extern).found !== undefined;
  const isVariable = findKernelType(kernel, extern.name, "var") !== undefined;
  if (extern.kind === "ksym" && extern.typed) return isVariable;
  const isInBtf = isVariable || findKernelType(kernel, extern.name, "func") !== undefined;
  return isInBtf || kernel.kallsyms?.has(extern.name);
}

/** Architectures by which the kernel names its syscalls' wrappers (libbpf: arch_specific_syscall_pfx). */
const SYSCALL_PREFIXES = ["x64", "s390x", "arm64", "riscv", "mips", "arm", "ia32", "powerpc", "powerpc64"];

function kconfigValue(kernel: CheckKernel, name: string): bigint | KconfigRange | undefined {
  switch (name) {
    case "LINUX_HAS_BPF_COOKIE": {
      const helpers = kernel.enumOf("bpf_func_id")?.names;
      return helpers && BigInt(helpers.has("BPF_FUNC_get_attach_cookie"));
    }
    case "LINUX_HAS_SYSCALL_WRAPPER": {
      const isThere = SYSCALL_PREFIXES.some((prefix) => hasSymbol(kernel, `__${prefix}_sys_bpf`));
      // Without kallsyms it may be left out of BTF.
      return isThere || kernel.kallsyms !== undefined ? BigInt(isThere) : undefined;
    }
    case "LINUX_KERNEL_VERSION":
      return kernel.release === undefined ? undefined : versionOf(kernel.release);
    default: {
      const text = kernel.kconfig?.get(name);
      if (text !== undefined) return parseValue(text);
      return kernel.kconfig !== undefined && name.startsWith("CONFIG_") ? 0n : undefined;
    }
  }
}

/** KERNEL_VERSION() of a release such as `6.12.117+deb13-amd64`. */
function versionOf(release: string): bigint | KconfigRange | undefined {
  const [, major, minor, patch = "0"] = /^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,5}))?/.exec(release) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const first = BigInt((Number(major) << 16) | (Number(minor) << 8));
  if (HIDES_PATCH.test(release)) return { min: first, max: first | MAX_PATCH };
  const last = BigInt(patch);
  return first | (last < MAX_PATCH ? last : MAX_PATCH);
}

const MAX_PATCH = 255n;

/**
 * A release of Debian's, up to Linux 6.11, or of Ubuntu's (`6.1.0-56-amd64`): it always says 0, and libbpf asks elsewhere
 * (get_debian_kernel_version, get_ubuntu_kernel_version) for what it is, which no file here has.
 */
const HIDES_PATCH = /^\d+\.\d+\.0-\d+-/;

const hasSymbol = (kernel: CheckKernel, name: string): boolean =>
  kernel.kallsyms?.has(name) ?? findKernelType(kernel, name, "func") !== undefined;

/** libbpf: set_kcfg_value_tri, set_kcfg_value_num. Of a string nothing is known. */
function parseValue(text: string): bigint | undefined {
  switch (text) {
    case "y":
      return 1n;
    case "n":
      return 0n;
    case "m":
      return 2n;
    default:
      return /^-?(\d+|0x[\da-f]+)$/i.test(text)
        ? text.startsWith("-")
          ? -BigInt(text.slice(1))
          : BigInt(text)
        : undefined;
  }
}
