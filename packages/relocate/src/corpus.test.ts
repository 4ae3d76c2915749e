import { parseBtf } from "@core/btf";
import { answersOf, findCorpus, kernelsOf, objectsOf, readBytes } from "@core/corpus";
import { rawSpec, SpecError } from "@core/spec";
import { afterAll, describe, expect, it } from "vitest";
import { differences } from "../test/answer.js";
import { openObject, relocate, writeRelocated } from "./index.js";

// Real objects against real kernels, and libbpf's own answers.
const corpus = findCorpus();

describe.skipIf(corpus === undefined)("a corpus", () => {
  const real = corpus ?? { path: "" };
  const paths = new Map(objectsOf(real).map((file) => [file.name, file]));
  const counts = {
    kernels: 0,
    objects: 0,
    relocations: 0,
    poisoned: 0,
    sections: 0,
    unrelocated: 0,
    noticed: 0,
  };
  afterAll(() => {
    console.log(
      `equal to libbpf: ${counts.relocations} relocations (${counts.poisoned} of them poisoned) and ${counts.sections} sections ` +
        `of ${counts.objects} objects against ${counts.kernels} kernels; ` +
        `left unrelocated, ${counts.noticed} of ${counts.unrelocated} objects that change are noticed`,
    );
  });

  it.each(kernelsOf(real))("is relocated as libbpf does it for $name", (file) => {
    const kernel = parseBtf(readBytes(file));
    counts.kernels++;
    for (const answer of answersOf(real, file.name)) {
      const path = paths.get(answer.object);
      if (path === undefined) throw new Error(`${answer.object} is not in the corpus`);
      const object = openObject(readBytes(path));
      const relocated = relocate(object, { kernel });
      expect(differences(answer, relocated)).toEqual([]);

      for (const { spec, accessStr } of object.relocations) {
        if (spec instanceof SpecError) throw spec;
        expect(rawSpec(spec).join(":")).toBe(accessStr);
      }
      expect(openObject(writeRelocated(relocated)).relocations).toEqual([]);

      counts.objects++;
      counts.relocations += relocated.relocations.length;
      counts.poisoned += answer.relos.filter(({ poisoned }) => poisoned).length;
      counts.sections += Object.keys(answer.sections).length;
      // The comparison sees it when nothing was relocated.
      const changes = answer.relos.some(({ orig, new: target, poisoned }) => orig !== target || poisoned);
      if (changes) {
        counts.unrelocated++;
        if (differences(answer, relocated, new Map()).length > 0) counts.noticed++;
      }
    }
    expect(counts.relocations).toBeGreaterThan(0);
    expect(counts.unrelocated).toBeGreaterThan(0);
    expect(counts.noticed).toBe(counts.unrelocated);
  });
});
