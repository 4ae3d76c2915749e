import { readFileSync } from "node:fs";
import { parseBtf } from "@core/btf";
import { benchHarness, type Harness } from "@core/conformance";
import { openObject, relocate } from "@core/relocate";
import { allObjects } from "./inputs.js";

/** All real objects, one after the other, against one warm target. Nanoseconds for each relocation, on average. */
export interface CorpusResult {
  readonly objects: number;
  readonly relocations: number;
  readonly ours: number;
  readonly libbpf: number | undefined;
}

const ROUNDS = 400;
const LIBBPF_RUNS = 5;

export async function measureCorpus(target: string, harness: Harness | undefined): Promise<CorpusResult> {
  const paths = allObjects();
  const objects = paths.map((path) => openObject(readFileSync(path)));
  const relocations = objects.reduce((sum, object) => sum + object.relocations.length, 0);
  const kernel = parseBtf(readFileSync(target));
  const times = Array.from({ length: ROUNDS }, () => {
    const start = process.hrtime.bigint();
    for (const object of objects) relocate(object, { kernel });
    return Number(process.hrtime.bigint() - start);
  });
  // Half of the rounds warm up.
  const warm = times.slice(ROUNDS / 2).sort((a, b) => a - b);
  const ours = (warm[Math.floor(warm.length / 2)] ?? Number.NaN) / relocations;
  if (harness === undefined) return { objects: objects.length, relocations, ours, libbpf: undefined };
  let libbpf = 0;
  for (const [i, path] of paths.entries()) {
    if (objects[i]?.relocations.length === 0) continue;
    libbpf += (await benchHarness(harness, path, target, LIBBPF_RUNS)).relocate_warm.median_ns;
  }
  return { objects: objects.length, relocations, ours, libbpf: libbpf / relocations };
}
