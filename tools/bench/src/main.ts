// `pnpm bench`: how long parsing, indexing and relocating take beside libbpf, and work on whole BTFs beside bpftool, in
// the same run.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { parseBtf } from "@core/btf";
import { type BenchResult, benchHarness, findHarness, type Times } from "@core/conformance";
import { openObject } from "@core/relocate";
import { CASE_NAMES, type CaseName, type Inputs } from "./cases.js";
import { findInputs } from "./inputs.js";
import { type Measured, measure } from "./measure.js";
import { benchJobs, formatJobs } from "./toolbox.js";

const USAGE = `usage: pnpm bench [--json <file>]

Measures on this machine's kernel (or the largest of the corpus), and libbpf in the same run where pnpm harness built it;
then work on whole BTFs of the corpus, each time in a new process, and bpftool where pnpm bpftool fetched it.

  --json <file>   write the figures as JSON, too`;

const LIBBPF_RUNS = 100;

/** What libbpf's harness calls the same work. It has no index, and does not time opening an object. */
const PEER: Readonly<Partial<Record<CaseName, (result: BenchResult) => Times>>> = {
  parse: (result) => result.parse,
  "relocate, cold target": (result) => result.relocate_cold,
  "relocate, warm target": (result) => result.relocate_warm,
  "whole job": (result) => result.whole,
};

interface Row extends Measured {
  readonly name: CaseName;
  readonly libbpf: Times | undefined;
}

const ms = (ns: number): string => (ns / 1e6).toFixed(ns < 1e5 ? 4 : ns < 1e7 ? 3 : 1);

function format({ name, first, median, deviation, libbpf }: Row): string {
  const ours = `${ms(median).padStart(9)} ± ${ms(deviation).padEnd(8)}${ms(first).padStart(9)}`;
  if (libbpf === undefined) return `  ${name.padEnd(24)}${ours}`;
  const ratios = `${(median / libbpf.median_ns).toFixed(2).padStart(8)} x${(first / libbpf.first_ns).toFixed(2).padStart(8)} x`;
  return `  ${name.padEnd(24)}${ours}${ms(libbpf.median_ns).padStart(11)}${ms(libbpf.first_ns).padStart(10)}${ratios}`;
}

async function benchOne(inputs: Inputs): Promise<readonly Row[]> {
  const { target, object } = inputs;
  const types = parseBtf(readFileSync(target)).endId - 1;
  const { relocations } = openObject(readFileSync(object));
  const size = (statSync(target).size / 1e6).toFixed(1);
  console.log(
    `\n${basename(object)}, ${relocations.length} relocations, against ${target}, ${types} types, ${size} MB`,
  );

  const harness = findHarness();
  const peer = harness && (await benchHarness(harness, object, target, LIBBPF_RUNS));
  const title = harness ? `     libbpf ${harness.info.libbpf}, first     ratio, first` : "";
  console.log(`  ${"ms".padEnd(24)}     median           first run${title}`);
  const rows: Row[] = [];
  for (const name of CASE_NAMES) {
    const row = { name, ...(await measure(name, inputs)), libbpf: peer && PEER[name]?.(peer) };
    console.log(format(row));
    rows.push(row);
  }
  return rows;
}

const { values } = parseArgs({
  options: { json: { type: "string" }, help: { type: "boolean", short: "h" } },
});
if (values.help) {
  console.log(USAGE);
} else {
  const machine = `${cpus()[0]?.model ?? "unknown processor"}, Node ${process.version}`;
  console.log(machine);
  const results = [];
  for (const inputs of findInputs()) results.push({ ...inputs, rows: await benchOne(inputs) });
  const jobs = benchJobs();
  if (jobs.length > 0) console.log(`\n${formatJobs(jobs).join("\n")}`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ machine, results, jobs }, null, 2)}\n`);
}
