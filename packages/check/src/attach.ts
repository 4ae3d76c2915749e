import type { Finding } from "./finding.js";
import { type CheckKernel, findKernelType, type KernelType, VMLINUX } from "./kernel.js";
import { namesNear, suggestion } from "./near-names.js";
import { isSectionName, type ProgramSection } from "./section.js";

/** What a program attaches to by BTF id: the target's type, or why there is none. */
export interface Attachment {
  /** A function, or for `tp_btf` the typedef of the pointer to one. */
  readonly target: KernelType | undefined;
  readonly findings: readonly Finding[];
}

export const NO_ATTACHMENT: Attachment = { target: undefined, findings: [] };

/** Is the program's type, and what it expects to be attached as, one that this kernel knows? */
export function checkProgramType(
  kernel: CheckKernel,
  { type, attachType }: ProgramSection,
): readonly Finding[] {
  const typeName = `BPF_PROG_TYPE_${type.toUpperCase()}`;
  const findings = [
    missing(kernel, "bpf_prog_type", typeName, "prog-type-unsupported", "programs of type"),
    notBuilt(kernel, typeName),
  ];
  if (attachType !== undefined && CHECKED_ATTACH_TYPES.has(type)) {
    findings.push(missing(kernel, "bpf_attach_type", attachType, "attach-type-unsupported", "attach type"));
  }
  return findings.flat();
}

/**
 * Program types that the kernel refuses to load when it does not know the attach type
 * (bpf_prog_load_check_attach, bpf_check_attach_target), ever since it has such programs; of others it learns when they
 * are attached.
 */
const CHECKED_ATTACH_TYPES: ReadonlySet<string> = new Set([
  "tracing",
  "lsm",
  "cgroup_sock",
  "cgroup_sock_addr",
  "cgroup_sockopt",
  "sk_lookup",
  "netfilter",
]);

/** The kernel's own list of the program types that it was built with (include/linux/bpf_types.h). */
const BUILT = "bpf_ctx_convert";

function notBuilt({ membersOf, enumOf }: CheckKernel, typeName: string): readonly Finding[] {
  const isBuilt = membersOf(BUILT)?.has(`${typeName}_prog`) ?? true;
  if (isBuilt || !enumOf("bpf_prog_type")?.names.has(typeName)) return [];
  const message = `the kernel was built without programs of type ${typeName}: its struct ${BUILT}, which lists those that it has, lacks them`;
  return [{ code: "prog-type-unsupported", verdict: "fails", message, subject: typeName }];
}

function missing(
  kernel: CheckKernel,
  enumName: string,
  name: string,
  code: "prog-type-unsupported" | "attach-type-unsupported",
  what: string,
): readonly Finding[] {
  const known = kernel.enumOf(enumName);
  if (known?.names.has(name)) return [];
  if (known === undefined) {
    const message = `whether the kernel knows ${what} ${name} cannot be told: its BTF has no enum ${enumName}`;
    return [{ code, verdict: "unknown", message, subject: name }];
  }
  return [
    {
      code,
      verdict: "fails",
      message: `the kernel has no ${what} ${name} in enum ${enumName}`,
      subject: name,
    },
  ];
}

/** Looks for what a program attaches to by BTF id (libbpf: libbpf_find_attach_btf_id). */
export function findAttachment(kernel: CheckKernel, section: ProgramSection, name: string): Attachment {
  const { target, type, attachesByBtf } = section;
  if (!attachesByBtf) return NO_ATTACHMENT;
  if (target === undefined) {
    const message = `SEC("${name}") names no target: the program that loads the object sets it (bpf_program__set_attach_target)`;
    return found("attach-target-placeholder", "unknown", message, `SEC("${name}")`);
  }
  if (type === "ext") {
    const message = `it replaces ${target} of another BPF program, which the program that loads the object names`;
    return found("attach-target-placeholder", "unknown", message, `${name} target`);
  }
  const colon = target.indexOf(":");
  const module = colon < 0 ? undefined : target.slice(0, colon);
  const wanted = wantedType(section, target.slice(colon + 1));
  const attached = findKernelType(kernel, wanted.name, wanted.kind, module);
  if (attached === undefined) return notFound(kernel, section, target, module, wanted);
  return { target: attached, findings: restrictions(kernel, section, wanted.function) };
}

interface Wanted {
  readonly kind: "func" | "typedef";
  readonly name: string;
  /** As people call it. */
  readonly function: string;
}

/** libbpf: btf_get_kernel_prefix_kind. */
function wantedType({ attachType }: ProgramSection, target: string): Wanted {
  switch (attachType) {
    case "BPF_TRACE_RAW_TP":
      return { kind: "typedef", name: `btf_trace_${target}`, function: target };
    case "BPF_LSM_MAC":
    case "BPF_LSM_CGROUP":
      return { kind: "func", name: `bpf_lsm_${target}`, function: target };
    case "BPF_TRACE_ITER":
      return { kind: "func", name: `bpf_iter_${target}`, function: target };
    default:
      return { kind: "func", name: target, function: target };
  }
}

const found = (
  code: Finding["code"],
  verdict: Finding["verdict"],
  message: string,
  subject: string,
  hints: readonly string[] = [],
): Attachment => ({ target: undefined, findings: [{ code, verdict, message, subject, hints }] });

