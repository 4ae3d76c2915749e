import { printable } from "@core/bytes";
import {
  explainResolution,
  type Program,
  type Relocated,
  type RelocationReport,
  type Report,
  type Summary,
} from "@core/relocate";
import type { Colors } from "picocolors/types.js";

export interface TextOptions {
  readonly colors: Colors;
  /** Show every relocation, with each candidate that was tried for it. */
  readonly verbose: boolean;
}

/** A relocation's report, and the steps that led to it. */
interface Entry {
  readonly report: RelocationReport;
  readonly steps: readonly string[];
}

/** The report for people: function by function what changed and what did not work, then the numbers. */
export function formatReport(relocated: Relocated, report: Report, options: TextOptions): string {
  const entries = new Map<Program | undefined, Entry[]>(
    relocated.object.programs.map((program) => [program, []]),
  );
  entries.set(undefined, []);
  for (const [i, relocation] of report.relocations.entries()) {
    const { local, resolution } = relocated.relocations[i] ?? {};
    entries
      .get(local?.program)
      ?.push({ report: relocation, steps: resolution ? explainResolution(resolution) : [] });
  }
  const parts = Array.from(entries, ([program, own], i) =>
    formatProgram(program, own, report.programs[i], options),
  );
  return [...parts.filter((lines) => lines.length > 0), [formatTotal(report.summary, options)]]
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function formatProgram(
  program: Program | undefined,
  entries: readonly Entry[],
  summary: Summary | undefined,
  options: TextOptions,
): string[] {
  if (entries.length === 0) return [];
  const { colors, verbose } = options;
  const title =
    program === undefined
      ? "in no function"
      : `${colors.bold(printable(program.name))}  ${colors.dim(printable(program.section))}`;
  const shown = entries.filter(({ report }) => verbose || report.changed || report.outcome !== "patched");
  const widths = columnWidths(shown.map(({ report }) => columnsOf(report)));
  return [
    summary === undefined ? title : `${title}  ${formatCounts(summary)}`,
    ...shown.flatMap(({ report, steps }) => [
      formatRelocation(report, widths, options),
      ...(verbose ? steps.map((step) => colors.dim(`      ${printable(step)}`)) : []),
    ]),
  ];
}

/** Where it is, which kind it is of, what it is about. */
function columnsOf({
  source,
  insnOff,
  section,
  kind,
  rawKind,
  subject,
}: RelocationReport): readonly string[] {
  const place = source ? `${baseName(source.file)}:${source.line}` : section;
  return [`${place} +${insnOff}`, kind ?? `kind ${rawKind}`, subject ?? "?"].map(printable);
}

const baseName = (file: string): string => file.slice(file.lastIndexOf("/") + 1);

/** A long name pushes its own line's columns aside, not everybody's. */
const MAX_WIDTH = 56;

const columnWidths = (rows: readonly (readonly string[])[]): number[] =>
  [0, 1, 2].map((column) =>
    Math.max(0, ...rows.map((row) => row[column]?.length ?? 0).filter((width) => width <= MAX_WIDTH)),
  );

function formatRelocation(
  report: RelocationReport,
  widths: readonly number[],
  { colors }: TextOptions,
): string {
  const [place = "", kind = "", subject = ""] = columnsOf(report).map((text, i) =>
    text.padEnd(widths[i] ?? 0),
  );
  const head = `  ${colors.dim(place)}  ${kind}  ${subject}`;
  const message = printable(report.message ?? "");
  switch (report.outcome) {
    case "patched":
      return `${head}  ${report.changed ? `${signed(report.previous)} -> ${colors.green(signed(report.value))}` : colors.dim(signed(report.value))}`;
    case "poisoned":
      return `${head}  ${colors.yellow("poisoned")}: ${message}`;
    case "failed":
      return `${head}  ${colors.red("failed")}: ${message}`;
    case "skipped":
      return `${head}  ${colors.dim(`skipped: ${message}`)}`;
  }
}

/** Of enumerators below 0 the sign; no offset or size is that large. */
const signed = (value: string | null): string =>
  value === null ? "" : BigInt.asIntN(64, BigInt(value)).toString();

function formatCounts({ changed, patched, poisoned, failed }: Summary): string {
  const counts: readonly (readonly [number, string])[] = [
    [changed, "changed"],
    [patched - changed, "unchanged"],
    [poisoned, "poisoned"],
    [failed, "failed"],
  ];
  return counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(", ");
}

/** What poison means: it is no failure, and it surprises everybody the first time. */
const POISON_NOTE = `A poisoned instruction is a call that no kernel accepts. It does no harm where the program
never gets to it, such as behind bpf_core_field_exists(); reached, the kernel says
"invalid func unknown#195896080".`;

function formatTotal(summary: Summary, { colors }: TextOptions): string {
  const { relocations, skipped } = summary;
  if (relocations === 0) return "No CO-RE relocations: the object depends on no kernel type.";
  const total = `${relocations} relocation${relocations === 1 ? "" : "s"}: ${formatCounts(summary)}`;
  const line = skipped > 0 ? `${total}, ${skipped} skipped` : total;
  return summary.poisoned > 0 ? `${line}\n${colors.dim(POISON_NOTE)}` : line;
}
