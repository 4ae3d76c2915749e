import { basename, dirname } from "node:path";
import { printable } from "@core/bytes";
import type { Colors } from "picocolors/types.js";
import { columnWidth, wrap } from "../common/wrap.js";
import type { Cell, Digest } from "./digest.js";
import { type Group, groupsFor, legendOf, summarize } from "./groups.js";
import { formatCount, plural } from "./words.js";

export interface MatrixOptions {
  readonly colors: Colors;
  /** In characters. */
  readonly width: number;
  /** Every object has its row. */
  readonly verbose: boolean;
}

/** In characters, between columns. */
const GAP = 2;
/** In characters: what most cells take, such as `2 FAIL`. */
const USUAL = 6;
/** In characters, of the column of objects. */
const MIN_NAMES = 12;
const MAX_NAMES = 48;
/** So many objects are shown. */
const MAX_ROWS = 40;

/** Objects by kernels, with the kernels in groups where there are more than fit; and what its signs mean. */
export function formatMatrix(digest: Digest, options: MatrixOptions): string[] {
  const kernels = digest.kernels.filter(({ error }) => error === null);
  const rows = digest.objects.flatMap(({ path, error }, i) =>
    error === null ? [{ path: printable(path), cells: digest.cells[i] ?? [] }] : [],
  );
  if (kernels.length === 0 || rows.length === 0) return [];
  const { shown, hidden } = chooseRows(rows, options.verbose);
  const longest = columnWidth(shown.map(({ path }) => INDENT + basename(path)));
  const namesWidth = Math.min(longest, MAX_NAMES, Math.max(MIN_NAMES, Math.floor(options.width / 2)));
  const groups = groupsFor(kernels, Math.max(1, Math.floor((options.width - namesWidth) / (USUAL + GAP))));

  const table = shown.map(({ cells }) => groups.map((group) => summarize(group, cells)));
  const widest = columnWidth([...table.flat().map(({ text }) => text), numberOf(groups.length - 1)]);
  const width = widest + GAP;

  const lines = shown.length === 0 ? [] : headingOf(groups, namesWidth, width, options);
  let folder = ".";
  for (const [i, { path }] of shown.entries()) {
    if (dirname(path) !== folder) lines.push(options.colors.dim(`${dirname(path)}/`));
    folder = dirname(path);
    const name = shortened(`${INDENT}${basename(path)}`, namesWidth).padEnd(namesWidth);
    lines.push(
      `${name}${(table[i] ?? []).map((cell) => options.colors[COLORS[cell.verdict]](cell.text.padStart(width))).join("")}`,
    );
  }
  if (hidden.length > 0) lines.push(describeHidden(hidden, shown.length));
  // What is on one kernel alone is in the reasons that follow.
  if (kernels.length === 1) return lines;
  const legend = legendOf(groups, table.flat());
  return legend === "" ? lines : [...lines, ...wrap(legend, options.width).map(options.colors.dim)];
}

const INDENT = "  ";

interface Row {
  readonly path: string;
  readonly cells: readonly Cell[];
}

/** Where many objects load everywhere, those that do not are what one looks for. */
function chooseRows(
  rows: readonly Row[],
  verbose: boolean,
): { shown: readonly Row[]; hidden: readonly Row[] } {
  if (verbose || rows.length <= MAX_ROWS) return { shown: rows, hidden: [] };
  const troubles = ({ cells }: Row): number => cells.filter(({ verdict }) => isTrouble(verdict)).length;
  const ranked = rows.filter((row) => troubles(row) > 0).toSorted((a, b) => troubles(b) - troubles(a));
  const chosen = new Set(ranked.slice(0, MAX_ROWS));
  return { shown: rows.filter((row) => chosen.has(row)), hidden: rows.filter((row) => !chosen.has(row)) };
}

const isTrouble = (verdict: string): boolean => verdict === "fails" || verdict === "unknown";

function describeHidden(hidden: readonly Row[], shown: number): string {
  const fine = hidden.filter(({ cells }) => cells.every(({ verdict }) => !isTrouble(verdict))).length;
  const [rest, more] = [hidden.length - fine, shown === 0 ? "" : "more "];
  const others = rest > 0 ? [`${plural(rest, `${more}object`)} with less trouble (-v shows all)`] : [];
  const without =
    rest > 0 ? `${formatCount(fine)} without any` : `${plural(fine, `${more}object`)} without trouble`;
  return [...others, ...(fine > 0 ? [without] : [])].join(", ");
}

const shortened = (name: string, width: number): string =>
  name.length <= width ? name : `...${name.slice(name.length - width + 3)}`;

const numberOf = (i: number): string => `[${i + 1}]`;

/** What the columns are: numbers, and what they stand for. */
function headingOf(
  groups: readonly Group[],
  namesWidth: number,
  width: number,
  { colors }: MatrixOptions,
): string[] {
  const [only, ...others] = groups;
  const nameOf = ({ name, indices }: Group): string =>
    indices.length === 1 ? name : `${name}${colors.dim(`, ${plural(indices.length, "kernel")}`)}`;
  if (only !== undefined && others.length === 0) return [`on ${nameOf(only)}`];
  const digits = numberOf(groups.length - 1).length;
  return [
    ...groups.map((group, i) => `${numberOf(i).padStart(digits)} ${nameOf(group)}`),
    "",
    `${" ".repeat(namesWidth)}${groups.map((_, i) => numberOf(i).padStart(width)).join("")}`,
  ];
}

const COLORS = { fails: "red", unknown: "yellow", loads: "green", skipped: "dim" } as const;
