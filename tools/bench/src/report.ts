import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Times } from "@core/conformance";
import type { CaseName } from "./cases.js";
import type { CommandTimes } from "./command.js";
import type { CorpusResult } from "./corpus.js";
import type { Growth } from "./growth.js";
import type { Measured } from "./measure.js";
import type { Memory } from "./memory.js";
import type { PeerTimes } from "./peers.js";
import { growthPlot } from "./plot.js";

export interface Row extends Measured, PeerTimes {
  /** What the object stands for; empty where there is none. */
  readonly work: string;
  readonly name: CaseName;
}

export interface Result {
  readonly machine: string;
  /** Versions of the peers that were measured. */
  readonly libbpf: string | undefined;
  readonly cilium: string | undefined;
  readonly target: { readonly types: number; readonly bytes: number };
  readonly memory: Memory;
  readonly rows: readonly Row[];
  /** For the light object. */
  readonly command: CommandTimes | undefined;
  readonly corpus: CorpusResult;
}

const ms = (ns: number): string => (ns / 1e6).toFixed(ns < 1e6 ? 3 : ns < 1e7 ? 2 : 1);
const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);
const ratio = (ours: number, theirs: number): string =>
  `${(ours / theirs).toFixed(ours / theirs < 0.1 ? 3 : 2)} ×`;

/** Of the tables. Cells are empty where a peer has no such step. */
interface Column {
  readonly head: string;
  readonly cell: (row: Row) => string;
}

const OURS: readonly Column[] = [
  { head: "", cell: ({ name }) => name },
  { head: "median, ms", cell: ({ median }) => ms(median) },
  { head: "± ms", cell: ({ deviation }) => ms(deviation) },
  { head: "first run, ms", cell: ({ first }) => ms(first) },
];

const LIBBPF: readonly Column[] = [
  ...besides("libbpf", ({ libbpf }) => libbpf),
  {
    head: "first run to libbpf's median",
    cell: ({ first, libbpf }) => (libbpf ? ratio(first, libbpf.median_ns) : ""),
  },
];

const CILIUM = besides("cilium/ebpf", ({ cilium }) => cilium);

function besides(peer: string, timesOf: (row: Row) => Times | undefined): readonly Column[] {
  const cell = (format: (row: Row, theirs: number) => string) => (row: Row) => {
    const times = timesOf(row);
    return times === undefined ? "" : format(row, times.median_ns);
  };
  return [
    { head: `${peer}, ms`, cell: cell((_, theirs) => ms(theirs)) },
    { head: "ratio", cell: cell(({ median }, theirs) => ratio(median, theirs)) },
  ];
}

/** Without those of a peer that was not measured. */
const columnsOf = ({ libbpf, cilium }: Result): readonly Column[] => [
  ...OURS,
  ...(libbpf === undefined ? [] : LIBBPF),
  ...(cilium === undefined ? [] : CILIUM),
];

function setting({ machine, libbpf, cilium, target }: Result): string {
  const peers = [
    libbpf === undefined ? "without libbpf (pnpm harness builds it)" : `libbpf ${libbpf}`,
    cilium === undefined ? "without cilium/ebpf (pnpm cilium builds it)" : `cilium/ebpf ${cilium}`,
  ];
  return `${[machine, ...peers].join(", ")}; a kernel of ${target.types} types, ${(target.bytes / 1e6).toFixed(1)} MB`;
}

function corpusLine({ objects, relocations, ours, libbpf, cilium }: CorpusResult): string {
  const us = (ns: number) => `${(ns / 1000).toFixed(2)} µs`;
  const beside = (peer: string, each: number | undefined) =>
    each === undefined ? "" : `; ${peer} ${us(each)}, ${ratio(ours, each)}`;
  const left = cilium?.leftOut ?? 0;
  const peers = [
    beside("libbpf", libbpf),
    beside("cilium/ebpf", cilium?.each),
    left === 0 ? "" : `, without ${left} object${left === 1 ? "" : "s"} that it does not resolve alike`,
  ];
  return `${objects} real objects, ${relocations} relocations, on one warm target: ${us(ours)} for each relocation${peers.join("")}`;
}

const memoryLine = ({ structs, all }: Memory): string =>
  `memory beyond the input: ${mib(structs)} MiB with the index of structs, ${mib(all)} MiB with that of all names`;

const commandLine = (times: CommandTimes | undefined): readonly string[] =>
  times === undefined
    ? []
    : [
        `the command as a process, relocate of the light object: ${ms(times.relocate)} ms; Node alone ${ms(times.bare)} ms, ${ratio(times.relocate, times.bare)}`,
      ];

export function formatText(result: Result): string {
  const lines = [setting(result)];
  const columns = columnsOf(result);
  const cellsOf = (row: Row) => columns.map(({ cell }) => cell(row));
  const heads = columns.map(({ head }) => head);
  const cells = [heads, ...result.rows.map(cellsOf)];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const aligned = (row: readonly string[]) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ")}`.trimEnd();
  for (const [i, row] of result.rows.entries()) {
    if (i === 0 || row.work !== result.rows[i - 1]?.work)
      lines.push("", row.work || "the kernel", aligned(heads));
    lines.push(aligned(cellsOf(row)));
  }
  const { corpus, memory, command } = result;
  return [...lines, "", corpusLine(corpus), memoryLine(memory), ...commandLine(command)].join("\n");
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
    ...tableOf(result),
    "",
    `- ${corpusLine(result.corpus)}.`,
    `- ${memoryLine(result.memory)}.`,
    ...commandLine(result.command).map((line) => `- ${line}.`),
    ...fleet.map((line) => `- ${line}.`),
    "",
    "![Time for each part of the work, as the work grows](performance-growth.svg)",
    "",
  ].join("\n");
  writeFileSync(path, before.slice(0, start) + text + before.slice(end));
  writeFileSync(join(folder, "performance-growth.svg"), growthPlot(growths));
}

function tableOf(result: Result): readonly string[] {
  const columns = columnsOf(result);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const lines = [
    line(columns.map(({ head }) => head)),
    line(columns.map((_, i) => (i === 0 ? "---" : "---:"))),
  ];
  for (const [i, row] of result.rows.entries()) {
    if (row.work !== "" && row.work !== result.rows[i - 1]?.work)
      lines.push(line(columns.map((_, column) => (column === 0 ? `**${row.work}**` : ""))));
    lines.push(line(columns.map(({ cell }) => cell(row))));
  }
  return lines;
}
