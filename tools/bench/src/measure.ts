import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Bench } from "tinybench";
import { CASES, type CaseName, type Inputs } from "./cases.js";
import { collect } from "./garbage.js";

/** In nanoseconds. */
export interface Measured {
  /** The first run of a fresh process: median of several processes. */
  readonly first: number;
  /** Warmed up. */
  readonly median: number;
  /** Median of how far the runs are from their median. */
  readonly deviation: number;
}

const PROCESSES = 5;
const NS_PER_MS = 1e6;

export async function measure(name: CaseName, inputs: Inputs): Promise<Measured> {
  const { prepare, once } = CASES[name];
  let timed = prepare(inputs);
  // What a run uses up takes far longer to prepare than to run, so that only the number of runs bounds it.
  const bench = new Bench(
    once ? { iterations: 40, time: 0, warmupIterations: 10, warmupTime: 0 } : { time: 700, warmupTime: 300 },
  );
  bench.add(name, () => void timed(), {
    beforeEach: () => {
      if (!once) return;
      timed = prepare(inputs);
      // What was made for it would else be collected in its time.
      collect({ type: "minor" });
    },
  });
  const [task] = await bench.run();
  if (task?.result.state !== "completed") throw new Error(`${name} did not run to its end`);
  const { p50, mad } = task.result.latency;
  return { first: firstRun(name, inputs), median: p50 * NS_PER_MS, deviation: mad * NS_PER_MS };
}

function firstRun(name: CaseName, { target, object }: Inputs): number {
  const script = join(import.meta.dirname, "first-run.js");
  const times = Array.from({ length: PROCESSES }, () =>
    Number(execFileSync(process.execPath, [script, name, target, object], { encoding: "utf8" })),
  );
  return median(times);
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** How long it takes, in nanoseconds. */
export function timed(action: () => unknown): number {
  const start = process.hrtime.bigint();
  action();
  return Number(process.hrtime.bigint() - start);
}
