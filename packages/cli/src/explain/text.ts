import { printable } from "@core/bytes";
import type { ExplainedInsn } from "@core/check";
import { INSN_SIZE } from "@core/insn-patch";
import type { Colors } from "picocolors/types.js";
import { headlineOf } from "../check/causes-text.js";
import { listOf } from "../check/words.js";
import { wrap } from "../common/wrap.js";
import type { Explanation, Point } from "./explanation.js";

export interface ExplainTextOptions {
  readonly colors: Colors;
  /** Of the terminal, in characters; undefined for a file or a pipe. */
  readonly columns: number | undefined;
}

/** Without a terminal, in characters. */
const WIDTH = 100;
const MIN_WIDTH = 40;
const INDENT = "  ";

/** Point by point: where it is, what is the matter, how that was decided, and what can be done. */
export function formatExplanation(explanation: Explanation, options: ExplainTextOptions): string {
  const width = Math.max(options.columns ?? WIDTH, MIN_WIDTH);
  const paragraphs = [
    formatHead(explanation, options, width),
    ...explanation.points.map((point) => formatPoint(point, options, width)),
  ];
  return `${paragraphs.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

const VERDICTS = { loads: "loads", fails: "does not load", unknown: "may not load" } as const;
const COLORS = { loads: "green", fails: "red", unknown: "yellow" } as const;

function formatHead(
  { object, kernel, programs, points, place }: Explanation,
  { colors }: ExplainTextOptions,
  width: number,
): string[] {
  const title = wrap(printable(`${object} on ${kernel}`), width);
  const lines = programs.map(({ program, section, verdict }) => {
    const name = printable(section === "" ? program : `${program} (${section})`);
    return colors[COLORS[verdict]](`${INDENT}${name} ${VERDICTS[verdict]}`);
  });
  const nothing =
    place.kind === "all" ? "every program loads" : "nothing here keeps a program from being loaded";
  return [...title, ...lines, ...(points.length === 0 && lines.length === 0 ? [`${INDENT}${nothing}`] : [])];
}

function formatPoint(point: Point, { colors }: ExplainTextOptions, width: number): string[] {
  const { program, section, insnOff, source, reasons, relocations, insns } = point;
  const text = source?.text ?? "";
  const at = [
    ...(source === null ? [] : [`${source.file.replace(/^.*\//s, "")}:${source.line}`]),
    ...(program === undefined ? [] : [`in ${program.name}`]),
    ...(insnOff === null ? [] : [`${section}+${insnOff}`]),
  ].join(", ");
  const heading = reasons.map(({ reason }) => printable(headlineOf(reason))).join("; ");
  const isFatal = reasons.some(({ reason }) => reason.verdict === "fails");
  const color = reasons.length === 0 ? colors.bold : isFatal ? colors.red : colors.yellow;
  return [
    ...wrap(heading === "" ? describeQuiet(point) : heading, width).map((line) => color(colors.bold(line))),
    ...(at === "" ? [] : [`${INDENT}${printable(at)}`]),
    ...(text === "" ? [] : [`${INDENT}${INDENT}${printable(text)}`]),
    ...insns.map((insn) => formatInsn(insn, point, colors)),
    ...reasons.flatMap(({ reason, programs }) => [
      ...wrap(printable(reason.message), width, INDENT),
      ...(programs.length > 1 || insnOff === null
        ? wrap(`for ${listOf(programs.map((own) => printable(own.program)))}`, width, INDENT)
        : []),
    ]),
    ...relocations.flatMap(({ access, steps }) => [
      ...(access === null ? [] : wrap(printable(`in C: ${access}`), width, INDENT)),
      ...stepsBeyond(steps, point).map((step, i) =>
        colors.dim(`${INDENT}${i === 0 ? "relocation " : INDENT}${printable(step)}`),
      ),
    ]),
    ...new Set(
      reasons.flatMap(({ reason }) => reason.hints.flatMap((hint) => formatHint(hint, colors, width))),
    ),
  ];
}

/** How a relocation was decided, but for what the reasons say already. */
const stepsBeyond = (steps: readonly string[], { reasons }: Point): readonly string[] =>
  steps.filter((step) => !reasons.some(({ reason }) => reason.message.endsWith(step)));

/** Of a point that keeps no program from being loaded. */
const describeQuiet = ({ relocations }: Point): string =>
  relocations.some(({ outcome }) => outcome === "poisoned")
    ? "absent, and never used: the programs do not get to this instruction"
    : relocations.length > 0
      ? "relocated"
      : "nothing to relocate, and nothing against it";

/** Counted from the start of its function, in slots of 8 bytes, as libbpf and the verifier do. */
function formatInsn({ insnOff, before, after }: ExplainedInsn, point: Point, colors: Colors): string {
  const isAsked = insnOff === point.insnOff;
  const index = (insnOff - (point.program?.offset ?? 0)) / INSN_SIZE;
  const line = `${INDENT}${isAsked ? ">" : " "} ${`#${index}`.padStart(5)}  ${before}`;
  const full = before === after ? line : `${line}  ->  ${after}`;
  return isAsked ? colors.bold(full) : colors.dim(full);
}

/** A hint may be a sentence, or some lines of code. */
function formatHint(hint: string, { cyan }: Colors, width: number): string[] {
  const lines = hint.split("\n").map(printable);
  if (lines.length === 1) return wrap(`-> ${lines[0] ?? ""}`, width, INDENT).map(cyan);
  return lines.map((line) => cyan(`${INDENT}${INDENT}${line}`));
}
