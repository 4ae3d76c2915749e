import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { parseBtf } from "@core/btf";
import { type COptions, dumpC } from "@core/btf/dump";
import { findCorpus, kernelsOf } from "@core/corpus";
import type { Job } from "./job.js";

/** The last kernel of the corpus as C, in either style. */
export function dumpJobs(): readonly Job[] {
  const corpus = findCorpus();
  const kernel = corpus && kernelsOf(corpus).at(-1);
  if (kernel === undefined) return [];
  return (["exact", "bpftool"] as const).map((style) => ({
    name: `dump ${kernel.name} as C, ${style}`,
    files: [kernel.path],
    kernels: 1,
    run: (paths) => paths.map((path) => dumpAway(path, { style })),
    bpftool: ([path = ""]) => ["btf", "dump", "file", path, "format", "c"],
  }));
}

/** Writes all of it to where nothing is kept; how many bytes that were. */
function dumpAway(path: string, options: COptions): number {
  const nowhere = openSync("/dev/null", "w");
  let bytes = 0;
  for (const chunk of dumpC(parseBtf(readFileSync(path)), options)) bytes += writeSync(nowhere, chunk);
  closeSync(nowhere);
  return bytes;
}