function notFound(
  kernel: CheckKernel,
  section: ProgramSection,
  target: string,
  module: string | undefined,
  wanted: Wanted,
): Attachment {
  const what = describeTarget(section, wanted.function);
  const type = `${wanted.kind === "func" ? "function" : "typedef"} ${wanted.name}`;
  if (isPlaceholder(wanted.function)) {
    const message = `there is no ${type} in the kernel's BTF, and "${target}" looks like a name that the program that loads the object replaces (bpf_program__set_attach_target)`;
    return found("attach-target-placeholder", "unknown", message, what);
  }
  const isGiven = module === VMLINUX || kernel.modules.some(({ name }) => name === module);
  if (module !== undefined && !isGiven) {
    const message = `whether module ${module} has ${type} cannot be told: its BTF was not given`;
    const subject = `module ${module}`;
    return {
      target: undefined,
      findings: [{ code: "module-unknown", verdict: "unknown", message, subject, implied: [what] }],
    };
  }
  const where = module === undefined ? "the kernel's BTF" : `the BTF of ${module}`;
  const searched =
    module === undefined && kernel.modules.length > 0
      ? `${where}, nor in that of ${kernel.modules.length} modules`
      : where;
  const message = `there is no ${type} in ${searched}: failed to find kernel BTF type ID of '${target}'`;
  return found("attach-target-missing", "fails", message, what, hintsFor(kernel, wanted));
}

function describeTarget({ attachType }: ProgramSection, name: string): string {
  switch (attachType) {
    case "BPF_TRACE_RAW_TP":
      return `tracepoint ${name}`;
    case "BPF_LSM_MAC":
    case "BPF_LSM_CGROUP":
      return `LSM hook ${name}`;
    case "BPF_TRACE_ITER":
      return `iterator ${name}`;
    default:
      return `function ${name}`;
  }
}

/** Words that stand for a name to be filled in. */
const STAND_IN = /(^|_)(dummy|placeholder|todo|fixme|xxx+|foo|bar|baz|example)(_|$)/i;

/**
 * Does a target that no kernel is known to have look like one that is filled in? libbpf gives no sign of that. It is
 * so where it is named for a kind of program (`fentry/tc`, `fexit/xdp`: another BPF program is traced), or says so.
 */
const isPlaceholder = (name: string): boolean => isSectionName(name) || STAND_IN.test(name);

/** How functions are renamed when they are split into an inlined part and the rest, or get another layer. */
const RELATIVES: readonly ((name: string) => string)[] = [
  (name) => `__${name}`,
  (name) => `_${name}`,
  (name) => name.replace(/^_+/, ""),
  (name) => `${name}_noprof`,
  (name) => name.replace(/_noprof$/, ""),
  (name) => `do_${name}`,
];

function hintsFor(kernel: CheckKernel, { name, kind, function: own }: Wanted): readonly string[] {
  const relatives = kind === "func" ? RELATIVES.map((relative) => relative(name)) : [];
  const there = relatives.filter(
    (other) => other !== name && findKernelType(kernel, other, "func") !== undefined,
  );
  const prefix = name.slice(0, name.length - own.length);
  const names = [...new Set([...there, ...namesNear(kernel, own, kind, prefix)])];
  const nearest = suggestion(names);
  return kernel.modules.length > 0
    ? nearest
    : [...nearest, "if a module has it, give that module's BTF along with the kernel's"];
}

/** What the kernel asks of a target besides that it is there (bpf_check_attach_target). */
function restrictions(
  kernel: CheckKernel,
  { attachType, type, sleepable }: ProgramSection,
  name: string,
): readonly Finding[] {
  if (type === "lsm" && sleepable && findKernelType(kernel, SLEEPABLE_HOOKS, "func") === undefined) {
    const message = `whether programs at LSM hook ${name} may sleep cannot be told from BTF: the kernel has no list of such hooks (${SLEEPABLE_HOOKS})`;
    return [{ code: "attach-target-unknown", verdict: "unknown", message, subject: `LSM hook ${name}` }];
  }
  if (attachType === "BPF_TRACE_RAW_TP" || attachType === "BPF_TRACE_ITER" || type === "lsm") return [];
  const subject = `function ${name}`;
  if (kernel.kallsyms !== undefined && !kernel.kallsyms.has(name)) {
    const message = `the kernel's BTF has function ${name}, but its symbols do not: the address of function ${name} cannot be found`;
    return [{ code: "attach-target-missing", verdict: "fails", message, subject }];
  }
  if (attachType === "BPF_MODIFY_RETURN" && !name.startsWith("security_") && !isSyscall(name)) {
    const message = `whether the return value of ${name} may be modified cannot be told from BTF: the kernel lists such functions (ALLOW_ERROR_INJECTION)`;
    return [{ code: "attach-target-unknown", verdict: "unknown", message, subject }];
  }
  if (sleepable && !isSyscall(name)) {
    const message = `whether programs attached to ${name} may sleep cannot be told from BTF: the kernel lists such functions (ALLOW_ERROR_INJECTION)`;
    return [{ code: "attach-target-unknown", verdict: "unknown", message, subject }];
  }
  return [];
}

/** Since Linux 5.11, which lets programs sleep at most hooks; before, at few. */
const SLEEPABLE_HOOKS = "bpf_lsm_is_sleepable_hook";

/** SYSCALL_DEFINE makes a function of such a name, and allows error injection there. */
const isSyscall = (name: string): boolean =>
  /^__(x64|ia32|arm64|s390x?|riscv|se|powerpc)_(compat_)?sys_/.test(name);
