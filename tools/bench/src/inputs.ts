import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseBtf } from "@core/btf";
import { findCorpus, kernelsOf, objectsOf } from "@core/corpus";
import { openObject } from "@core/relocate";
import type { Inputs } from "./cases.js";
import { syntheticObject } from "./synthetic.js";

const RUNNING_KERNEL = "/sys/kernel/btf/vmlinux";
const FIXTURES = resolve(import.meta.dirname, "../../fixtures");

/** What an object stands for. */
export interface Work {
  readonly title: string;
  readonly inputs: Inputs;
}

/** The machine's own kernel, else the largest of the corpus. */
export function findTarget(): string {
  if (existsSync(RUNNING_KERNEL)) return RUNNING_KERNEL;
  const corpus = findCorpus();
  const [largest] = corpus ? bySize(kernelsOf(corpus).map(({ path }) => path)) : [];
  if (largest === undefined)
    throw new Error(`no kernel to measure on: neither ${RUNNING_KERNEL} nor a corpus`);
  return largest;
}

/**
 * A real object with about 16 relocations (of the corpus, else an example of ours), and two that are made: few root
 * types with many relocations, and as many as 500 root types. They last as long as `use`.
 */
export async function withWorks<T>(target: string, use: (works: readonly Work[]) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const kernel = parseBtf(readFileSync(target));
    const made = ([roots, relocations]: readonly [number, number]): Work => {
      const object = join(folder, `${roots}-roots.bpf.o`);
      writeFileSync(object, syntheticObject(kernel, roots, relocations));
      return { title: `${relocations} relocations of ${roots} root types`, inputs: { target, object } };
    };
    const light = lightObject();
    const count = openObject(readFileSync(light)).relocations.length;
    return await use([
      { title: `light: ${count} relocations`, inputs: { target, object: light } },
      ...(
        [
          [10, 1166],
          [500, 2987],
        ] as const
      ).map(made),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All real objects: of the corpus, else our own example. */
export function allObjects(): readonly string[] {
  const corpus = findCorpus();
  return corpus ? objectsOf(corpus).map(({ path }) => path) : [resolve(FIXTURES, "objects/example-el.o")];
}

const LIGHT = 16;

function lightObject(): string {
  const distance = (path: string) => Math.abs(openObject(readFileSync(path)).relocations.length - LIGHT);
  const [nearest] = [...allObjects()].sort((a, b) => distance(a) - distance(b));
  if (nearest === undefined) throw new Error("no object to measure");
  return nearest;
}

const bySize = (paths: readonly string[]) => [...paths].sort((a, b) => statSync(b).size - statSync(a).size);
