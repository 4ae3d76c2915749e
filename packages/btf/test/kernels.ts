import { type BtfFile, findCorpus, kernelsOf, modulesOf, readBytes } from "@core/corpus";
import { type Btf, parseBtf } from "../src/index.js";

/** The BTF of real kernels by release; none where there is no corpus. */
export function kernels(): ReadonlyMap<string, () => Uint8Array> {
  return new Map(kernelFiles().map((file) => [file.name, () => readBytes(file)]));
}

/** The same as files. */
export function kernelFiles(): readonly BtfFile[] {
  const corpus = findCorpus();
  return corpus ? kernelsOf(corpus) : [];
}

/** A kernel of a series such as `6.1`, for x86-64; undefined where there is none. */
export function kernel(series: string): Btf | undefined {
  const found = [...kernels()].find(([name]) => name.startsWith(`${series}.`) && name.endsWith("amd64"));
  return found && parseBtf(found[1]());
}

/** Modules of a kernel, on top of it. */
export function modules(release: string, base: Btf): Btf[] {
  const corpus = findCorpus();
  if (corpus === undefined) return [];
  return modulesOf(corpus, release).map((file) => parseBtf(readBytes(file), { base }));
}
