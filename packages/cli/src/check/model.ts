import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { ByteOrder } from "@core/bytes";
import type { ObjectCheck, ProgramVerdict } from "@core/check";

/** One of the objects that were checked. */
export interface ObjectEntry {
  /** As given, or as found below a folder that was given. */
  readonly path: string;
  /** Of its content, in hex; null when it could not be read. */
  readonly sha256: string | null;
  readonly order: ByteOrder | null;
  /** What its programs were compiled for, if they show it. */
  readonly arch: string | null;
  /** Why it could not be read, and so was not checked. */
  readonly error: string | null;
}

/** One of the kernels. */
export interface KernelEntry {
  /** Unique in a report: a release, or whatever tells it from the others. */
  readonly name: string;
  /** Where its BTF was found. */
  readonly path: string;
  /** Its coordinates in a collection of the form of BTFHub, `distro/version/arch/release.btf.tar.xz`. */
  readonly distro: string | null;
  readonly version: string | null;
  readonly arch: string | null;
  readonly order: ByteOrder | null;
  /** The modules whose BTF was looked in, too. */
  readonly modules: readonly string[];
  /** What was found beside it and could not be used. */
  readonly notes: readonly string[];
  /** Why it could not be read, and so nothing was checked against it. */
  readonly error: string | null;
}

export type PairVerdict = ProgramVerdict | "skipped";

/** One object on one kernel. */
export interface Pair extends Omit<ObjectCheck, "verdict"> {
  readonly object: string;
  readonly verdict: PairVerdict;
  /** Why it was skipped. */
  readonly note: string | null;
}

/** All objects on one kernel, sorted by path; none when the kernel could not be read. */
export interface KernelResult {
  readonly kernel: KernelEntry;
  readonly pairs: readonly Pair[];
}

/** Which part of the kernels a run took: `indices` counts from 1. */
export interface Shard {
  readonly indices: readonly number[];
  readonly count: number;
}

/** How many there are of each verdict. */
export type Counts<T extends string> = Readonly<Record<T, number>>;

/** A kernel's result, packed: a report of a million pairs is kept in memory. */
export interface PackedResult {
  readonly kernel: KernelEntry;
  readonly pairCounts: Counts<PairVerdict>;
  readonly programCounts: Counts<ProgramVerdict>;
  readonly bytes: Uint8Array;
}

/** Everything that a run found out, sorted: the same for the same input, in whatever order and parts it was computed. */
export interface Report {
  /** This program's version. */
  readonly tool: string;
  /** Null when all kernels were meant to be checked. */
  readonly shard: Shard | null;
  /** The kernels that an interrupted run did not get to. */
  readonly pending: readonly string[];
  readonly objects: readonly ObjectEntry[];
  readonly kernels: readonly PackedResult[];
}

/** Not the whole of what was asked for: one shard of several, or interrupted. */
export const isPartial = ({ shard, pending }: Report): boolean => shard !== null || pending.length > 0;

const { compare } = new Intl.Collator("en", { numeric: true });

/** Versions in their natural order, and no two different texts equal. */
export const compareNames = (a: string, b: string): number => compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);

export function packResult(result: KernelResult): PackedResult {
  const { kernel, pairs } = result;
  const pairCounts = { loads: 0, fails: 0, unknown: 0, skipped: 0 };
  const programCounts = { loads: 0, fails: 0, unknown: 0 };
  for (const pair of pairs) {
    pairCounts[pair.verdict]++;
    for (const { verdict } of pair.programs) programCounts[verdict]++;
  }
  return { kernel, pairCounts, programCounts, bytes: deflateRawSync(JSON.stringify(result), { level: 1 }) };
}

/** Only for what {@link packResult} made. */
function unpackResult({ bytes }: PackedResult): KernelResult {
  return JSON.parse(inflateRawSync(bytes).toString());
}

/** How many pairs and programs there are of each verdict. */
export function countsOf({ kernels }: Report): {
  readonly pairs: Counts<PairVerdict>;
  readonly programs: Counts<ProgramVerdict>;
} {
  const pairs = { loads: 0, fails: 0, unknown: 0, skipped: 0 };
  const programs = { loads: 0, fails: 0, unknown: 0 };
  for (const { pairCounts, programCounts } of kernels) {
    addCounts(pairs, pairCounts);
    addCounts(programs, programCounts);
  }
  return { pairs, programs };
}

function addCounts<T extends string>(sums: Record<T, number>, counts: Counts<T>): void {
  for (const verdict in counts) sums[verdict] += counts[verdict];
}

/** Kernel by kernel, so that only one is in memory. */
export function* resultsOf({ kernels }: Report): Generator<KernelResult, void> {
  for (const packed of kernels) yield unpackResult(packed);
}

export function createReport(parts: Report): Report {
  return {
    ...parts,
    pending: parts.pending.toSorted(compareNames),
    objects: parts.objects.toSorted((a, b) => compareNames(a.path, b.path)),
    kernels: parts.kernels.toSorted((a, b) => compareNames(a.kernel.name, b.kernel.name)),
  };
}

/** What tells one program from another in a report. */
export const programKey = (object: string, kernel: string, program: string, section: string): string =>
  [object, kernel, program, section].join("\0");
