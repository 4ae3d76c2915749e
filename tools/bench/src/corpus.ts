import { readFileSync } from "node:fs";
import { parseBtf } from "@core/btf";
import { benchHarness } from "@core/conformance";
import { openObject, relocate } from "@core/relocate";
import { benchCilium, differenceOf } from "./cilium.js";
import { allObjects } from "./inputs.js";
import { median } from "./measure.js";
import type { Peers } from "./peers.js";

/** All real objects against one warm target. Nanoseconds for each relocation, on average over them all. */
export interface CorpusResult {
  readonly objects: number;
  readonly relocations: number;
  readonly ours: number;
  readonly libbpf: number | undefined;
  /** Objects that it refuses, or resolves less or more of than we do, are left out. */
  readonly cilium: { readonly each: number; readonly leftOut: number } | undefined;
}

const WARM_UP = 200;
const RUNS = 100;
const PEER_RUNS = 5;

export async function measureCorpus(target: string, peers: Peers): Promise<CorpusResult> {
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
    sum += median(times);
  }
  let libbpf = 0;
  const cilium = { relocations: 0, ns: 0, leftOut: 0 };
  for (const [i, path] of paths.entries()) {
    const object = objects[i];
    if (object === undefined || object.relocations.length === 0) continue;
    if (peers.harness !== undefined)
      libbpf += (await benchHarness(peers.harness, path, target, PEER_RUNS)).relocate_warm.median_ns;
    if (peers.cilium === undefined) continue;
    const theirs = benchCilium(peers.cilium, { target, object: path }, PEER_RUNS);
    if (theirs === undefined || differenceOf(theirs, relocate(object, { kernel })) !== undefined) {
      cilium.leftOut++;
      continue;
    }
    cilium.relocations += theirs.relocations;
    cilium.ns += theirs.relocate_warm.median_ns;
  }
  return {
    objects: objects.length,
    relocations,
    ours: sum / relocations,
    libbpf: peers.harness && libbpf / relocations,
    cilium: peers.cilium && { each: cilium.ns / cilium.relocations, leftOut: cilium.leftOut },
  };
}
