import type { Finding } from "./finding.js";
import { helperNameOf } from "./helper-names.js";
import { type CheckKernel, findKernelType, VMLINUX } from "./kernel.js";
import type { PreparedProgram } from "./prepare.js";
import type { ProgramSection } from "./section.js";

/** Why a kernel that has a helper refuses it to one program, and not to all of its type. */
export function refusedHere(kernel: CheckKernel, program: PreparedProgram, id: number): Finding | undefined {
  const { section } = program;
  const name = helperNameOf(id);
  if (section === undefined || name === undefined) return undefined;
  const subject = `helper ${name}`;
  if (SLEEPING.has(name) && !section.sleepable && !defersWork(program)) {
    return {
      code: "helper-not-allowed",
      verdict: "fails",
      message: `helper ${name} may sleep, and the program may not: helper call might sleep in a non-sleepable prog`,
      subject: `${subject} where it may not sleep`,
      hints: [
        `use a section that may sleep, such as SEC("uprobe.s"), if there is one for what it attaches to`,
      ],
    };
  }
  if (OF_ITERATORS.has(name) && isOtherTracing(section)) {
    const message = `programs that are no iterators may not call helper ${name}: program of this type cannot use helper ${name}#${id}`;
    return {
      code: "helper-not-allowed",
      verdict: "fails",
      message,
      subject: `${subject} outside of iterators`,
    };
  }
  if (PROBES.has(section.type)) {
    const what = lacksInProbes(kernel, name);
    if (what !== undefined) {
      const message = `programs of type ${section.type} may not use ${what}: tracing progs cannot use ${what} yet`;
      return { code: "helper-not-allowed", verdict: "fails", message, subject: `${what} in ${section.type}` };
    }
  }
  return name === OVERRIDE ? lacksOverride(kernel, subject) : undefined;
}

/** Helpers with `might_sleep`, but for those of programs that all may sleep. */
const SLEEPING: ReadonlySet<string> = new Set([
  "bpf_copy_from_user",
  "bpf_copy_from_user_task",
  "bpf_ima_inode_hash",
  "bpf_ima_file_hash",
]);

/** Does it have functions called later, where they may sleep, whatever it may itself? */
const defersWork = ({ linked }: PreparedProgram): boolean =>
  [...new Set(linked.functions.map(({ references }) => references))].some((references) =>
    [...references.values()].some((one) => one.kind === "kfunc" && /^bpf_(wq|task_work)_/.test(one.name)),
  );

/** Programs that may interrupt anything (is_tracing_prog_type). */
const PROBES: ReadonlySet<string> = new Set([
  "kprobe",
  "tracepoint",
  "perf_event",
  "raw_tracepoint",
  "raw_tracepoint_writable",
]);

/** What such programs may not use, on any kernel or on older ones (check_map_prog_compatibility). */
function lacksInProbes(kernel: CheckKernel, name: string): string | undefined {
  if (name === "bpf_spin_lock") return "bpf_spin_lock";
  if (!name.startsWith("bpf_timer_")) return undefined;
  // Came when timers became safe there.
  return findKernelType(kernel, "bpf_async_cmd", "struct", VMLINUX) === undefined ? "bpf_timer" : undefined;
}

/** They write to the file that is read (bpf_trace.c: tracing_prog_func_proto). */
const OF_ITERATORS: ReadonlySet<string> = new Set(["bpf_seq_printf", "bpf_seq_write", "bpf_seq_printf_btf"]);

const isOtherTracing = ({ type, attachType }: ProgramSection): boolean =>
  type === "tracing" && attachType !== "BPF_TRACE_ITER";

const OVERRIDE = "bpf_override_return";
const OVERRIDE_OPTION = "CONFIG_BPF_KPROBE_OVERRIDE";

/** Only kernels that are built with it have this helper; all have its number. */
function lacksOverride(kernel: CheckKernel, subject: string): Finding | undefined {
  const has = hasOverride(kernel);
  if (has) return undefined;
  const message =
    has === false
      ? `the kernel was built without helper ${OVERRIDE} (${OVERRIDE_OPTION}): unknown func ${OVERRIDE}#58`
      : `whether the kernel was built with helper ${OVERRIDE} (${OVERRIDE_OPTION}) cannot be told from BTF: give its configuration`;
  return { code: "helper-unsupported", verdict: has === false ? "fails" : "unknown", message, subject };
}

function hasOverride(kernel: CheckKernel): boolean | undefined {
  if (kernel.kconfig !== undefined) return kernel.kconfig.get(OVERRIDE_OPTION) === "y";
  if (findKernelType(kernel, OVERRIDE, "func", VMLINUX) !== undefined) return true;
  // Of the same file and form: where BTF has this one, it would have the other.
  return findKernelType(kernel, "bpf_send_signal", "func", VMLINUX) === undefined ? undefined : false;
}
