import { printable } from "@core/bytes";
import {
  adviceForFailure,
  type BpfObject,
  explainResolution,
  type InsnReport,
  type Outcome,
  type Program,
  type Relocated,
  type Relocation,
  type RelocationReport,
  type Report,
  type Summary,
} from "@core/relocate";
import type { Colors } from "picocolors/types.js";
import { columnWidth, TEXT_WIDTH, wrap } from "../common/wrap.js";

export interface TextOptions {
  readonly colors: Colors;
  /** Width of the terminal, in characters; `undefined` for no limit. */
  readonly columns: number | undefined;
  /** Show every relocation, with each candidate that was tried for it. */
  readonly verbose: boolean;
}

/** What poison means: it is no failure, and it surprises everybody the first time. */
const POISON_NOTE =
  "Poisoned instructions are calls that no kernel accepts, in place of what this kernel lacks or has in another size. " +
  "They do no harm where the program never gets to them, such as behind bpf_core_field_exists(). If it does get " +
  'there, the kernel refuses to load it: "invalid func unknown#195896080".';

/** A relocation's report, and what it is about. */
interface Entry {
  readonly report: RelocationReport;
  readonly relocation: Relocation;
}

/**
 * The report for people, in paragraphs: function by function what changed and what did not work, then
 * the numbers, and what to do.
 */
export function formatReport(relocated: Relocated, report: Report, options: TextOptions): string[] {
  const entries = new Map<Program | undefined, Entry[]>(
    relocated.object.programs.map((program) => [program, []]),
  );
  entries.set(undefined, []);
  for (const [i, relocation] of relocated.relocations.entries()) {
    const own = report.relocations[i];
    if (own !== undefined) entries.get(relocation.local.program)?.push({ report: own, relocation });
  }
  const programs = Array.from(entries, ([program, own], i) =>
    formatProgram(program, own, report.programs[i], options),
  );
  return [...programs, formatTotal(relocated, report.summary, options)].filter((lines) => lines !== "");
}

function formatProgram(
  program: Program | undefined,
  entries: readonly Entry[],
  summary: Summary | undefined,
  options: TextOptions,
): string {
  if (entries.length === 0) return "";
  const { colors, verbose } = options;
  const title =
    program === undefined
      ? colors.bold("in no function")
      : `${colors.bold(printable(program.name))} ${colors.dim(`(${printable(program.section)})`)}`;
  const shown = entries.filter(({ report }) => verbose || report.changed || report.outcome !== "patched");
  const rows = shown.map((entry) => rowOf(entry));
  const widths = widthsOf(rows, options.columns);
  return [
    `${title}: ${formatCounts(summary ?? countOf(entries))}`,
    ...shown.flatMap((entry, i) => formatRelocation(entry, rows[i] ?? [], widths, options)),
  ].join("\n");
}

/** What became of it, which kind it is of, what it is about, where it is. */
function rowOf({ report, relocation }: Entry): readonly string[] {
  const { kind, rawKind, subject } = report;
  return [
    resultOf(report, relocation),
    kind ?? `kind ${rawKind}`,
    subject ?? "?",
    placeOf(report, relocation),
  ].map(printable);
}

function resultOf(report: RelocationReport, { outcome }: Relocation): string {
  if (outcome.kind !== "patched") return outcome.kind;
  const previous = signed(outcome.previous);
  const value = signed(outcome.change.value);
  const result = report.changed && previous !== value ? `${previous} -> ${value}` : value;
  // Nothing but another width changes the opcode.
  const isResized = report.before?.bytes.slice(0, 2) !== report.after?.bytes.slice(0, 2);
  const { originalSize, size } = outcome.change;
  return isResized ? `${result}, ${originalSize} -> ${size} bytes` : result;
}

/** Of enumerators below 0 the sign; no offset or size is that large. */
const signed = (value: bigint): string => BigInt.asIntN(64, value).toString();

/** Where it is in the source, and in its function, by libbpf's and the verifier's count. */
function placeOf({ source, section, insnOff }: RelocationReport, { local }: Relocation): string {
  const file = source?.file.slice(source.file.lastIndexOf("/") + 1);
  return `${file ? `${file}:${source?.line}` : section} ${insnOf(insnOff, local.program)}`;
}

const insnOf = (insnOff: number, program: Program | undefined): string =>
  insnOff % 8 === 0 ? `insn #${(insnOff - (program?.offset ?? 0)) / 8}` : `byte ${insnOff}`;

const INDENT = "  ";
const GAP = "  ";
/** In characters, where there is no terminal to fit in. */
const MAX_RESULT = 24;
const MAX_SUBJECT = 56;

function widthsOf(rows: readonly (readonly string[])[], columns: number | undefined): readonly number[] {
  const column = (i: number): readonly string[] => rows.map((row) => row[i] ?? "");
  const result = columnWidth(column(0), MAX_RESULT);
  const kind = columnWidth(column(1), MAX_RESULT);
  const place = columnWidth(column(3), MAX_SUBJECT);
  const left =
    columns === undefined ? MAX_SUBJECT : columns - INDENT.length - result - kind - place - 3 * GAP.length;
  return [result, kind, columnWidth(column(2), Math.min(left, MAX_SUBJECT))];
}

