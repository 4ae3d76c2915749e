import { type Btf, essentialName, idsByName, kindOf, memberAt, nameOf, type TypeId, vlenOf } from "@core/btf";
import type { BpfObject } from "@core/relocate";

/** Where an architecture's registers are: a struct, and a member that no other one's has. */
const REGISTERS: readonly (readonly [arch: string, struct: string, member: string])[] = [
  ["x86_64", "pt_regs", "orig_ax"],
  ["arm64", "user_pt_regs", "pstate"],
  ["s390x", "user_pt_regs", "gprs"],
  ["s390x", "pt_regs", "gprs"],
  ["ppc64", "user_pt_regs", "nip"],
  ["ppc64", "pt_regs", "gpr"],
  ["riscv64", "user_regs_struct", "a0"],
  ["loongarch64", "user_pt_regs", "csr_era"],
  ["loongarch64", "pt_regs", "csr_era"],
  ["arm", "pt_regs", "uregs"],
  ["mips", "pt_regs", "cp0_epc"],
];

/** Other names of the same, as uname, Debian, Go and the kernel's sources have them. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["amd64", "x86_64"],
  ["x86", "x86_64"],
  ["x86-64", "x86_64"],
  ["aarch64", "arm64"],
  ["s390", "s390x"],
  ["powerpc", "ppc64"],
  ["ppc64le", "ppc64"],
  ["ppc64el", "ppc64"],
  ["riscv", "riscv64"],
  ["loongarch", "loongarch64"],
  ["loong64", "loongarch64"],
]);

export const ARCHS: readonly string[] = [...new Set(REGISTERS.map(([arch]) => arch))];

/** The architecture of that name or alias; undefined for what is none. */
export function findArch(name: string): string | undefined {
  const arch = ALIASES.get(name) ?? name;
  return ARCHS.includes(arch) ? arch : undefined;
}

/** The architecture of a kernel, by how it keeps registers; undefined when its BTF does not show them. */
export function archOfKernel(btf: Btf): string | undefined {
  return REGISTERS.find(([, struct, member]) =>
    idsByName(btf, struct, "exact", ["struct"]).some((id) => hasMember(btf, id, member)),
  )?.[0];
}

/** The functions of system calls carry it in their names. */
const SYSCALL = /\/__(x64|arm64|s390x|riscv)_sys_/;
const OF_SYSCALL: ReadonlyMap<string, string> = new Map([
  ["x64", "x86_64"],
  ["riscv", "riscv64"],
]);

/**
 * The architecture that an object's programs were compiled for: whose registers they read, and whose system calls they
 * attach to. Undefined when they do neither, or know several.
 */
export function archOfObject({ btf, programs, relocations }: BpfObject): string | undefined {
  const archs = new Set<string>();
  for (const { section } of programs) {
    const found = SYSCALL.exec(section)?.[1];
    if (found !== undefined) archs.add(OF_SYSCALL.get(found) ?? found);
  }
  const roots = new Set(relocations.map(({ record }) => record.typeId));
  for (const { spec } of relocations) {
    if (btf === undefined || spec instanceof Error || !roots.delete(spec.rootId)) continue;
    if (kindOf(btf, spec.rootId) !== "struct") continue;
    const name = essentialName(nameOf(btf, spec.rootId));
    for (const [arch, struct, member] of REGISTERS) {
      if (name === struct && hasMember(btf, spec.rootId, member)) archs.add(arch);
    }
  }
  const [arch] = archs;
  return archs.size === 1 ? arch : undefined;
}

/** Registers lie at most this deep in anonymous structs and unions. */
const MAX_DEPTH = 4;

function hasMember(btf: Btf, id: TypeId, name: string, depth = 0): boolean {
  for (let i = 0; i < vlenOf(btf, id); i++) {
    const member = memberAt(btf, id, i);
    if (member.name === name) return true;
    const kind = member.name === "" ? kindOf(btf, member.typeId) : undefined;
    if (depth < MAX_DEPTH && (kind === "struct" || kind === "union")) {
      if (hasMember(btf, member.typeId, name, depth + 1)) return true;
    }
  }
  return false;
}
