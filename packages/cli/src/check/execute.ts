import { availableParallelism } from "node:os";
import { printable } from "@core/bytes";
import { cacheFolder } from "../common/cache-folder.js";
import type { Surroundings } from "../common/commands.js";
import { CommandError, Exit } from "../common/exit.js";
import { version } from "../common/version.js";
import type { AllowList } from "./allow.js";
import { ARCHS, findArch } from "./arch.js";
import { type Digest, digestOf } from "./digest.js";
import { fingerprint } from "./fingerprint.js";
import type { KernelSource } from "./kernels.js";
import { createReport, type PackedResult, type Report } from "./model.js";
import { findObjects, type OpenObjects, objectEntry, openObjects } from "./objects.js";
import { type Baseline, baselineOf, type FailOn, type Policy } from "./policy.js";
import { startProgress } from "./progress.js";
import { checkReporters, parseReporters, type ReporterChoice, writeReports } from "./reporters.js";
import { checkAll } from "./run.js";
import { isInShard, parseShard } from "./shard.js";
import { type TargetOptions, targetsOf } from "./target.js";
import { ChangedError, type UnitContext } from "./unit.js";

/** Of `check` and `check merge`. */
export interface ReportOptions {
  readonly reporter?: readonly string[];
  readonly failOn: FailOn;
  readonly allow?: string;
  readonly baseline?: string;
  readonly verbose?: true;
}

export interface CheckOptions extends ReportOptions, TargetOptions {
  readonly target?: readonly string[];
  readonly arch?: string;
  readonly shard?: string;
  readonly jobs?: number;
  /** False with `--no-cache`. */
  readonly cache: boolean;
}

/** As shells tell that a command was interrupted: 128 + SIGINT. */
const INTERRUPTED = 130;

/**
 * `bpf-core check`.
 * @returns the exit code.
 */
export async function runCheck(
  objects: readonly string[],
  options: CheckOptions,
  surroundings: Surroundings,
): Promise<number> {
  // What is wrong with the options is told before the work, not after it.
  const choices = parseReporters(options.reporter ?? ["pretty"]);
  const policy = await policyOf(options);
  const arch = archOf(options);
  const shard = options.shard === undefined ? null : parseShard(options.shard, process.env);
  const all = targetsOf(options.target, options, surroundings);
  const sources = all.filter(({ name }) => shard === null || isInShard(name, shard));
  const jobs = Math.min(options.jobs ?? availableParallelism(), sources.length);
  // Several threads open what they need themselves.
  const opened = openObjects(jobs > 1 ? 0 : undefined);
  const paths = findObjects(objects);
  checkReporters(choices, [
    ...paths,
    ...all.flatMap(({ paths: own, modules, kconfig, kallsyms }) => [
      ...[...own, ...modules],
      ...[kconfig, kallsyms].filter((path) => path !== null),
    ]),
    ...policyFiles(options),
  ]);
  const entries = paths.map((path) => objectEntry(path, opened));
  const readable = entries
    .filter(({ error }) => error === null)
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const context: UnitContext = {
    objects: readable,
    arch,
    cache: options.cache ? { folder: cacheFolder("check"), key: fingerprint() } : null,
  };
  const { kernels, pending } = await runToEnd(sources, context, { jobs, opened }, surroundings);
  const isWhole = shard === null || shard.count === 1;
  const report = createReport({
    tool: version(),
    shard: isWhole ? null : shard,
    pending,
    objects: entries,
    kernels,
  });
  return conclude(report, choices, policy, options, surroundings);
}

/** @returns what was checked, and the names of what was not because the user ended it. */
async function runToEnd(
  sources: readonly KernelSource[],
  context: UnitContext,
  threads: { readonly jobs: number; readonly opened: OpenObjects },
  { stderr }: Surroundings,
): Promise<{ kernels: readonly PackedResult[]; pending: readonly string[] }> {
  const kernels: PackedResult[] = [];
  const pending = new Set(sources.map(({ name }) => name));
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const progress = await startProgress(sources.length, "kernels", stderr);
  try {
    await checkAll(sources, context, {
      ...threads,
      signal: stop.signal,
      onDone: ({ name }, results) => {
        kernels.push(...results);
        pending.delete(name);
        progress.advance();
      },
    });
  } catch (error) {
    if (!(error instanceof ChangedError)) throw error;
    throw new CommandError(Exit.input, `${printable(error.path)}: ${error.message}`, error);
  } finally {
    progress.stop();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
  return { kernels, pending: [...pending] };
}

/**
 * `bpf-core check merge`.
 * @returns the exit code.
 */
export async function runMerge(
  paths: readonly string[],
  options: ReportOptions,
  surroundings: Surroundings,
): Promise<number> {
  const choices = parseReporters(options.reporter ?? ["pretty"]);
  const policy = await policyOf(options);
  checkReporters(choices, [...paths, ...policyFiles(options)]);
  const { mergeReports, readReport } = await import("./merge.js");
  const report = mergeReports(paths.map((path) => ({ path, report: readReport(path) })));
  return conclude(report, choices, policy, options, surroundings);
}

function conclude(
  report: Report,
  choices: readonly ReporterChoice[],
  policy: Policy,
  options: ReportOptions,
  { stdout }: Surroundings,
): number {
  let made: Digest | undefined;
  const digest = (): Digest => (made ??= digestOf(report, policy));
  writeReports(choices, { report, digest, policy, verbose: options.verbose === true }, stdout);
  return exitCodeOf(report, digest, policy);
}

function exitCodeOf({ pending, objects, kernels }: Report, digest: () => Digest, { failOn }: Policy): number {
  if (pending.length > 0) return INTERRUPTED;
  if ([...objects, ...kernels.map(({ kernel }) => kernel)].some(({ error }) => error !== null))
    return Exit.input;
  if (failOn === "never") return Exit.ok;
  const { fails, unknown } = digest().standings.new;
  return (failOn === "fails" ? fails : fails + unknown) > 0 ? Exit.unresolved : Exit.ok;
}

const policyFiles = ({ allow, baseline }: ReportOptions): readonly string[] =>
  [allow, baseline].filter((path) => path !== undefined);

async function policyOf({ failOn, allow, baseline }: ReportOptions): Promise<Policy> {
  return {
    failOn,
    allow: allow === undefined ? undefined : await readAllowed(allow),
    baseline: baseline === undefined ? undefined : await readBaseline(baseline),
  };
}

// What reads files by their schemas takes longer to load than many a run takes.

async function readAllowed(path: string): Promise<AllowList> {
  const { readAllowList } = await import("./allow-file.js");
  return readAllowList(path, new Date().toISOString().slice(0, "2026-12-31".length));
}

async function readBaseline(path: string): Promise<Baseline> {
  const { readReport } = await import("./merge.js");
  return baselineOf(readReport(path));
}

function archOf({ arch }: CheckOptions): string | null {
  if (arch === undefined || arch === "any") return arch ?? null;
  const found = findArch(arch);
  if (found !== undefined) return found;
  throw new CommandError(Exit.usage, `--arch ${printable(arch)}: one of ${ARCHS.join(", ")}, or any`);
}
