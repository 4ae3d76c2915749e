import { printable } from "@core/bytes";
import type { Colors } from "picocolors/types.js";
import { wrap } from "../common/wrap.js";
import { formatEntry } from "./allow.js";
import { formatKernels, headlineOf } from "./causes-text.js";
import type { Cause, Digest, Place } from "./digest.js";
import { formatMatrix } from "./matrix.js";
import { isPartial, type Report } from "./model.js";
import type { Policy } from "./policy.js";
import { formatCount, listOf, plural } from "./words.js";

export interface PrettyOptions {
  readonly colors: Colors;
  /** Of the terminal, in characters; undefined for a file or a pipe. */
  readonly columns: number | undefined;
  /** Everything, where else the most important is shown. */
  readonly verbose: boolean;
}

/** Without a terminal, in characters. */
const WIDTH = 100;
const MIN_WIDTH = 40;
/** So many causes of a verdict, places of a cause and things that were not read are shown. */
const MAX_CAUSES = 20;
const MAX_PLACES = 4;
const MAX_NOTES = 5;

/** For people at a terminal: a matrix, and then what the failures have in common. */
export function prettyReport(report: Report, digest: Digest, policy: Policy, options: PrettyOptions): string {
  const { colors, columns, verbose } = options;
  const width = Math.max(columns ?? WIDTH, MIN_WIDTH);
  const paragraphs = [
    formatMatrix(digest, { colors, width, verbose }),
    ...(["fails", "unknown"] as const).map((verdict) => formatCauses(verdict, digest, options, width)),
    formatMended(digest, options, width),
    formatNotes(digest, options, width),
    formatAllow(report, policy, width),
    formatTotal(report, digest, policy, options, width),
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

const HEADINGS = { fails: "DOES NOT LOAD", unknown: "CANNOT BE TOLD" } as const;

function formatCauses(
  verdict: "fails" | "unknown",
  { causes }: Digest,
  options: PrettyOptions,
  width: number,
): string[] {
  const own = causes.filter((cause) => cause.verdict === verdict);
  if (own.length === 0) return [];
  const shown = options.verbose ? own : own.slice(0, MAX_CAUSES);
  const rest = own.slice(shown.length);
  const { bold, dim } = options.colors;
  const paragraphs = shown.map((cause) => formatCause(cause, options, width).join("\n"));
  if (rest.length > 0) {
    const subjects = listOf(
      rest.map(({ subject }) => printable(subject)),
      MAX_NOTES,
    );
    paragraphs.push(
      wrap(`and for ${plural(rest.length, "more reason")} (-v shows all): ${subjects}`, width)
        .map(dim)
        .join("\n"),
    );
  }
  return [
    bold(`${HEADINGS[verdict]}, for ${plural(own.length, "reason")}`),
    "",
    ...paragraphs.join("\n\n").split("\n"),
  ];
}

const INDENT = "  ";

function formatCause(cause: Cause, { colors, verbose }: PrettyOptions, width: number): string[] {
  const { verdict, code, message, objects, places, hints } = cause;
  const color = verdict === "fails" ? colors.red : colors.yellow;
  const programs = new Set(places.map(({ object, program }) => `${object}\0${program}`)).size;
  const extent = `${printable(formatKernels(cause))}: ${plural(objects.length, "object")}, ${plural(programs, "program")}`;
  const shown = verbose ? places : places.slice(0, MAX_PLACES);
  const rest = places.slice(shown.length);
  return [
    ...wrap(printable(headlineOf(cause)), width).map((line) => color(colors.bold(line))),
    ...wrap(`${extent} (${code})`, width, INDENT),
    ...wrap(printable(message), width, INDENT),
    ...shown.flatMap((place) => formatPlace(place, colors, width)),
    ...(rest.length > 0 ? [colors.dim(`${INDENT}and at ${plural(rest.length, "more place")}`)] : []),
    ...hints.flatMap((hint) => formatHint(hint, colors, width)),
  ];
}

function formatPlace(
  { object, program, section, insnOff, source }: Place,
  { dim }: Colors,
  width: number,
): string[] {
  const name = object.replace(/^.*\//s, "");
  const at =
    source !== null
      ? `${source.file.replace(/^.*\//s, "")}:${source.line}`
      : insnOff !== null
        ? `${section}+${insnOff}`
        : "";
  const text = printable(source?.text.trim() ?? "");
  const [first = "", ...rest] = [name, program, at].filter((part) => part !== "").map(printable);
  const lines = [INDENT + first];
  const add = (part: string, shown: string): void => {
    const last = lines.at(-1) ?? "";
    if (`${last}  ${part}`.length <= width) lines.splice(-1, 1, `${last}  ${shown}`);
    else lines.push(INDENT + INDENT + shown);
  };
  for (const part of rest) add(part, part);
  if (text !== "") add(text, dim(shorten(text, width - 2 * INDENT.length)));
  return lines;
}

const shorten = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 3)}...`;

/** A hint may be a sentence, or some lines of code. */
function formatHint(hint: string, { cyan }: Colors, width: number): string[] {
  const lines = hint.split("\n").map(printable);
  if (lines.length === 1) return wrap(`-> ${lines[0] ?? ""}`, width, INDENT).map(cyan);
  return lines.map((line) => cyan(`${INDENT}${INDENT}${line}`));
}

function formatMended({ mended }: Digest, { colors, verbose }: PrettyOptions, width: number): string[] {
  if (mended.length === 0) return [];
  const shown = verbose ? mended : mended.slice(0, MAX_PLACES);
  const rest = mended.length - shown.length;
  return [
    colors.bold(`LOADS NOW, where the baseline did not: ${plural(mended.length, "program")}`),
    ...shown.flatMap(({ object, program, kernel }) =>
      wrap(printable(`${object} ${program} on ${kernel}`), width, INDENT),
    ),
    ...(rest > 0 ? [`${INDENT}and ${formatCount(rest)} more`] : []),
  ];
}

function formatNotes(
  { objects, kernels, cells }: Digest,
  { colors, verbose }: PrettyOptions,
  width: number,
): string[] {
  const unread = [
    ...objects.flatMap(({ path, error }) => (error === null ? [] : [`${path}: ${error}`])),
    ...kernels.flatMap(({ path, error }) => (error === null ? [] : [`${path}: ${error}`])),
  ].map(printable);
  const notes = kernels.flatMap(({ name, notes: own }) => own.map((note) => printable(`${name}: ${note}`)));
  const skipped = cells.flat().filter(({ verdict }) => verdict === "skipped").length;
  const limit = (texts: readonly string[]): string[] => {
    const shown = verbose ? texts : texts.slice(0, MAX_NOTES);
    const rest = texts.length - shown.length;
    return [
      ...shown.flatMap((text) => wrap(text, width, INDENT)),
      ...(rest > 0 ? [`${INDENT}and ${formatCount(rest)} more`] : []),
    ];
  };
  return [
    ...(unread.length > 0 ? [colors.red(colors.bold("NOT READ, and so not checked")), ...limit(unread)] : []),
    ...(notes.length > 0 ? [colors.bold("NOTES"), ...limit(notes)] : []),
    ...(skipped > 0
      ? wrap(
          `skipped (-) ${plural(skipped, "time")}: the object is for another architecture than the kernel; --arch any checks it all the same`,
          width,
        ).map(colors.dim)
      : []),
  ];
}

function formatAllow(report: Report, { allow }: Policy, width: number): string[] {
  if (allow === undefined) return [];
  // A part says nothing about what the others meet.
  const unused = isPartial(report) ? [] : allow.entries.filter((entry) => !allow.used.has(entry));
  return [
    ...allow.expired.flatMap((entry) =>
      wrap(
        `expired on ${entry.expires}, and allows nothing any more: ${formatEntry(entry)} (${printable(entry.reason)})`,
        width,
      ),
    ),
    ...unused.flatMap((entry) =>
      wrap(
        `no longer fails, and can be taken out of ${printable(allow.path)}: ${formatEntry(entry)} (${printable(entry.reason)})`,
        width,
      ),
    ),
  ];
}

function formatTotal(
  report: Report,
  { objects, kernels, pairs, standings }: Digest,
  { baseline }: Policy,
  { colors }: PrettyOptions,
  width: number,
): string[] {
  const counts = [
    [pairs.loads, pairs.loads === 1 ? "loads" : "load", colors.green],
    [pairs.fails, pairs.fails === 1 ? "does not load" : "do not load", colors.red],
    [pairs.unknown, "cannot be told", colors.yellow],
    [pairs.skipped, "skipped", colors.dim],
  ] as const;
  const told = counts
    .filter(([count]) => count > 0)
    .map(([count, text, color]) => ({ text: `${formatCount(count)} ${text}`, color }));
  const { allowed, unchanged, optional } = standings;
  const sum = (of: { fails: number; unknown: number }): number => of.fails + of.unknown;
  const asides = [
    ...(sum(allowed) > 0 ? [`${plural(sum(allowed), "program")} allowed`] : []),
    ...(baseline !== undefined ? [`${plural(sum(unchanged), "program")} as in the baseline`] : []),
    ...(sum(optional) > 0 ? [`${plural(sum(optional), "optional program")} would not load`] : []),
  ];
  const total = `${plural(objects.length, "object")} on ${plural(kernels.length, "kernel")}: `;
  const plain = told.map(({ text }) => text).join(", ") || "nothing was checked";
  const shown = told.map(({ text, color }) => color(text)).join(", ") || plain;
  return [
    ...(total.length + plain.length <= width ? [total + shown] : [total.trimEnd(), INDENT + shown]),
    ...(asides.length > 0 ? wrap(`not counted: ${asides.join(", ")}`, width) : []),
    ...describePart(report, width),
  ];
}

function describePart({ shard, pending }: Report, width: number): string[] {
  return [
    ...(shard === null ? [] : [`shard ${listOf(shard.indices.map(String))} of ${shard.count}`]),
    ...(pending.length === 0
      ? []
      : wrap(
          `interrupted: ${plural(pending.length, "kernel")} not checked: ${listOf(pending.map(printable))}`,
          width,
        )),
  ];
}
