// `pnpm kernels`

import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { CommandError, writeWhole } from "@core/corpus/archive";
import { bootAndLoad, type NamedObject } from "./boot.js";
import { agreementOf, compareOn } from "./compare.js";
import { fetchKernel, LABELS } from "./kernel.js";
import { fixturesForKernels, objectsToCompare } from "./objects.js";
import { countsOf, differencesOf, formatReport, type Part } from "./report.js";
import { compareWithTruth } from "./truth.js";
import { formatResults, verdictsPath } from "./verdicts.js";

const USAGE = `usage: pnpm kernels load [options] OBJECT...
       pnpm kernels verdicts [--kernel LABEL]...
       pnpm kernels compare [--kernel LABEL]... [--sample N] [-o FILE]

Boots Debian's kernels in qemu and loads BPF programs there, each alone. Nothing is attached, and nothing is loaded
into this machine's own kernel.

  load       loads every program of the objects and says what became of each
  verdicts   records what the kernels say of the fixtures made for them, in tools/kernels/verdicts
  compare    holds what kernels say of relocated objects, and of minimised BTF, against what they say of the objects
             themselves, for all fixtures and the corpus; fails when anything differs

  --kernel LABEL   ${LABELS.join(", ")}; all of them unless given
  -o FILE          load: the results, a line of JSON for each program; compare: the page for the documentation
  --sample N       compare: only every Nth object, but all of the fixtures made for kernels
  --btf FILE       load: what libbpf relocates by instead of the kernel's own BTF
  --without-btf    load: nothing in the guest finds the kernel's BTF`;

const say = (text: string) => console.log(text);

interface Options {
  readonly labels: readonly string[];
  readonly output: string | undefined;
  readonly btf: string | undefined;
  readonly withoutBtf: boolean;
  readonly sample: number;
}

function formatCounts(values: readonly string[]): string {
  return [...countsOf(values)].map(([value, count]) => `${count} ${value}`).join(", ");
}

const secondsSince = (start: number) => `${Math.round((Date.now() - start) / 1000)} s`;

async function bootAndSay(label: string, objects: readonly NamedObject[], { btf, withoutBtf }: Options) {
  const kernel = fetchKernel(label);
  const started = Date.now();
  const custom = btf === undefined ? {} : { btf: readFileSync(btf) };
  const results = await bootAndLoad({ kernel, objects, withoutBtf, ...custom });
  const classes = formatCounts(results.map((result) => result.class));
  say(`${kernel.release}: ${results.length} programs in ${secondsSince(started)}: ${classes}`);
  return { release: kernel.release, results };
}

async function load(paths: readonly string[], options: Options): Promise<void> {
  const objects = paths.map((path) => ({ name: basename(path), bytes: readFileSync(path) }));
  const lines = [];
  for (const label of options.labels) {
    const { release, results } = await bootAndSay(label, objects, options);
    for (const result of results) {
      const { object, program, class: what, error } = result;
      if (options.output === undefined) say(`  ${object} ${program}: ${what}${error ? `: ${error}` : ""}`);
      lines.push(`${JSON.stringify({ kernel: release, ...result })}\n`);
    }
  }
  if (options.output !== undefined) writeWhole(options.output, lines.join(""));
}

async function record(options: Options): Promise<void> {
  for (const label of options.labels) {
    const { release, results } = await bootAndSay(label, fixturesForKernels(), options);
    const path = verdictsPath(release);
    const text = formatResults(results);
    const state = existsSync(path) && readFileSync(path, "utf8") === text ? "as before" : "written";
    writeWhole(path, text);
    say(`  ${path}: ${state}`);
  }
}

/** Returns whether everything is as it should be. */
async function compare({ labels, sample, output }: Options): Promise<boolean> {
  const { corpus, objects } = objectsToCompare(sample);
  const parts: Part[] = [];
  for (const label of labels) {
    const started = Date.now();
    const comparison = await compareOn(fetchKernel(label), objects);
    const { release, own, ways } = comparison;
    say(
      `${release}: ${own.length} programs of ${objects.length} objects, four times, in ${secondsSince(started)}`,
    );
    for (const [way, compared] of ways) {
      say(`  ${way}: ${formatCounts(compared.map((one) => agreementOf(way, one)))}`);
    }
    for (const difference of differencesOf(comparison)) say(`  differs: ${difference}`);
    const truth = corpus && compareWithTruth(corpus, release, own);
    if (truth !== undefined) {
      say(
        `  ${truth.programs - truth.others.length} of ${truth.programs} verdicts of the corpus are the same`,
      );
      for (const other of truth.others) say(`  ${other}`);
    }
    parts.push({ comparison, truth });
  }
  if (output !== undefined) writeWhole(output, formatReport(parts, sample));
  return parts.every(({ comparison }) => differencesOf(comparison).length === 0);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kernel: { type: "string", multiple: true },
      output: { type: "string", short: "o" },
      btf: { type: "string" },
      sample: { type: "string", default: "1" },
      "without-btf": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  const [command, ...paths] = positionals;
  const options = {
    labels: values.kernel ?? LABELS,
    output: values.output,
    btf: values.btf,
    withoutBtf: values["without-btf"],
    sample: Number(values.sample),
  };
  if (values.help) say(USAGE);
  else if (command === "load" && paths.length > 0) await load(paths, options);
  else if (command === "verdicts" && paths.length === 0) await record(options);
  else if (command === "compare" && paths.length === 0 && options.sample >= 1) {
    return (await compare(options)) ? 0 : 1;
  } else {
    console.error(USAGE);
    return 2;
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CommandError || (error instanceof Error && "code" in error))) throw error;
  console.error(`kernels: ${error.message}`);
  process.exitCode = error instanceof CommandError ? 1 : 2;
}
