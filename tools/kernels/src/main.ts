// `pnpm kernels`

import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { CommandError, writeWhole } from "@core/corpus/archive";
import { kernelObjects, readFixture } from "@core/fixtures";
import { bootAndLoad, type NamedObject } from "./boot.js";
import { fetchKernel, LABELS } from "./kernel.js";
import type { LoadResult } from "./results.js";
import { formatResults, verdictsPath } from "./verdicts.js";

const USAGE = `usage: pnpm kernels load [options] OBJECT...
       pnpm kernels verdicts [--kernel LABEL]...

Boots Debian's kernels in qemu and loads BPF programs there, each alone. Nothing is attached, and nothing is loaded
into this machine's own kernel.

  load       loads every program of the objects and says what became of each
  verdicts   records what the kernels say of the fixtures made for them, in tools/kernels/verdicts

  --kernel LABEL   ${LABELS.join(", ")}; all of them unless given
  -o FILE          load: the results, a line of JSON for each program (- for the standard output)
  --btf FILE       load: what libbpf relocates by instead of the kernel's own BTF
  --without-btf    load: nothing in the guest finds the kernel's BTF`;

const say = (text: string) => console.log(text);

interface Options {
  readonly labels: readonly string[];
  readonly output: string | undefined;
  readonly btf: string | undefined;
  readonly withoutBtf: boolean;
}

/** How many programs there are of each class, the most frequent first. */
function formatCounts(results: readonly LoadResult[]): string {
  const counts = new Map<string, number>();
  for (const { class: one } of results) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([one, count]) => `${count} ${one}`)
    .join(", ");
}

async function bootAndSay(label: string, objects: readonly NamedObject[], { btf, withoutBtf }: Options) {
  const kernel = fetchKernel(label);
  const started = Date.now();
  const custom = btf === undefined ? {} : { btf: readFileSync(btf) };
  const results = await bootAndLoad({ kernel, objects, withoutBtf, ...custom });
  const seconds = Math.round((Date.now() - started) / 1000);
  say(`${kernel.release}: ${results.length} programs in ${seconds} s: ${formatCounts(results)}`);
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
  if (options.output === "-") process.stdout.write(lines.join(""));
  else if (options.output !== undefined) writeWhole(options.output, lines.join(""));
}

async function record(options: Options): Promise<void> {
  for (const label of options.labels) {
    const { release, results } = await bootAndSay(label, fixtures(), options);
    const path = verdictsPath(release);
    const text = formatResults(results);
    const state = existsSync(path) && readFileSync(path, "utf8") === text ? "as before" : "written";
    writeWhole(path, text);
    say(`  ${path}: ${state}`);
  }
}

function fixtures(): readonly NamedObject[] {
  return kernelObjects().map(({ name, path }) => ({ name, bytes: readFixture(path) }));
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kernel: { type: "string", multiple: true },
      output: { type: "string", short: "o" },
      btf: { type: "string" },
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
  };
  if (values.help) say(USAGE);
  else if (command === "load" && paths.length > 0) await load(paths, options);
  else if (command === "verdicts" && paths.length === 0) await record(options);
  else {
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
