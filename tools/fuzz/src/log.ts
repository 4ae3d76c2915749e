import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { writeWhole } from "@core/corpus/archive";
import type { Outcome } from "./engine.js";

export interface TargetRun extends Outcome {
  readonly target: string;
}

interface Run {
  readonly date: string;
  readonly node: string;
  readonly minutes: number;
  readonly targets: readonly TargetRun[];
}

/** How our answers to inputs that fuzzing kept compare with libbpf's. */
interface Comparisons {
  readonly libbpf: string;
  readonly counts: Readonly<Record<string, number>>;
}

interface Log {
  readonly runs: readonly Run[];
  readonly comparisons?: Comparisons;
}

const LOG = resolve(import.meta.dirname, "../log.json");
const PAGE = resolve(import.meta.dirname, "../../../docs/fuzzing.md");

/** Adds a run to the log, and writes the page that shows it. */
export function addRun(minutes: number, targets: readonly TargetRun[]): void {
  const log = readLog();
  const run: Run = { date: new Date().toISOString().slice(0, 10), node: process.version, minutes, targets };
  writeLog({ ...log, runs: [...log.runs, run] });
}

/** Keeps how the answers compare now, in place of an earlier comparison. */
export function setComparisons(libbpf: string, counts: Readonly<Record<string, number>>): void {
  writeLog({ ...readLog(), comparisons: { libbpf, counts } });
}

/** Of each target, by all runs. */
export function executionsSoFar(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { target, executions } of readLog().runs.flatMap(({ targets }) => targets))
    counts.set(target, (counts.get(target) ?? 0) + executions);
  return counts;
}

const readLog = (): Log => (existsSync(LOG) ? JSON.parse(readFileSync(LOG, "utf8")) : { runs: [] });

function writeLog(log: Log): void {
  writeWhole(LOG, `${JSON.stringify(log, undefined, 2)}\n`);
  writeWhole(PAGE, formatPage(log));
}

function formatPage({ runs, comparisons }: Log): string {
  const all = runs.flatMap(({ targets }) => targets);
  const names = [...new Set(all.map(({ target }) => target))];
  const total = (of: readonly TargetRun[]) => of.reduce((sum, { executions }) => sum + executions, 0);
  const rows = names.map((name) => {
    const own = all.filter(({ target }) => target === name);
    const last = own.at(-1);
    const findings = own.reduce((sum, run) => sum + run.findings.length, 0);
    return `| ${name} | ${total(own)} | ${last?.edges ?? 0} | ${last?.inputs ?? 0} | ${findings} |`;
  });
  return `# Fuzzing

Every layer is fed bytes that nobody meant: coverage-guided mutations of real inputs. Beside that nothing but the
documented errors is thrown, each target has invariants of its own, which [its source](../tools/fuzz/src/targets)
states; time is at most a constant and so much for each byte, memory at most 1 GiB for the process.
\`pnpm fuzz --minutes N\` goes on from the inputs that earlier runs kept, and writes this page.

| Target | Executions | Edges taken | Inputs kept | Findings |
|---|--:|--:|--:|--:|
${rows.join("\n")}
| **all** | **${total(all)}** | | | **${all.reduce((sum, { findings }) => sum + findings.length, 0)}** |

Each finding is mended, and its input lies in [tools/fuzz/findings](../tools/fuzz/findings), where a test tries it
again on every change.

${comparisons === undefined ? "" : `${formatComparisons(comparisons)}\n`}## Runs

| Date | Minutes | Targets | Executions | Findings | Node |
|---|--:|--:|--:|--:|---|
${runs.map(({ date, minutes, targets, node }) => `| ${date} | ${minutes} | ${targets.length} | ${total(targets)} | ${targets.reduce((sum, { findings }) => sum + findings.length, 0)} | ${node} |`).join("\n")}
`;
}

const formatComparisons = ({ libbpf, counts }: Comparisons): string => `## Against libbpf

What fuzzing relocation kept was given to libbpf ${libbpf} as well, in a process of its own (\`pnpm fuzz:libbpf\`).
The documented differences are those that [the fixtures have](../tools/conformance/src/differences.ts).

| | Inputs |
|---|--:|
${Object.entries(counts)
  .map(([name, count]) => `| ${name} | ${count} |`)
  .join("\n")}
`;
