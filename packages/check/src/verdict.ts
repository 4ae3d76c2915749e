import type { SourceLine } from "@core/relocate";

/** What the kernel will say when a program is loaded. */
export type ProgramVerdict = "loads" | "fails" | "unknown";

/** Why a program fails, or why that cannot be told. */
export type ReasonCode =
  /** Two candidates disagree: libbpf refuses the object. */
  | "core-ambiguous"
  /** A relocation makes no sense, or its instruction cannot take the value: libbpf refuses the object. */
  | "core-invalid"
  /** An instruction that CO-RE poisoned is executed. */
  | "poison-reached"
  /** Whether a poisoned instruction is executed depends on what only the running kernel knows. */
  | "poison-unknown"
  | "attach-target-missing"
  /** The section names no real target: the program that loads the object fills it in. */
  | "attach-target-placeholder"
  /** The target is there; whether programs may attach to it is in no BTF. */
  | "attach-target-unknown"
  | "ksym-missing"
  /** A `__ksym` without a type is looked up in kallsyms, which were not given. */
  | "ksym-unknown"
  | "kfunc-missing"
  | "kfunc-prototype"
  | "kconfig-missing"
  | "kconfig-unknown"
  | "helper-unsupported"
  | "helper-not-allowed"
  | "insn-unsupported"
  | "prog-type-unsupported"
  | "attach-type-unsupported"
  | "map-unsupported"
  /** A tracing program reads more arguments than its target has. */
  | "context-access"
  | "struct-ops-member-missing"
  /** The section names a module whose BTF was not given. */
  | "module-unknown"
  /** The object itself is malformed, or more than this package looks at. */
  | "object-invalid";

/** One thing that keeps a program from loading, or may. Plain data. Names are as in the BTF, not made printable. */
export interface Reason {
  readonly code: ReasonCode;
  readonly verdict: "fails" | "unknown";
  /** One sentence without its full stop: what was looked for, and what was found. */
  readonly message: string;
  /** What reasons with one cause have in common, over objects and kernels: `struct bio.bi_disk`, `helper bpf_loop`. */
  readonly subject: string;
  /** Name of the ELF section of the instruction; null where the reason has no one place. */
  readonly section: string | null;
  /** Of the instruction, in bytes from the start of its section. */
  readonly insnOff: number | null;
  /** The function of the instruction: the program itself or a subprogram. */
  readonly function: string | null;
  readonly source: SourceLine | null;
  /** What to do about it, a sentence or a snippet of C each. */
  readonly hints: readonly string[];
}

/** Numbers of CO-RE relocations in the functions that a program consists of. */
export interface CoreCounts {
  readonly relocations: number;
  readonly poisoned: number;
  /** Poisoned, and never executed. */
  readonly guarded: number;
  /** Poisoned, and executed. */
  readonly reached: number;
  /** Poisoned, and executed or not depending on what is not known. */
  readonly unknown: number;
}

/** One program of an object on one kernel, loaded alone: as if it were the only one with autoload. */
export interface ProgramCheck {
  readonly program: string;
  /** As in the object, with the leading `?` of one that is not loaded by default. */
  readonly section: string;
  /** Program type as libbpf names it (`kprobe`, `tracing`); null when the section's name says none. */
  readonly type: string | null;
  /** False for `SEC("?...")`. */
  readonly autoload: boolean;
  /** The worst of its reasons: `fails`, then `unknown`, then `loads`. */
  readonly verdict: ProgramVerdict;
  readonly core: CoreCounts;
  /** Those of the object included. */
  readonly reasons: readonly Reason[];
}

/** One object on one kernel. Plain data, to be cloned between threads and written as JSON. */
export interface ObjectCheck {
  /** The worst of its own reasons and of the programs that are loaded by default. */
  readonly verdict: ProgramVerdict;
  /** Those that concern the whole object: its maps, its externs, relocations of subprograms. */
  readonly reasons: readonly Reason[];
  readonly programs: readonly ProgramCheck[];
  /** Null where nothing was looked up, as the object is malformed. */
  readonly absences: Absences | null;
}

/**
 * Of the subjects that an object asks a kernel for, those that are not there, each list sorted. It asks every kernel
 * for the same ones, whatever its programs do with the answer: what is in neither list is there.
 */
export interface Absences {
  /** Whether a program needs it or not: what is behind a guard, too. */
  readonly absent: readonly string[];
  /** Those of which it cannot be told. */
  readonly untold: readonly string[];
}

/** The worst of reasons. */
export function verdictOf(reasons: readonly Pick<Reason, "verdict">[]): ProgramVerdict {
  if (reasons.some(({ verdict }) => verdict === "fails")) return "fails";
  return reasons.length > 0 ? "unknown" : "loads";
}
