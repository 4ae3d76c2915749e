// `pnpm bench`: how long parsing, indexing and relocating take beside libbpf and cilium/ebpf, and work on whole BTFs
// beside bpftool, in the same run.

import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseBtf } from "@core/btf";
import { openObject, relocate } from "@core/relocate";
import { CASE_NAMES, CASES, type Inputs, isCaseName } from "./cases.js";
import { measureCommand } from "./command.js";
import { measureCorpus } from "./corpus.js";
import { benchFleet, formatFleet } from "./fleet.js";
import { measureGrowth } from "./growth.js";
import { findTarget, withWorks } from "./inputs.js";
import { measure } from "./measure.js";
import { measureMemory } from "./memory.js";
import { findPeers, measurePeers, type Peers } from "./peers.js";
import { formatText, type Result, type Row, writeDocs } from "./report.js";
import { benchJobs, formatJobs } from "./toolbox.js";

const USAGE = `usage: pnpm bench [--json <file>] [--docs] | --profile <case>

Measures on this machine's kernel (or the largest of the corpus), and in the same run libbpf, where pnpm harness
built it, and cilium/ebpf, where pnpm cilium did; then work on whole BTFs of the corpus, each time in a new process, and bpftool where pnpm bpftool fetched it; then
all objects of the corpus on all of its kernels.

  --json <file>     write the figures as JSON, too
  --docs            measure how time grows with the work as well, and write all of it into docs/performance.md
  --profile <case>  write a CPU profile of one case into the working directory instead, for the light object.
                    Cases: ${CASE_NAMES.join("; ")}`;

async function rowsOf(
  title: string,
  inputs: Inputs,
  isFirst: boolean,
  peers: Peers,
): Promise<readonly Row[]> {
  const kernel = parseBtf(readFileSync(inputs.target));
  const relocated = relocate(openObject(readFileSync(inputs.object)), { kernel });
  const { of: peerTimes, difference } = await measurePeers(peers, inputs, relocated);
  const work = difference === undefined ? title : `${title}; ${difference}`;
  const rows: Row[] = [];
  for (const name of CASE_NAMES) {
    // What does not depend on the object is measured once.
    if (!isFirst && !CASES[name].ofObject) continue;
    const measured = await measure(name, inputs);
    rows.push({ work: CASES[name].ofObject ? work : "", name, ...measured, ...peerTimes(name) });
  }
  return rows;
}

async function bench(): Promise<Result> {
  const target = findTarget();
  const peers = findPeers();
  const { rows, command } = await withWorks(target, async (works) => {
    const all: Row[] = [];
    for (const [i, { title, inputs }] of works.entries()) {
      console.error(`measuring ${title}`);
      all.push(...(await rowsOf(title, inputs, i === 0, peers)));
    }
    const [light] = works;
    return { rows: all, command: light && measureCommand(light.inputs) };
  });
  return {
    machine: `${cpus()[0]?.model ?? "unknown processor"}, Node ${process.version}`,
    libbpf: peers.harness?.info.libbpf,
    cilium: peers.cilium?.version,
    target: { types: parseBtf(readFileSync(target)).endId - 1, bytes: statSync(target).size },
    memory: measureMemory(target),
    rows,
    command,
    corpus: await measureCorpus(target, peers),
  };
}

async function profile(name: string): Promise<void> {
  if (!isCaseName(name)) throw new TypeError(`no case ${name}; there are: ${CASE_NAMES.join("; ")}`);
  await withWorks(findTarget(), async ([work]) => {
    if (work === undefined) return;
    const script = join(import.meta.dirname, "run-case.js");
    const { target, object } = work.inputs;
    execFileSync(process.execPath, ["--cpu-prof", "--cpu-prof-dir=.", script, name, target, object]);
  });
  console.log("open the .cpuprofile file in the performance panel of a browser's developer tools");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: "string" },
      docs: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  if (values.profile !== undefined) return profile(values.profile);
  const result = await bench();
  console.log(formatText(result));
  const jobs = benchJobs();
  if (jobs.length > 0) console.log(`\n${formatJobs(jobs).join("\n")}`);
  const fleet = benchFleet();
  if (fleet !== undefined) console.log(`\n${formatFleet(fleet).join("\n")}`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ ...result, jobs, fleet }, null, 2)}\n`);
  if (values.docs) {
    console.error("measuring growth");
    const docs = resolve(import.meta.dirname, "../../../docs");
    writeDocs(docs, result, fleet === undefined ? [] : formatFleet(fleet), measureGrowth(findTarget()));
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
