import { readFileSync } from "node:fs";
import { parseBtf } from "@core/btf";
import { benchHarness, type Harness } from "@core/conformance";
import { openObject, relocate } from "@core/relocate";
import { allObjects } from "./inputs.js";

/** All real objects against one warm target. Nanoseconds for each relocation, on average over them all. */
export interface CorpusResult {
  readonly objects: number;
  readonly relocations: number;
  readonly ours: number;
  readonly libbpf: number | undefined;
}

const WARM_UP = 200;
const RUNS = 100;
const LIBBPF_RUNS = 5;

export async function measureCorpus(target: string, harness: Harness | undefined): Promise<CorpusResult> {
  const paths = allObjects();
  const objects = paths.map((path) => openObject(readFileSync(path)));
  const relocations = objects.reduce((sum, object) => sum + object.relocations.length, 0);
  const kernel = parseBtf(readFileSync(target));
  for (let round = 0; round < WARM_UP; round++) for (const object of objects) relocate(object, { kernel });
  // One object after the other, as libbpf's harness does.
  let sum = 0;
  for (const object of objects) {
    const times = Array.from({ length: RUNS }, () => {
      const start = process.hrtime.bigint();
      relocate(object, { kernel });
      return Number(process.hrtime.bigint() - start);
    });
    sum += times.sort((a, b) => a - b)[RUNS / 2] ?? Number.NaN;
  }
  const ours = sum / relocations;
  if (harness === undefined) return { objects: objects.length, relocations, ours, libbpf: undefined };
  let libbpf = 0;
  for (const [i, path] of paths.entries()) {
    if (objects[i]?.relocations.length === 0) continue;
    libbpf += (await benchHarness(harness, path, target, LIBBPF_RUNS)).relocate_warm.median_ns;
  }
  return { objects: objects.length, relocations, ours, libbpf: libbpf / relocations };
}
