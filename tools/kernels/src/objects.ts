// The objects that kernels are asked about.

import { type Corpus, findCorpus, objectsOf, readBytes } from "@core/corpus";
import { fixtureObjects, kernelObjects, readFixture } from "@core/fixtures";
import type { NamedObject } from "./boot.js";

/** Those that libbpf's own reading does not come to an end with. */
const ENDLESS = /^hostile/;

/** The fixtures made for kernels, by their names. */
export function fixturesForKernels(): readonly NamedObject[] {
  return kernelObjects().map(({ name, path }) => ({ name, bytes: readFixture(path) }));
}

/** The fixtures made for kernels, by their paths, and of all other fixtures and the corpus' objects every `sample`th. */
export function objectsToCompare(sample: number): {
  readonly corpus: Corpus | undefined;
  readonly objects: readonly NamedObject[];
} {
  const corpus = findCorpus();
  const forTargets = fixtureObjects().filter(({ name, order }) => order === "little" && !ENDLESS.test(name));
  const others = [
    ...forTargets.map(({ path }) => ({ name: path, read: () => readFixture(path) })),
    ...(corpus ? objectsOf(corpus) : []).map((file) => ({ name: file.name, read: () => readBytes(file) })),
  ];
  const forKernels = kernelObjects().map(({ path }) => ({ name: path, bytes: readFixture(path) }));
  const sampled = others.filter((_, index) => index % sample === 0);
  return { corpus, objects: [...forKernels, ...sampled.map(({ name, read }) => ({ name, bytes: read() }))] };
}
