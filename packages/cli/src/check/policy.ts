import type { ProgramCheck, Reason } from "@core/check";
import { type AllowList, isAllowed } from "./allow.js";
import { programKey, type Report, resultsOf } from "./model.js";

/** What makes the command fail. */
export type FailOn = "fails" | "unknown" | "never";

export interface Policy {
  readonly failOn: FailOn;
  readonly allow: AllowList | undefined;
  readonly baseline: Baseline | undefined;
}

/** Of a program that was checked before: what it said, in short. */
export type Baseline = ReadonlyMap<string, string>;

/**
 * How a verdict counts: `new`, and so for the exit code; `allowed` by a list; `unchanged` since the baseline; or
 * `optional`, a program that is not loaded unless asked for.
 */
export type Standing = "new" | "allowed" | "unchanged" | "optional";

/** What is judged: a program, or an object without programs, whose name and section are empty. */
export interface Judged
  extends Pick<ProgramCheck, "program" | "section" | "verdict" | "autoload" | "reasons"> {
  readonly object: string;
  readonly kernel: string;
}

export function standingOf(judged: Judged, { allow, baseline }: Policy): Standing {
  if (!judged.autoload) return "optional";
  if (baseline !== undefined && baseline.get(keyOf(judged)) === signatureOf(judged)) return "unchanged";
  if (
    allow !== undefined &&
    judged.reasons.length > 0 &&
    judged.reasons.every((reason) => isAllowed(allow, judged, reason))
  ) {
    return "allowed";
  }
  return "new";
}

/** Did it load less before? */
export const isMended = (judged: Judged, { baseline }: Policy): boolean =>
  judged.verdict === "loads" && (baseline?.get(keyOf(judged)) ?? LOADS) !== LOADS;

const LOADS = "loads";

const keyOf = ({ object, kernel, program, section }: Judged): string =>
  programKey(object, kernel, program, section);

const signatureOf = ({ verdict, reasons }: Pick<Judged, "verdict" | "reasons">): string =>
  [verdict, ...reasons.map(({ code, subject }: Reason) => `${code} ${subject}`).toSorted()].join("\n");

function* judgedOf(report: Report): Generator<Judged, void> {
  for (const { kernel, pairs } of resultsOf(report)) {
    for (const pair of pairs) yield* judgedOfPair(kernel.name, pair);
  }
}

export function* judgedOfPair(
  kernel: string,
  {
    object,
    reasons,
    programs,
  }: { object: string; reasons: readonly Reason[]; programs: readonly ProgramCheck[] },
): Generator<Judged, void> {
  // Each program has the reasons of its object, too.
  if (reasons.length > 0 && programs.length === 0) {
    const verdict = reasons.some((reason) => reason.verdict === "fails") ? "fails" : "unknown";
    yield { object, kernel, program: "", section: "", verdict, autoload: true, reasons };
  }
  for (const program of programs) yield { ...program, object, kernel };
}

export const baselineOf = (report: Report): Baseline =>
  new Map([...judgedOf(report)].map((judged) => [keyOf(judged), signatureOf(judged)]));
