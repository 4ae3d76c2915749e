import { createHash } from "node:crypto";
import { printable } from "@core/bytes";
import { CommandError, Exit } from "../common/exit.js";
import type { Shard } from "./model.js";

/** More machines than anybody has, and few enough to count. */
const MAX_SHARDS = 100_000;

/**
 * Nothing is taken from the environment unless `auto` asks for it: a scheduler may start many jobs for another reason, and
 * each would silently leave out most kernels.
 *
 * What `--shard` says: `2/5`; `auto`, where the environment says both (Slurm, GitLab); or `auto/5`, where it says only
 * which one this is (Kubernetes).
 *
 * @throws CommandError for anything else.
 */
export function parseShard(text: string, env: NodeJS.ProcessEnv): Shard {
  const [, which = "", total] = /^(auto|\d{1,6})(?:\/(\d{1,6}))?$/.exec(text) ?? [];
  if (which === "" || (which !== "auto" && total === undefined))
    refuse(`--shard ${printable(text)}: ${FORM}`);
  const found = which === "auto" ? fromEnvironment(env) : { index: Number(which), count: undefined };
  const count = total === undefined ? found.count : Number(total);
  if (count === undefined)
    return refuse(`--shard auto: ${found.of} does not say how many there are: say auto/5`);
  const isThere = Number.isInteger(found.index) && found.index >= 1 && found.index <= count;
  if (count > MAX_SHARDS || !isThere) {
    refuse(`--shard ${printable(text)}: number ${found.index} of ${count} does not exist; they count from 1`);
  }
  return { indices: [found.index], count };
}

const FORM = "say which of how many, such as 2/5, or auto, or auto/5";

function refuse(message: string): never {
  throw new CommandError(Exit.usage, message);
}

interface Position {
  /** From 1. */
  readonly index: number;
  readonly count: number | undefined;
  readonly of?: string;
}

/** Where a scheduler that runs one job several times says which one this is. */
function fromEnvironment(env: NodeJS.ProcessEnv): Position {
  const read = (name: string): number | undefined =>
    /^\d{1,9}$/.test(env[name] ?? "") ? Number(env[name]) : undefined;
  const node = read("CI_NODE_INDEX");
  if (node !== undefined) return { index: node, count: read("CI_NODE_TOTAL"), of: "GitLab" };
  const task = read("SLURM_ARRAY_TASK_ID");
  if (task !== undefined) {
    const [first = 0, step = 1] = [read("SLURM_ARRAY_TASK_MIN"), read("SLURM_ARRAY_TASK_STEP")];
    return {
      index: (task - first) / Math.max(step, 1) + 1,
      count: read("SLURM_ARRAY_TASK_COUNT"),
      of: "Slurm",
    };
  }
  const completion = read("JOB_COMPLETION_INDEX");
  if (completion !== undefined) return { index: completion + 1, count: undefined, of: "Kubernetes" };
  return refuse(`--shard auto: none of ${VARIABLES.join(", ")} is set`);
}

const VARIABLES = ["CI_NODE_INDEX", "SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"];

/** Does a shard have the kernel of that name? Each kernel is in one shard, whatever else is checked. */
export function isInShard(name: string, { indices, count }: Shard): boolean {
  const hash = createHash("sha256").update(name).digest();
  return indices.includes((hash.readUInt32BE() % count) + 1);
}
