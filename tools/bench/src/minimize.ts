import { readFileSync } from "node:fs";
import { parseBtf } from "@core/btf";
import { findCorpus, kernelsOf, objectsOf } from "@core/corpus";
import { minimize } from "@core/minimize";
import { openObject } from "@core/relocate";
import type { Job } from "./job.js";

/** How many objects are minimised for at once. */
const COUNTS = [1, 10, 40];

/** The newest kernel of the corpus, reduced to what some of its objects need. */
export function minimizeJobs(): readonly Job[] {
  const corpus = findCorpus();
  const kernel = corpus && kernelsOf(corpus).at(-1);
  if (corpus === undefined || kernel === undefined) return [];
  const objects = objectsOf(corpus).map(({ path }) => path);
  return COUNTS.map((count) => ({
    name: `minimise ${kernel.name} for ${count}`,
    files: [kernel.path, ...objects.slice(0, count)],
    kernels: 1,
    run: ([target = "", ...paths]) =>
      minimize(
        paths.map((path) => openObject(readFileSync(path))),
        { kernel: parseBtf(readFileSync(target)) },
      ),
    bpftool: ([target = "", ...paths], output) => ["gen", "min_core_btf", target, output, ...paths],
  }));
}
