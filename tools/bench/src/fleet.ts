import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { findHarness } from "@core/conformance";
import { findCorpus, kernelsOf, objectsOf } from "@core/corpus";
import { COMMAND } from "./command.js";
import { timed } from "./measure.js";

/** All objects of the corpus on all of its kernels. Times of one core, in nanoseconds: the least of several runs. */
export interface Fleet {
  readonly objects: number;
  readonly kernels: number;
  /** `bpf-core check` as a process, start included: relocation, reachability and everything else. */
  readonly check: number;
  /** libbpf's harness, which relocates and no more: a process for each pair; and one for each kernel, which is kept open. */
  readonly libbpf: { readonly apart: number; readonly kept: number } | undefined;
  /** Of the file, in bytes. */
  readonly largestKernel: number;
  /** The most memory that `bpf-core check` had, in bytes, by its number of jobs. */
  readonly memory: readonly { readonly jobs: number; readonly bytes: number }[];
}

const ROUNDS = 3;

/** Undefined without a corpus. Objects and kernels of foreign byte order are left out. */
export function benchFleet(): Fleet | undefined {
  const corpus = findCorpus();
  if (corpus === undefined) return undefined;
  const objects = objectsOf(corpus).map(({ path }) => path);
  const kernels = kernelsOf(corpus).flatMap(({ name, path }) => (name.includes("s390x") ? [] : [path]));
  const [harness] = findHarness()?.little ?? [];
  const pairs = kernels.flatMap((kernel) => objects.map((object) => [kernel, object]));
  const together = kernels.map((kernel) => [kernel, ...objects]);
  const runAll = (command: string, all: readonly string[][]) => () => {
    for (const args of all) run(command, args);
  };
  const peers = harness === undefined ? [] : [runAll(harness, pairs), runAll(harness, together)];
  const works = [() => check(objects, kernels, 1), ...peers];
  // In turn, so that what else the machine does falls on each.
  const rounds = Array.from({ length: ROUNDS }, () => works.map(timed));
  const [ours = Number.NaN, apart, kept] = works.map((_, i) =>
    Math.min(...rounds.map((times) => times[i] ?? Number.NaN)),
  );
  return {
    objects: objects.length,
    kernels: kernels.length,
    check: ours,
    libbpf: apart === undefined || kept === undefined ? undefined : { apart, kept },
    largestKernel: Math.max(...kernels.map((path) => statSync(path).size)),
    memory: [1, 2].map((jobs) => ({ jobs, bytes: check(objects, kernels, jobs) })),
  };
}

const TELL_MEMORY = join(import.meta.dirname, "tell-memory.js");

/** @returns the most memory that it had, in bytes. */
function check(objects: readonly string[], kernels: readonly string[], jobs: number): number {
  const options = ["--no-cache", "--arch", "any", "--fail-on", "never", "--reporter", "json"];
  const args = ["check", ...objects, "--jobs", String(jobs), ...options, "--target", ...kernels];
  return Number(run(process.execPath, ["--import", TELL_MEMORY, COMMAND, ...args]));
}

/** @returns what it wrote to standard error. */
function run(command: string, args: readonly string[]): string {
  const { status, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return stderr;
}

/** A line for each figure. */
export function formatFleet({ objects, kernels, check: ours, libbpf, ...rest }: Fleet): readonly string[] {
  const each = (ns: number): string => `${(ns / objects / kernels / 1e6).toFixed(2)} ms`;
  const times = (ns: number): string => `${each(ns)}, ${(ns / ours).toFixed(1)} × as long`;
  const peer =
    libbpf === undefined
      ? ""
      : `; libbpf, which relocates only, as a process for each ${times(libbpf.apart)}, with the kernel kept open between objects ${times(libbpf.kept)}`;
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const most = rest.memory.map(({ jobs, bytes }) => `${mb(bytes)} with --jobs ${jobs}`).join(", ");
  return [
    `check, ${objects} objects on ${kernels} kernels, one core: ${each(ours)} for each pair${peer}`,
    `memory of check at its highest: ${most}; a kernel has up to ${mb(rest.largestKernel)}`,
  ];
}
