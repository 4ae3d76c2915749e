import { parseBtf } from "@core/btf";
import { findCorpus, kernelsOf, loadAnswersOf, objectsOf, readBytes } from "@core/corpus";
import { openObject, type Relocated, relocate } from "@core/relocate";
import { afterAll, describe, expect, it } from "vitest";
import { type Knowledge, linkObject, linkProgram, poisonedPlaces, reachOf } from "./index.js";

// Real programs that were loaded on real kernels.
const corpus = findCorpus();

/** What libbpf finds out about a kernel of this release. */
function knowledgeOf(release: string): Knowledge {
  const [major = 0, minor = 0, patch = 0] = release.split(/[.+-]/).map(Number);
  const values: Readonly<Record<string, number>> = {
    LINUX_KERNEL_VERSION: (major << 16) | (minor << 8) | Math.min(patch, 255),
    LINUX_HAS_BPF_COOKIE: major > 5 || (major === 5 && minor >= 15) ? 1 : 0,
  };
  return {
    kconfig: (name) => {
      const value = values[name];
      return value === undefined ? undefined : BigInt(value);
    },
  };
}

describe.skipIf(corpus === undefined)("poison in programs that were loaded on real kernels", () => {
  const real = corpus ?? { path: "" };
  const objects = new Map(
    objectsOf(real).map((file) => {
      const object = openObject(readBytes(file));
      return [file.name, { object, linked: linkObject(object) }];
    }),
  );
  const table = new Map<string, number>();
  afterAll(() => console.log(Object.fromEntries(table)));

  it.each(loadAnswersOf(real))(
    "is reached where it was refused, and nowhere else: $name",
    ({ kernel, answers }) => {
      const file = kernelsOf(real).find(({ name }) => name === kernel);
      if (file === undefined) throw new Error(`no types of ${kernel} in the corpus`);
      const target = { kernel: parseBtf(readBytes(file)) };
      const relocated = new Map<string, Relocated>();
      const wrong = answers
        .filter(({ poison }) => poison > 0)
        .flatMap((answer) => {
          const { object, linked } = objects.get(answer.object) ?? {};
          const program = object?.programs.find(({ name }) => name === answer.program);
          if (object === undefined || linked === undefined || program === undefined)
            throw new Error(`${answer.object} has no ${answer.program}`);
          const result = relocated.get(answer.object) ?? relocate(object, target);
          relocated.set(answer.object, result);
          const linkedProgram = linkProgram(linked, program);
          const places = poisonedPlaces(linkedProgram, result);
          const kinds = reachOf(linkedProgram, result, places, knowledgeOf(kernel)).map(({ kind }) => kind);
          const ours = (["reached", "unknown"] as const).find((kind) => kinds.includes(kind)) ?? "guarded";
          const row = `${answer.class}: ${ours}`;
          table.set(row, (table.get(row) ?? 0) + 1);
          const isRight =
            answer.class === "poison-reached"
              ? ours === "reached"
              : answer.class !== "loads" || ours === "guarded";
          return isRight && places.length === answer.poison ? [] : [{ ...answer, ours }];
        });
      expect(wrong).toEqual([]);
    },
  );
});
