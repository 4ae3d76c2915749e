// The verdicts that the shared corpus came with: the same question, asked with other tools.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Corpus } from "@core/corpus";
import type { LoadResult } from "./results.js";
import { parseResults } from "./verdicts.js";

/** How many programs have a verdict in the corpus, and which have another one there. */
export interface AgainstTruth {
  readonly programs: number;
  readonly others: readonly string[];
}

/** Undefined when the corpus has no verdicts of this kernel. */
export function compareWithTruth(
  corpus: Corpus,
  release: string,
  results: readonly LoadResult[],
): AgainstTruth | undefined {
  const paths = ["", ".arm64-objects"].map((part) => join(corpus.path, "truth", `${release}${part}.jsonl`));
  const truth = paths
    .filter((path) => existsSync(path))
    .flatMap((path) => parseResults(readFileSync(path, "utf8")));
  if (truth.length === 0) return undefined;
  const keyOf = ({ object, program }: LoadResult) => `${object}\0${program}`;
  const byKey = new Map(truth.map((one) => [keyOf(one), one]));
  const pairs = results.flatMap((ours) => {
    const theirs = byKey.get(keyOf(ours));
    return theirs === undefined ? [] : [{ ours, theirs }];
  });
  const others = pairs
    .filter(({ ours, theirs }) => ours.class !== theirs.class)
    .map(({ ours, theirs }) => `${ours.object} ${ours.program}: ${ours.class}, not ${theirs.class}`);
  return { programs: pairs.length, others };
}
