// `pnpm fuzz`: runs the targets, and adds what came of it to docs/fuzzing.md.

import { parseArgs } from "node:util";
import { CommandError } from "@core/corpus/archive";
import { findNode, fuzz } from "./engine.js";
import { addRun, executionsSoFar, type TargetRun } from "./log.js";
import { shareOf } from "./share.js";
import { TARGETS } from "./targets.js";

const USAGE = `usage: pnpm fuzz [--minutes N] [target]...

Feeds mutated inputs to every layer, or to the targets named, for N minutes in all (default 12), those that were run
least for the longest, and adds what came of it to docs/fuzzing.md. What breaks an invariant is put into tools/fuzz/findings, where a test tries it again.

targets: ${[...TARGETS.keys()].join(" ")}`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { minutes: { type: "string", default: "12" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return console.log(USAGE);
  const minutes = Number(values.minutes);
  const names = positionals.length > 0 ? positionals : [...TARGETS.keys()];
  const unknown = names.find((name) => !TARGETS.has(name));
  if (!(minutes > 0) || unknown !== undefined) {
    throw new CommandError(
      `${unknown === undefined ? "--minutes wants a number" : `no target ${unknown}`}\n${USAGE}`,
    );
  }
  const node = findNode();
  const seconds = shareOf(names, minutes * 60, executionsSoFar());
  const runs: TargetRun[] = [];
  for (const name of names) {
    const target = TARGETS.get(name);
    if (target === undefined) continue;
    const outcome = await fuzz(node, name, target, seconds.get(name) ?? 1);
    console.log(
      `${name}: ${outcome.executions} executions, ${outcome.edges} edges, ${outcome.inputs} inputs` +
        outcome.findings.map((file) => `\n  finding: ${file}`).join(""),
    );
    runs.push({ target: name, ...outcome });
  }
  addRun(minutes, runs);
  if (runs.some(({ findings }) => findings.length > 0)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  console.error(`fuzz: ${error.message}`);
  process.exitCode = 2;
}
