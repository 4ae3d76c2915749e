import { type BenchResult, benchHarness, findHarness, type Harness, type Times } from "@core/conformance";
import type { Relocated } from "@core/relocate";
import type { CaseName, Inputs } from "./cases.js";
import { benchCilium, type Cilium, differenceOf, findCilium } from "./cilium.js";

/** Others that do the same, and tell their times; undefined where they were not built. */
export interface Peers {
  readonly harness: Harness | undefined;
  readonly cilium: Cilium | undefined;
}

export const findPeers = (): Peers => ({ harness: findHarness(), cilium: findCilium() });

/** What they took for a case. */
export interface PeerTimes {
  readonly libbpf: Times | undefined;
  readonly cilium: Times | undefined;
}

/** What they call the same work. libbpf has no index, and cilium/ebpf makes its own when it parses. */
const SAME: Readonly<Partial<Record<CaseName, (result: BenchResult) => Times>>> = {
  parse: (result) => result.parse,
  "open object": (result) => result.open,
  "relocate, cold target": (result) => result.relocate_cold,
  "relocate, warm target": (result) => result.relocate_warm,
  "whole job": (result) => result.whole,
};

/** libbpf needs half a second for hundreds of root types, each time. */
const libbpfRuns = (relocations: number): number => Math.ceil(5 + 1000 / relocations);

/** cilium/ebpf is at its own pace only once its garbage collector is. */
const CILIUM_RUNS = 60;

/** Both on one object; `difference` says why cilium/ebpf did not do the same work. */
export async function measurePeers(
  { harness, cilium }: Peers,
  inputs: Inputs,
  relocated: Relocated,
): Promise<{
  readonly of: (name: CaseName) => PeerTimes;
  readonly difference: string | undefined;
}> {
  const runs = libbpfRuns(relocated.relocations.length);
  const libbpf = harness && (await benchHarness(harness, inputs.object, inputs.target, runs));
  const theirs = cilium && benchCilium(cilium, inputs, CILIUM_RUNS);
  return {
    of: (name) => ({ libbpf: libbpf && SAME[name]?.(libbpf), cilium: theirs && SAME[name]?.(theirs) }),
    difference: cilium && differenceOf(theirs, relocated),
  };
}
