import { readFileSync } from "node:fs";
import { parseBtf } from "@core/btf";
import { type BtfDiff, diffBtf } from "@core/btf/diff";
import { findCorpus, kernelsOf } from "@core/corpus";
import type { Job } from "./job.js";

/** The first and the last kernel of the corpus, and what parsing alone takes of that. */
export function diffJobs(): readonly Job[] {
  const corpus = findCorpus();
  const kernels = corpus === undefined ? [] : kernelsOf(corpus);
  const [first, last] = [kernels.at(0), kernels.at(-1)];
  if (first === undefined || last === undefined || first === last) return [];
  const files = [first.path, last.path];
  const what = `${first.name} and ${last.name}`;
  return [
    { name: `parse ${what}`, files, kernels: 2, run: parseAll },
    {
      name: `diff ${what}`,
      files,
      kernels: 2,
      run: (paths) => {
        const [before, after] = parseAll(paths);
        return before && after && countChanges(diffBtf(before, after));
      },
    },
  ];
}

/** Finds out all that is different, and keeps none of it, as the command does. */
function countChanges({ added, removed, changed }: BtfDiff): number {
  let count = 0;
  for (const types of [added, removed, changed]) for (const _ of types) count++;
  return count;
}

const parseAll = (paths: readonly string[]) => paths.map((path) => parseBtf(readFileSync(path)));
