import type { ProgramCheck, Reason } from "@core/check";
import { jsonOfLists } from "../common/json.js";
import { type Existence, type ExistenceLog, existenceLog } from "./existence.js";
import { compareNames, countsOf, isPartial, type Pair, type Report, resultsOf } from "./model.js";

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
  const subjects = subjectLog(report.kernels.length);
  // Each result is unpacked once for each list of its own, in this order.
  yield* jsonOfLists(head, {
    objects,
    kernels: report.kernels.map(({ kernel }) => kernel),
    pairs: pairLines(report, subjects),
    programs: programLines(report, subjects),
    subjects: subjects.lines(),
  });
}

function summaryOf(report: Report): object {
  const { objects, kernels } = report;
  const unreadable = [...objects, ...kernels.map(({ kernel }) => kernel)].filter(
    ({ error }) => error !== null,
  );
  const counts = { objects: objects.length, kernels: kernels.length, unreadable: unreadable.length };
  return { ...counts, ...countsOf(report) };
}

function* pairLines(report: Report, { existence, add }: SubjectLog): Generator<PairLine, void> {
  for (const result of resultsOf(report)) {
    existence.add(result);
    for (const { object, verdict, note, reasons, absences } of result.pairs) {
      add(reasons);
      yield { object, kernel: result.kernel.name, verdict, note, reasons, absences };
    }
  }
}

function* programLines(report: Report, { add }: SubjectLog): Generator<ProgramLine, void> {
  for (const { kernel, pairs } of resultsOf(report)) {
    for (const { object, programs } of pairs) {
      for (const program of programs) {
        add(program.reasons);
        yield { object, kernel: kernel.name, ...program };
      }
    }
  }
}

/** Takes down what reasons are about while they are told. */
interface SubjectLog {
  readonly existence: ExistenceLog;
  readonly add: (reasons: readonly Reason[]) => void;
  /** Of what is absent somewhere. */
  readonly lines: () => Generator<SubjectLine, void>;
}

function subjectLog(kernels: number): SubjectLog {
  const existence = existenceLog(kernels);
  const subjects = new Set<string>();
  return {
    existence,
    add: (reasons) => {
      for (const { subject } of reasons) subjects.add(subject);
    },
    *lines() {
      for (const subject of [...subjects].toSorted(compareNames)) {
        const found = existence.of(subject);
        if (found !== undefined) yield { subject, ...found };
      }
    },
  };
}
