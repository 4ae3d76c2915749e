import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { CommandError, cacheFolder, getPackage, hostArch, openSuite } from "@core/corpus/archive";
import { fetchWithLibraries, loaderIn } from "@core/corpus/libraries";
import { FINDINGS, findingsNow, nameOfInput } from "./findings.js";
import type { FuzzTarget } from "./target.js";

/** What a run of the engine came to. */
export interface Outcome {
  readonly executions: number;
  /** How many edges of the code were taken: libFuzzer's `cov`. */
  readonly edges: number;
  /** How many inputs are kept, each of which takes an edge, or takes it more often, than all others. */
  readonly inputs: number;
  /** Files with what broke an invariant. */
  readonly findings: readonly string[];
}

/** The engine starts what was built, from wherever this runs. */
const ENTRY = resolve(import.meta.dirname, "../dist/entry.js");

/** In bytes. */
const MAX_INPUT = 1 << 15;
const MAX_MEMORY_MB = 1024;

/** What no input may take, in seconds: the invariants are far below. */
const HANG = 60;

const JAZZER = createRequire(import.meta.url).resolve("@jazzer.js/core/dist/cli.js");

/** The engine is built for a newer C library than some systems have: Debian's of that release starts it there. */
const LIBRARIES = { suite: "trixie", package: "libstdc++6" };

/**
 * What starts Node so that it can load the engine.
 *
 * @throws CommandError when the engine does not start on this machine.
 */
export function findNode(): readonly [string, ...string[]] {
  const starts = ([program, ...before]: readonly [string, ...string[]]) =>
    spawnSync(program, [...before, JAZZER, "--help"]).status === 0;
  const own: [string, ...string[]] = [process.execPath];
  if (starts(own)) return own;
  const suite = openSuite(LIBRARIES.suite, hostArch());
  const library = getPackage(suite, LIBRARIES.package);
  const node = [...loaderIn(fetchWithLibraries(library, suite)), process.execPath] as const;
  if (!starts(node)) throw new CommandError("the fuzzing engine does not start on this machine");
  return node;
}

/** Where the inputs of a target are kept from run to run. */
export const inputsOf = (name: string): string => cacheFolder("fuzz", name);

/**
 * Runs one target for some seconds, from its seeds and the inputs that earlier runs kept.
 *
 * @param seed of what is random in the engine; by default another one each time.
 */
export async function fuzz(
  [program, ...before]: readonly [string, ...string[]],
  name: string,
  target: FuzzTarget,
  seconds: number,
  seed = 0,
): Promise<Outcome> {
  const inputs = inputsOf(name);
  for (const seed of target.seeds()) {
    const path = join(inputs, nameOfInput(seed));
    if (!existsSync(path)) writeFileSync(path, seed);
  }
  mkdirSync(FINDINGS, { recursive: true });
  const known = new Set(findingsNow());
  // The engine loses what a pipe does not take at once.
  const logPath = join(mkdtempSync(join(tmpdir(), "fuzz-")), "log");
  const output = openSync(logPath, "w");
  const child = spawn(
    program,
    [
      ...before,
      JAZZER,
      ENTRY,
      inputs,
      "--sync",
      "--includes=/packages/",
      "--disableBugDetectors=.*",
      `--timeout=${HANG * 1000}`,
      "--",
      `-max_total_time=${seconds}`,
      `-seed=${seed}`,
      `-max_len=${MAX_INPUT}`,
      `-timeout=${HANG}`,
      // That is for the targets to tell, by the processor's time: others may have it meanwhile.
      `-report_slow_units=${HANG}`,
      `-rss_limit_mb=${MAX_MEMORY_MB}`,
      `-artifact_prefix=${join(FINDINGS, `${name}-`)}`,
      "-print_final_stats=1",
    ],
    { env: { ...process.env, FUZZ_TARGET: name }, stdio: ["ignore", output, output] },
  );
  const status = await new Promise<number | null>((done, failed) => {
    child.on("error", failed);
    child.on("close", done);
  });
  closeSync(output);
  const log = readFileSync(logPath, "utf8");
  rmSync(dirname(logPath), { recursive: true });
  const findings = findingsNow().filter((file) => !known.has(file));
  const executions = numberIn(log, /stat::number_of_executed_units: (\d+)/);
  if (executions === undefined || (status !== 0 && findings.length === 0)) {
    throw new CommandError(`${name}: the engine ended with ${status}:\n${log.slice(-2000)}`);
  }
  return {
    executions,
    edges: numberIn(log, /^#\d+\s.* cov: (\d+)/) ?? 0,
    inputs: readdirSync(inputs).length,
    findings,
  };
}

/** The last number that a pattern finds. */
function numberIn(text: string, pattern: RegExp): number | undefined {
  const found = [...text.matchAll(new RegExp(pattern, "gm"))].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}
