import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Times } from "@core/conformance";
import type { CaseName } from "./cases.js";
import type { CorpusResult } from "./corpus.js";
import type { Growth } from "./growth.js";
import type { Measured } from "./measure.js";
import type { Memory } from "./memory.js";
import { growthPlot } from "./plot.js";

export interface Row extends Measured {
  /** What the object stands for; empty where there is none. */
  readonly work: string;
  readonly name: CaseName;
  readonly libbpf: Times | undefined;
}

export interface Result {
  readonly machine: string;
  /** Its version, where it was measured. */
  readonly libbpf: string | undefined;
  readonly target: { readonly types: number; readonly bytes: number };
  readonly memory: Memory;
  readonly rows: readonly Row[];
  readonly corpus: CorpusResult;
}

const ms = (ns: number): string => (ns / 1e6).toFixed(ns < 1e6 ? 3 : ns < 1e7 ? 2 : 1);
const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);
const ratio = (ours: number, theirs: number): string =>
  `${(ours / theirs).toFixed(ours / theirs < 0.1 ? 3 : 2)} ×`;

const HEADS = [
  "",
  "median, ms",
  "± ms",
  "first run, ms",
  "libbpf, ms",
  "ratio",
  "first run to libbpf's median",
] as const;

/** Cells of a row: libbpf's are empty where it has no such step. */
function cellsOf({ name, median, deviation, first, libbpf }: Row): readonly string[] {
  const ours = [name, ms(median), ms(deviation), ms(first)];
  if (libbpf === undefined) return [...ours, "", "", ""];
  return [...ours, ms(libbpf.median_ns), ratio(median, libbpf.median_ns), ratio(first, libbpf.median_ns)];
}

function setting({ machine, libbpf, target }: Result): string {
  const peer = libbpf === undefined ? "" : `, libbpf ${libbpf}`;
  return `${machine}${peer}; a kernel of ${target.types} types, ${(target.bytes / 1e6).toFixed(1)} MB`;
}

function corpusLine({ objects, relocations, ours, libbpf }: CorpusResult): string {
  const us = (ns: number) => `${(ns / 1000).toFixed(2)} µs`;
  const peer = libbpf === undefined ? "" : `; libbpf ${us(libbpf)}, ${ratio(ours, libbpf)}`;
  return `${objects} real objects, ${relocations} relocations, on one warm target: ${us(ours)} for each relocation${peer}`;
}

const memoryLine = ({ structs, all }: Memory): string =>
  `memory beyond the input: ${mib(structs)} MiB with the index of structs, ${mib(all)} MiB with that of all names`;

export function formatText(result: Result): string {
  const lines = [setting(result)];
  const cells = [HEADS, ...result.rows.map(cellsOf)];
  const widths = HEADS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const aligned = (row: readonly string[]) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ")}`.trimEnd();
  for (const [i, row] of result.rows.entries()) {
    if (i === 0 || row.work !== result.rows[i - 1]?.work)
      lines.push("", row.work || "the kernel", aligned(HEADS));
    lines.push(aligned(cellsOf(row)));
  }
  return [...lines, "", corpusLine(result.corpus), memoryLine(result.memory)].join("\n");
}

const BEGIN = "<!-- begin: pnpm bench --docs -->";
const END = "<!-- end: pnpm bench --docs -->";

/** Puts the tables between their marks in performance.md, and the plot beside it. */
export function writeDocs(
  folder: string,
  result: Result,
  fleet: readonly string[],
  growths: readonly Growth[],
): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "performance.md");
  const before = existsSync(path) ? readFileSync(path, "utf8") : `${BEGIN}\n${END}\n`;
  const [start, end] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`${path} has no ${BEGIN} and ${END} to write between`);
  const text = [
    BEGIN,
    "",
    `Measured on ${setting(result)}.`,
    "",
    ...tableOf(result.rows),
    "",
    `- ${corpusLine(result.corpus)}.`,
    `- ${memoryLine(result.memory)}.`,
    ...fleet.map((line) => `- ${line}.`),
    "",
    "![Time for each part of the work, as the work grows](performance-growth.svg)",
    "",
  ].join("\n");
  writeFileSync(path, before.slice(0, start) + text + before.slice(end));
  writeFileSync(join(folder, "performance-growth.svg"), growthPlot(growths));
}

function tableOf(rows: readonly Row[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const lines = [line(HEADS), line(HEADS.map((_, i) => (i === 0 ? "---" : "---:")))];
  for (const [i, row] of rows.entries()) {
    if (row.work !== "" && row.work !== rows[i - 1]?.work)
      lines.push(line([`**${row.work}**`, ...HEADS.slice(1).map(() => "")]));
    lines.push(line(cellsOf(row)));
  }
  return lines;
}
