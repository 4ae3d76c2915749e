import type { ProgramCheck, Reason } from "@core/check";
import { jsonOfLists } from "../common/json.js";
import { type Existence, existenceLog } from "./existence.js";
import { compareNames, isPartial, type KernelEntry, type Pair, type Report, resultsOf } from "./model.js";

/** Of the format: it grows when a property changes its meaning or goes. */
const REPORT_VERSION = 1;

/** An element of `pairs`: one object on one kernel, its programs apart. */
export interface PairLine extends Pick<Pair, "object" | "verdict" | "note" | "absences"> {
  readonly kernel: string;
  readonly reasons: readonly Reason[];
}

/** An element of `programs`. */
export interface ProgramLine extends ProgramCheck {
  readonly object: string;
  readonly kernel: string;
}

/** An element of `subjects`. */
interface SubjectLine extends Existence {
  readonly subject: string;
}

/** The whole report, whatever the policy is: the next run's baseline, and a part to merge. In pieces. */
export function* jsonReport(report: Report): Generator<string, void> {
  const { tool, shard, pending, objects } = report;
  const head = {
    version: REPORT_VERSION,
    tool: { name: "bpf-core", version: tool },
    partial: isPartial(report),
    shard,
    pending,
    summary: summaryOf(report),
  };
  yield* jsonOfLists(head, {
    objects,
    kernels: kernelsOf(report),
    pairs: pairLines(report),
    programs: programLines(report),
    subjects: subjectLines(report),
  });
}

function summaryOf(report: Report): object {
  const pairs = { loads: 0, fails: 0, unknown: 0, skipped: 0 };
  const programs = { loads: 0, fails: 0, unknown: 0 };
  let unreadable = 0;
  for (const { kernel, pairs: own } of resultsOf(report)) {
    if (kernel.error !== null) unreadable++;
    for (const pair of own) {
      pairs[pair.verdict]++;
      for (const { verdict } of pair.programs) programs[verdict]++;
    }
  }
  unreadable += report.objects.filter(({ error }) => error !== null).length;
  return { objects: report.objects.length, kernels: report.kernels.length, unreadable, pairs, programs };
}

function* kernelsOf(report: Report): Generator<KernelEntry, void> {
  for (const { kernel } of resultsOf(report)) yield kernel;
}

function* pairLines(report: Report): Generator<PairLine, void> {
  for (const { kernel, pairs } of resultsOf(report)) {
    for (const { object, verdict, note, reasons, absences } of pairs)
      yield { object, kernel: kernel.name, verdict, note, reasons, absences };
  }
}

/** Of what reasons are about, if it is absent somewhere. */
function* subjectLines(report: Report): Generator<SubjectLine, void> {
  const existence = existenceLog(report.kernels.length);
  const subjects = new Set<string>();
  for (const result of resultsOf(report)) {
    existence.add(result);
    for (const { reasons, programs } of result.pairs) {
      for (const reason of [reasons, ...programs.map((program) => program.reasons)].flat())
        subjects.add(reason.subject);
    }
  }
  for (const subject of [...subjects].toSorted(compareNames)) {
    const found = existence.of(subject);
    if (found !== undefined) yield { subject, ...found };
  }
}

function* programLines(report: Report): Generator<ProgramLine, void> {
  for (const { kernel, pairs } of resultsOf(report)) {
    for (const { object, programs } of pairs) {
      for (const program of programs) yield { object, kernel: kernel.name, ...program };
    }
  }
}