function formatRelocation(
  { report, relocation }: Entry,
  [result = "", kind = "", subject = "", place = ""]: readonly string[],
  [resultWidth = 0, kindWidth = 0, subjectWidth = 0]: readonly number[],
  { colors, columns, verbose }: TextOptions,
): string[] {
  const color = COLORS[report.outcome === "patched" && report.changed ? "changed" : report.outcome];
  const left = `${colors[color](result.padEnd(resultWidth))}${GAP}${kind.padEnd(kindWidth)}${GAP}${subject}`;
  const leftWidth = Math.max(result.length, resultWidth) + Math.max(kind.length, kindWidth) + subject.length;
  const padding = " ".repeat(Math.max(0, subjectWidth - subject.length));
  const width = INDENT.length + leftWidth + padding.length + 3 * GAP.length + place.length;
  const indent = INDENT.repeat(2);
  const lines =
    columns !== undefined && width > columns
      ? [INDENT + left, indent + colors.dim(place)]
      : [INDENT + left + padding + GAP + colors.dim(place)];
  if (report.message !== null && !(verbose && isExplained(relocation))) {
    lines.push(...wrap(printable(report.message), columns ?? Number.POSITIVE_INFINITY, indent));
  }
  if (verbose) lines.push(...stepsOf(report, relocation).map((step) => colors.dim(indent + printable(step))));
  return lines;
}

const COLORS = {
  changed: "green",
  patched: "dim",
  poisoned: "yellow",
  failed: "red",
  skipped: "dim",
} as const;

/** Do the steps that led to it end in its message? Not if it was the instruction that did not fit. */
const isExplained = ({ resolution, outcome }: Relocation): boolean =>
  resolution !== undefined &&
  "reason" in outcome &&
  outcome.reason !== "refused" &&
  outcome.reason !== "size-mismatch";

/** How it came about, in libbpf's notation, and the instruction before and after. */
function stepsOf({ before, after, insnOff }: RelocationReport, relocation: Relocation): string[] {
  const { local, resolution, outcome } = relocation;
  const { record, accessStr, index, program } = local;
  const asked = `type ${record.typeId}, access string "${accessStr}", kind ${record.kind}`;
  const [spec = asked, ...steps] = resolution ? explainResolution(resolution) : [];
  const insn = before && after ? `${before.text}${isSame(before, after) ? "" : ` -> ${after.text}`}` : "";
  const isOther = outcome.kind === "patched" && outcome.previous !== outcome.change.original;
  return [
    `relo #${index}: ${spec}`,
    ...steps,
    ...(isOther ? [formatOther(outcome)] : []),
    ...(insn === "" ? [] : [`${insnOf(insnOff, program)}: ${insn}`]),
  ];
}

/** Bitfields are read in the way that the compiler chose, and linkers give types other ids. */
const formatOther = ({ previous, change }: Outcome & { readonly kind: "patched" }): string =>
  `the compiler left ${signed(previous)}, where libbpf finds ${signed(change.original)} in the object's types`;

const isSame = (before: InsnReport, after: InsnReport): boolean => before.bytes === after.bytes;

/** Numbers of relocations in no function, which has no summary of its own. */
function countOf(entries: readonly Entry[]): Counts {
  const count = (kind: string): number => entries.filter(({ report }) => report.outcome === kind).length;
  return { changed: 0, patched: 0, poisoned: 0, failed: count("failed"), skipped: count("skipped") };
}

type Counts = Omit<Summary, "relocations">;

function formatCounts({ changed, patched, poisoned, failed, skipped }: Counts): string {
  const counts: readonly (readonly [number, string])[] = [
    [changed, "changed"],
    [patched - changed, "unchanged"],
    [poisoned, "poisoned"],
    [failed, "failed"],
    [skipped, "skipped"],
  ];
  return counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(", ");
}

function formatTotal({ object, relocations }: Relocated, summary: Summary, options: TextOptions): string {
  const { colors, columns = TEXT_WIDTH } = options;
  const note = (text: string): string[] => ["", ...wrap(text, Math.min(columns, TEXT_WIDTH)).map(colors.dim)];
  const count = summary.relocations;
  if (count === 0) return wrap(nothingToDo(object), Math.min(columns, TEXT_WIDTH)).join("\n");
  const advice = new Set(
    relocations.flatMap(({ outcome }) => (outcome.kind === "failed" ? [adviceForFailure(outcome)] : [])),
  );
  return [
    `${count} relocation${count === 1 ? "" : "s"}: ${formatCounts(summary)}`,
    ...(summary.poisoned > 0 ? note(POISON_NOTE) : []),
    ...[...advice].flatMap(note),
    ...(summary.failed > 0 && !options.verbose ? note("-v shows every candidate, and where it failed.") : []),
  ].join("\n");
}

/** Why an object has no relocations: mostly its author meant it to have some. */
const nothingToDo = ({ btf }: BpfObject): string =>
  btf === undefined
    ? "No CO-RE relocations: the object has no .BTF section. Compile it with clang -g to have one."
    : "No CO-RE relocations. Clang records those of BPF_CORE_READ() and the like, and of accesses to types with " +
      "__attribute__((preserve_access_index)), which vmlinux.h gives all of its types.";
