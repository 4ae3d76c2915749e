import { basename } from "node:path";
import { formatKernels, titleOf } from "./causes-text.js";
import type { Cause, Digest } from "./digest.js";
import { code, codeBlock } from "./escape.js";
import { groupsFor, legendOf, summarize } from "./groups.js";
import { isPartial, type Report } from "./model.js";
import { plural } from "./words.js";

/** What a page still shows well. */
const MAX_COLUMNS = 8;
const MAX_ROWS = 50;
const MAX_CAUSES = 50;
const MAX_PLACES = 8;

/** For a comment, or the summary of a job. */
export function* markdownReport(report: Report, digest: Digest): Generator<string, void> {
  const { objects, kernels, pairs, causes } = digest;
  const counts = [
    [pairs.loads, "load"],
    [pairs.fails, "do not load"],
    [pairs.unknown, "cannot be told"],
    [pairs.skipped, "skipped"],
  ] as const;
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const part = isPartial(report) ? " (only a part of them was checked)" : "";
  yield `## ${plural(objects.length, "object")} on ${plural(kernels.length, "kernel")}${part}\n\n${told.join(", ")}\n\n`;
  yield* matrixOf(digest);
  for (const cause of causes.slice(0, MAX_CAUSES)) yield* causeOf(cause);
  if (causes.length > MAX_CAUSES)
    yield `... and for ${plural(causes.length - MAX_CAUSES, "more reason")}.\n\n`;
  const unread = [...objects, ...kernels].filter(({ error }) => error !== null);
  if (unread.length > 0) yield "### Not read, and so not checked\n\n";
  for (const { path, error } of unread) yield `- ${code(path)}: ${code(error ?? "")}\n`;
}

function* matrixOf({ objects, kernels, cells }: Digest): Generator<string, void> {
  const readable = kernels.filter(({ error }) => error === null);
  const rows = objects.flatMap(({ path, error }, i) =>
    error === null ? [{ path, own: cells[i] ?? [] }] : [],
  );
  if (readable.length === 0 || rows.length === 0) return;
  const groups = groupsFor(readable, MAX_COLUMNS);
  const isTrouble = ({ own }: (typeof rows)[number]): boolean =>
    own.some(({ verdict }) => verdict === "fails" || verdict === "unknown");
  const shown = (rows.length > MAX_ROWS ? rows.filter(isTrouble) : rows).slice(0, MAX_ROWS);
  const line = (columns: readonly string[]): string => `| ${columns.join(" | ")} |\n`;
  const titles = groups.map(({ name, indices }) =>
    indices.length === 1 ? code(name) : `${code(name)} (${plural(indices.length, "kernel")})`,
  );
  yield line(["", ...titles]);
  yield line(["---", ...groups.map(() => "--:")]);
  const table = shown.map(({ own }) => groups.map((group) => summarize(group, own)));
  for (const [i, { path }] of shown.entries())
    yield line([code(basename(path)), ...(table[i] ?? []).map(cellOf)]);
  const rest = rows.length - shown.length;
  // Those with trouble come first.
  const isFine = shown.length < MAX_ROWS;
  const hidden = rest === 0 ? [] : [`and ${plural(rest, "more object")}${isFine ? " without trouble" : ""}`];
  const notes = [...hidden, legendOf(groups, table.flat())].filter((note) => note !== "");
  yield notes.length > 0 ? `\n${notes.join(". ")}\n\n` : "\n";
}

const cellOf = ({ verdict, text }: ReturnType<typeof summarize>): string =>
  verdict === "fails" ? `**${text}**` : text;

function* causeOf(cause: Cause): Generator<string, void> {
  const { verdict, subject, code: reason, message, hints, objects, places } = cause;
  const word = verdict === "fails" ? "Fails" : "Unknown";
  yield `### ${word}: ${code(subject)}: ${titleOf(cause)}\n\n`;
  yield `${code(formatKernels(cause))}: ${plural(objects.length, "object")} (${code(reason)})\n\n`;
  yield `${codeBlock([message, ...hints.flatMap((hint) => hint.split("\n"))]).join("\n")}\n\n`;
  for (const { object, program, source } of places.slice(0, MAX_PLACES)) {
    const at = source === null ? "" : `, ${code(`${source.file}:${source.line}`)}`;
    yield `- ${code(object)}${program === "" ? "" : ` ${code(program)}`}${at}\n`;
  }
  const rest = places.length - MAX_PLACES;
  yield rest > 0 ? `- and at ${plural(rest, "more place")}\n\n` : "\n";
}
