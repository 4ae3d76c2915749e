// `pnpm fuzz:libbpf`: asks libbpf about the inputs that fuzzing kept, and writes down how the answers compare.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findHarness } from "@core/conformance";
import { type Comparison, compareWithLibbpf } from "./differential.js";
import { inputsOf } from "./engine.js";
import { setComparisons } from "./log.js";

const harness = findHarness();
if (harness === undefined) throw new Error("there is no libbpf to ask: run pnpm harness first");

const counts = new Map<Comparison, number>();
for (const target of ["relocate", "minimize"]) {
  for (const name of readdirSync(inputsOf(target))) {
    const path = join(inputsOf(target), name);
    const comparison = await compareWithLibbpf(harness, readFileSync(path));
    counts.set(comparison, (counts.get(comparison) ?? 0) + 1);
    if (comparison === "differs") {
      console.log(`${comparison}: ${path}`);
      process.exitCode = 1;
    }
  }
}
console.log(Object.fromEntries(counts));
setComparisons(harness.info.libbpf, Object.fromEntries(counts));
