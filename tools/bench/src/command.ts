import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Inputs } from "./cases.js";
import { median, timed } from "./measure.js";

/** Of whole processes, each the median of several, in nanoseconds. */
export interface CommandTimes {
  /** `bpf-core relocate`. */
  readonly relocate: number;
  /** Node, with nothing to do. */
  readonly bare: number;
}

export const COMMAND = join(dirname(fileURLToPath(import.meta.resolve("@core/cli"))), "bin/bpf-core.js");

const ROUNDS = 15;

export function measureCommand({ target, object }: Inputs): CommandTimes {
  const runs = [
    [COMMAND, "relocate", object, "--target", target],
    ["-e", "0"],
  ];
  // In turn, so that what else the machine does falls on both.
  const rounds = Array.from({ length: ROUNDS }, () => runs.map((args) => timed(() => run(args))));
  const [relocate = Number.NaN, bare = Number.NaN] = runs.map((_, i) =>
    median(rounds.map((times) => times[i] ?? Number.NaN)),
  );
  return { relocate, bare };
}

function run(args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}`);
}
