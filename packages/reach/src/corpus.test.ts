import { parseBtf } from "@core/btf";
import { findCorpus, kernelsOf, loadAnswersOf, objectsOf, readBytes } from "@core/corpus";
import { openObject, type Relocated, relocate } from "@core/relocate";
import { afterAll, describe, expect, it } from "vitest";
import { knowledgeOf, poisonOf } from "../test/poison.js";
import { linkObject } from "./index.js";

// Real programs that were loaded on real kernels.
const corpus = findCorpus();

describe.skipIf(corpus === undefined)("poison in programs that were loaded on real kernels", () => {
  const real = corpus ?? { path: "" };
  const objects = new Map(objectsOf(real).map((file) => [file.name, file]));
  const table = new Map<string, number>();
  afterAll(() => console.log("programs with poison, what a kernel said and what is said here:", table));

  it.each(loadAnswersOf(real))(
    "is reached where it was refused, and nowhere else: $name",
    ({ kernel, answers }) => {
      const file = kernelsOf(real).find(({ name }) => name === kernel);
      if (file === undefined) throw new Error(`no types of ${kernel} in the corpus`);
      const target = { kernel: parseBtf(readBytes(file)) };
      const known = new Map<string, Relocated>();
      const relocatedOf = (name: string): Relocated => {
        const path = objects.get(name);
        if (path === undefined) throw new Error(`no ${name} in the corpus`);
        const relocated = known.get(name) ?? relocate(openObject(readBytes(path)), target);
        known.set(name, relocated);
        return relocated;
      };
      const wrong = answers
        .filter(({ poison }) => poison > 0)
        .flatMap((answer) => {
          const relocated = relocatedOf(answer.object);
          const linked = linkObject(relocated.object);
          const ours = poisonOf(linked, relocated, answer.program, knowledgeOf(kernel));
          const row = `${answer.class}, ${ours}`;
          table.set(row, (table.get(row) ?? 0) + 1);
          const expected = { "poison-reached": "reached", loads: "guarded" }[answer.class] ?? ours;
          return ours === expected ? [] : [{ ...answer, ours }];
        });
      expect(wrong).toEqual([]);
    },
  );
});
