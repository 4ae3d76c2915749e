import {
  type BtfFile,
  type Corpus,
  kernelsOf,
  objectsOf,
  type ProgramTruth,
  readBytes,
  truthsOf,
} from "@core/corpus";
import { kernelObjects, readFixture } from "@core/fixtures";
import { recordedVerdicts } from "@core/kernels";

/** What one real kernel said of programs, and where the kernel and the objects are. */
export interface KernelTruth {
  readonly name: string;
  readonly kernel: BtfFile;
  readonly programs: readonly ProgramTruth[];
  readonly bytesOf: (object: string) => Uint8Array;
}

/** Of a corpus's objects, and of the fixtures that were made to be refused, as far as the corpus has the kernels. */
export function truths(corpus: Corpus): readonly KernelTruth[] {
  const objects = new Map(objectsOf(corpus).map((file) => [file.name, () => readBytes(file)]));
  const fixtures = new Map(kernelObjects().map(({ name, path }) => [name, () => readFixture(path)]));
  const kernels = new Map(kernelsOf(corpus).map((file) => [file.name, file]));
  const real = truthsOf(corpus).map((truth) => ({ ...truth, bytesOf: reader(objects) }));
  const made = recordedVerdicts().flatMap(({ release, results }) => {
    const kernel = kernels.get(release);
    const name = `${release} of fixtures`;
    return kernel === undefined ? [] : [{ name, kernel, programs: results, bytesOf: reader(fixtures) }];
  });
  return [...real, ...made];
}

const reader =
  (objects: ReadonlyMap<string, () => Uint8Array>) =>
  (name: string): Uint8Array => {
    const bytes = objects.get(name)?.();
    if (bytes === undefined) throw new Error(`there is no object ${name}`);
    return bytes;
  };
