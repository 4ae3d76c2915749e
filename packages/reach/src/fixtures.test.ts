import { parseBtf } from "@core/btf";
import { findCorpus, kernelsOf, readBytes } from "@core/corpus";
import { kernelObjects, readFixture } from "@core/fixtures";
import { type LoadResult, recordedVerdicts } from "@core/kernels";
import { openObject, relocate } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { knowledgeOf, poisonOf } from "../test/poison.js";
import { linkObject } from "./index.js";

// A program for each way to guard poison, and to fail to, and what real kernels said of it.
const corpus = findCorpus();
const kernels = new Map((corpus ? kernelsOf(corpus) : []).map((file) => [file.name, file]));
const recorded = recordedVerdicts().filter(({ release }) => kernels.has(release));

/** As Debian builds kernels. */
const OPTIONS = { CONFIG_BPF_SYSCALL: 1, CONFIG_NO_SUCH_OPTION: 0 };

/** Newer kernels know how many processors there are, and nobody else does. */
const UNKNOWN = "behind_an_unlikely_condition";

function expected({ program, class: found }: LoadResult): string | undefined {
  if (program === UNKNOWN) return "unknown";
  return found === "poison-reached" ? "reached" : found === "loads" ? "guarded" : undefined;
}

describe.skipIf(recorded.length === 0)("poison in programs made for it", () => {
  describe.each(recorded)("$release", ({ release, results }) => {
    const file = kernels.get(release);
    const kernel = file && parseBtf(readBytes(file));

    it.each(kernelObjects())("is told as the kernel tells it: $name", ({ name, path }) => {
      if (kernel === undefined) throw new Error(`no types of ${release} in the corpus`);
      const relocated = relocate(openObject(readFixture(path)), { kernel });
      const poisoned = results.filter(({ object, poison }) => object === name && poison > 0);
      if (poisoned.length === 0) return;
      const linked = linkObject(relocated.object);
      const told = poisoned.map((result): [string, string] => [
        result.program,
        poisonOf(linked, relocated, result.program, knowledgeOf(release, OPTIONS)),
      ]);
      expect(told).toEqual(
        poisoned.map((result, index) => [result.program, expected(result) ?? told[index]?.[1]]),
      );
    });
  });
});
