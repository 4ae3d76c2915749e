// What a kernel said about a program, put into words that can be compared.

/** Why a program was refused, or that it loads. The words are those of the shared corpus' verdicts. */
export type LoadClass =
  | "loads"
  /** The verifier met an instruction that relocation had poisoned. */
  | "poison-reached"
  /** A relocation could neither be done nor poisoned. */
  | "relocation-failed"
  /** What the program attaches to is not in the kernel. */
  | "attach-target-missing"
  /** The attach target is a placeholder that the program's own loader fills in. */
  | "needs-setup"
  | "ksym-missing"
  | "kconfig-missing"
  | "helper-unsupported"
  | "insn-unsupported"
  | "prog-type-unsupported"
  | "map-unsupported"
  /** libbpf found no BTF of the kernel. */
  | "btf-missing"
  /** libbpf could not open the object, and so has no programs of it. */
  | "object-refused"
  /** Refused for another reason. */
  | "verifier";

/** What became of one program, loaded alone. */
export interface LoadResult {
  readonly object: string;
  /** Empty when the object was refused. */
  readonly program: string;
  readonly section: string;
  /** libbpf's name of the program's type, such as `kprobe`. */
  readonly type: string;
  readonly class: LoadClass;
  /** The telling lines of the kernel or libbpf; absent when it loads. */
  readonly error?: string;
  /** Instructions, subprograms included; what libbpf had appended when it gave up. */
  readonly insns: number;
  /** How many of them are poisoned. */
  readonly poison: number;
  /** A hash of the instructions as the kernel was given them, but for the numbers of open maps. */
  readonly code: string;
  /** Sizes of maps that had to be filled in. */
  readonly setup?: string;
  /** `SEC("?…")`: libbpf would not load it unasked. */
  readonly optional?: true;
}

/** A line of the loader's. */
export interface LoaderLine {
  readonly object: number;
  readonly program?: string;
  readonly section?: string;
  readonly type?: string;
  readonly errno: number;
  readonly insns?: number;
  readonly poison?: number;
  readonly code?: string;
  readonly optional?: boolean;
  readonly setup?: string;
  readonly said: string | null;
}

/** Sections whose target stands for one that is chosen at run time, by what released tools write. */
const PLACEHOLDER = /dummy|placeholder|^f(?:entry|exit)\/(?:tc|xdp)$/;

/** Lines that tell a reason; the class of the first that any line matches is the program's. */
const SIGNS: readonly (readonly [RegExp, LoadClass])[] = [
  [/<invalid CO-RE relocation>|invalid func unknown#195896080/, "poison-reached"],
  [/failed to (?:perform CO-RE relocations|relocate)/, "relocation-failed"],
  [/failed to find valid kernel BTF/, "btf-missing"],
  [/extern '.*' \(strong\): not resolved|extern \(kcfg/, "kconfig-missing"],
  [/extern \((?:func|var|ksym)|isn't KIND_VAR|kfunc '.*' is referenced but wasn't resolved/, "ksym-missing"],
  [/no BTF-based attach target is specified|attach program FD is not set/, "needs-setup"],
  [
    /failed to find kernel BTF type ID of|The address of function \S+ cannot be found|struct_ops init_kern|isn't referenced anywhere/,
    "attach-target-missing",
  ],
  [/missing BPF prog type/, "prog-type-unsupported"],
  [/failed to create/, "map-unsupported"],
  [
    /invalid func unknown#|unknown func |cannot use helper|not supported for program type/,
    "helper-unsupported",
  ],
  [/uses reserved fields|unknown opcode|invalid atomic opcode/, "insn-unsupported"],
  // What 5.10 says of the address of a function, which it does not know.
  [/number of funcs in func_info doesn't match/, "insn-unsupported"],
];

/** What libbpf says around the reason, whatever it is. */
const NOISE = [
  /^$/,
  /^-- (?:BEGIN|END) PROG LOAD LOG --/,
  /^processed \d+ insns/,
  /^failed to load object/,
  /BPF program load failed/,
  /^prog '.*': failed to load: /,
];

/** Newer verifiers say it all again, at length. */
const LONG_VERSION = /^Verification failed: [\s\S]*/m;

/** How many lines tell a reason, the one with the sign last. */
const TELLING = 3;

/** A line of the loader's as a result; `names` are the objects' in their order. */
export function resultOf(line: LoaderLine, names: readonly string[]): LoadResult {
  const lines = (line.said ?? "")
    .replace(LONG_VERSION, "")
    .split("\n")
    .map((one) =>
      one
        .replace(/^libbpf: /, "")
        .replace(/^prog '.*': (?=-- BEGIN)/, "")
        .trimEnd(),
    )
    .filter((one) => !NOISE.some((noise) => noise.test(one)));
  const sign = SIGNS.find(([pattern]) => lines.some((one) => pattern.test(one)));
  const result = classOf(line, lines, sign?.[1]);
  return {
    object: names[line.object] ?? "",
    program: line.program ?? "",
    section: line.section ?? "",
    type: line.type ?? "",
    class: result,
    ...(result === "loads" ? {} : { error: tellingLines(lines, sign?.[0]) }),
    insns: line.insns ?? 0,
    poison: line.poison ?? 0,
    code: line.code ?? "",
    ...(line.setup ? { setup: line.setup } : {}),
    ...(line.optional ? { optional: true } : {}),
  };
}

function classOf(
  { program, errno, section = "" }: LoaderLine,
  lines: readonly string[],
  sign: LoadClass | undefined,
): LoadClass {
  if (program === undefined) return "object-refused";
  if (errno === 0) return "loads";
  if (sign === "attach-target-missing" && PLACEHOLDER.test(section)) return "needs-setup";
  // The kernel looks at the type before it writes a log.
  return sign ?? (lines.length === 0 ? "prog-type-unsupported" : "verifier");
}

function tellingLines(lines: readonly string[], sign: RegExp | undefined): string {
  const last = sign === undefined ? lines.length - 1 : lines.findLastIndex((line) => sign.test(line));
  // libbpf tells which relocation it was on the next line.
  const next = lines[last + 1]?.startsWith("failed to resolve CO-RE relocation") ? 1 : 0;
  return lines.slice(Math.max(0, last + 1 - TELLING + next), last + 1 + next).join(" | ");
}
