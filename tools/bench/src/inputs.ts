import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { findCorpus, kernelsOf, objectsOf } from "@core/corpus";
import type { Inputs } from "./cases.js";

const RUNNING_KERNEL = "/sys/kernel/btf/vmlinux";
const FIXTURES = resolve(import.meta.dirname, "../../fixtures");

/** The machine's own kernel, else the largest of the corpus; an example of ours, and the corpus's heaviest object. */
export function findInputs(): readonly Inputs[] {
  const corpus = findCorpus();
  const bySize = (paths: readonly string[]) => [...paths].sort((a, b) => statSync(b).size - statSync(a).size);
  const [largest] = corpus ? bySize(kernelsOf(corpus).map(({ path }) => path)) : [];
  const target = existsSync(RUNNING_KERNEL) ? RUNNING_KERNEL : largest;
  if (target === undefined)
    throw new Error(`no kernel to measure on: neither ${RUNNING_KERNEL} nor a corpus`);
  const [heaviest] = corpus ? bySize(objectsOf(corpus).map(({ path }) => path)) : [];
  return [resolve(FIXTURES, "objects/example-el.o"), ...(heaviest ? [heaviest] : [])].map((object) => ({
    target,
    object,
  }));
}
