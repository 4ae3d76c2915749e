import type { Reason } from "@core/check";
import { type Existence, type ExistenceLog, existenceLog } from "./existence.js";
import {
  type Counts,
  compareNames,
  countsOf,
  type KernelEntry,
  type ObjectEntry,
  type PairVerdict,
  type Report,
  resultsOf,
} from "./model.js";
import { isMended, type Judged, judgedOfPair, type Policy, type Standing, standingOf } from "./policy.js";

/** One object on one kernel: how many of its programs do not load, of those that count. */
export interface Cell {
  readonly verdict: PairVerdict;
  readonly programs: number;
  readonly fails: number;
  readonly unknown: number;
}

/** What the programs that do not load have in common. */
export interface Cause extends Pick<Reason, "code" | "verdict" | "subject"> {
  /** What was looked for and found, of the first of them. */
  readonly message: string;
  readonly hints: readonly string[];
  readonly places: readonly Place[];
  readonly objects: readonly string[];
  readonly kernels: readonly string[];
  /** The kernels that any of the objects was checked on: `kernels` and those where this is none. */
  readonly checkedOn: readonly string[];
  /** In which of the kernels its subject is; undefined where that is not the matter. */
  readonly existence: Existence | undefined;
  /** How many times one of the objects does not load on one of the kernels for it. */
  readonly pairs: number;
}

export interface Place extends Pick<Reason, "section" | "insnOff" | "function" | "source"> {
  readonly object: string;
  /** Empty where it is about the object. */
  readonly program: string;
  readonly kernels: readonly string[];
}

/** A report, added up. */
export interface Digest {
  readonly objects: readonly ObjectEntry[];
  readonly kernels: readonly KernelEntry[];
  /** By object, and by kernel. */
  readonly cells: readonly (readonly Cell[])[];
  readonly pairs: Counts<PairVerdict>;
  readonly programs: Counts<"loads" | "fails" | "unknown">;
  /** Of the programs that do not load. */
  readonly standings: Readonly<Record<Standing, Counts<"fails" | "unknown">>>;
  /** Those of programs that count, the most widespread first, failures before what is unknown. */
  readonly causes: readonly Cause[];
  /** Programs that did not load before. */
  readonly mended: readonly Judged[];
}

type Counter<T extends string> = Record<T, number>;

interface OpenPlace extends Omit<Place, "kernels"> {
  readonly kernels: Set<string>;
}

interface OpenCause extends Pick<Reason, "code" | "verdict" | "subject" | "message"> {
  readonly hints: Set<string>;
  readonly places: Map<string, OpenPlace>;
  readonly pairs: Set<string>;
  readonly objects: Set<string>;
  readonly kernels: Set<string>;
}

export function digestOf(report: Report, policy: Policy): Digest {
  const kernels: KernelEntry[] = [];
  const rows = new Map<string, Cell[]>(report.objects.map(({ path }) => [path, []]));
  const standings: Record<Standing, Counter<"fails" | "unknown">> = {
    new: { fails: 0, unknown: 0 },
    allowed: { fails: 0, unknown: 0 },
    unchanged: { fails: 0, unknown: 0 },
    optional: { fails: 0, unknown: 0 },
  };
  const causes = new Map<string, OpenCause>();
  const mended: Judged[] = [];

  const existence = existenceLog(report.kernels.length);
  for (const result of resultsOf(report)) {
    const { kernel, pairs: own } = result;
    kernels.push(kernel);
    existence.add(result);
    for (const pair of own) {
      const cell = { verdict: pair.verdict, programs: pair.programs.length, fails: 0, unknown: 0 };
      for (const judged of judgedOfPair(kernel.name, pair)) {
        if (isMended(judged, policy)) mended.push(judged);
        if (judged.verdict === "loads") continue;
        const standing = standingOf(judged, policy);
        standings[standing][judged.verdict]++;
        if (standing !== "new") continue;
        cell[judged.verdict]++;
        for (const reason of judged.reasons) addReason(causes, judged, reason);
      }
      rows.get(pair.object)?.push(cell);
    }
  }
  const cells = report.objects.map(({ path }) => rows.get(path) ?? []);
  const closed = [...causes.values()].map((cause) => closeCause(cause, report, kernels, cells, existence));
  return {
    objects: report.objects,
    kernels,
    cells,
    ...countsOf(report),
    standings,
    causes: closed.toSorted(compareCauses),
    mended,
  };
}

function addReason(causes: Map<string, OpenCause>, judged: Judged, reason: Reason): void {
  const { code, verdict, subject, message, section, insnOff, function: func, source } = reason;
  const key = [verdict, code, subject].join("\0");
  const fresh = (): OpenCause => ({
    ...{ code, verdict, subject, message, hints: new Set(), places: new Map() },
    ...{ pairs: new Set(), objects: new Set(), kernels: new Set() },
  });
  const cause = entryOf(causes, key, fresh);
  cause.objects.add(judged.object);
  cause.kernels.add(judged.kernel);
  cause.pairs.add(`${judged.object}\0${judged.kernel}`);
  for (const hint of reason.hints) cause.hints.add(hint);
  const { object, program } = judged;
  // A line of source takes many instructions.
  const at = source === null ? insnOff : `${source.file}:${source.line}`;
  const place = entryOf(cause.places, [object, program, section, at].join("\0"), () => ({
    ...{ object, program, section, insnOff, function: func, source, kernels: new Set<string>() },
  }));
  place.kernels.add(judged.kernel);
}

function entryOf<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}

function closeCause(
  { hints, places, pairs, objects, kernels, ...cause }: OpenCause,
  report: Report,
  all: readonly KernelEntry[],
  cells: readonly (readonly Cell[])[],
  existence: ExistenceLog,
): Cause {
  const rows = report.objects.flatMap(({ path }, i) => (objects.has(path) ? [cells[i] ?? []] : []));
  const readable = all.filter(({ error }) => error === null);
  return {
    ...cause,
    hints: [...hints],
    places: [...places.values()]
      .map((place) => ({ ...place, kernels: [...place.kernels] }))
      .toSorted(
        (a, b) =>
          compareNames(a.object, b.object) ||
          compareNames(a.program, b.program) ||
          (a.insnOff ?? 0) - (b.insnOff ?? 0),
      ),
    objects: [...objects].toSorted(compareNames),
    kernels: [...kernels],
    checkedOn: readable
      .filter((_, i) => rows.some((row) => row[i] !== undefined && row[i].verdict !== "skipped"))
      .map(({ name }) => name),
    existence: existence.of(cause.subject),
    pairs: pairs.size,
  };
}

const compareCauses = (a: Cause, b: Cause): number =>
  (a.verdict === b.verdict ? 0 : a.verdict === "fails" ? -1 : 1) ||
  b.pairs - a.pairs ||
  b.places.length - a.places.length ||
  compareNames(a.subject, b.subject) ||
  compareNames(a.code, b.code);
