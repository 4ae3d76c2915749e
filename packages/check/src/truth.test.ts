import { parseBtf } from "@core/btf";
import { findCorpus, objectsOf, type ProgramTruth, readBytes, truthsOf } from "@core/corpus";
import { openObject } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { checkObject, openKernel, type ProgramCheck } from "./index.js";

// Real objects, and what real kernels said when each of their programs was loaded alone.
const corpus = findCorpus();

/** A real kernel's refusal that neither its BTF nor the object show: loads, as far as they tell. */
const INVISIBLE = /The address of function \w+ cannot be found|R\d invalid mem access/;

describe.skipIf(corpus === undefined)("real kernels", () => {
  const real = corpus ?? { path: "" };
  const objects = new Map(objectsOf(real).map((file) => [file.name, file]));

  it.each(truthsOf(real))("say what is said here: $name", ({ kernel: file, programs }) => {
    const kernel = openKernel(parseBtf(readBytes(file)), { release: file.name });
    const checks = new Map<string, ProgramCheck>();
    for (const name of new Set(programs.map(({ object }) => object))) {
      const object = objects.get(name);
      if (object === undefined) throw new Error(`${name} is not in the corpus`);
      for (const check of checkObject(openObject(readBytes(object)), kernel).programs) {
        checks.set(`${name} ${check.section} ${check.program}`, check);
      }
    }
    const disagreements: string[] = [];
    let unknown = 0;
    for (const truth of programs) {
      const check = checks.get(`${truth.object} ${truth.section} ${truth.program}`);
      if (check === undefined) throw new Error(`${truth.object} has no program ${truth.program}`);
      if (truth.class !== "needs-setup" && check.verdict === "unknown") unknown++;
      if (!agree(truth, check))
        disagreements.push(
          `${truth.object} ${truth.program}: ${truth.class} ${truth.error ?? ""}, not ${check.verdict} ${check.reasons.map(({ message }) => message).join("; ")}`,
        );
    }
    expect(disagreements).toEqual([]);
    const rest = programs.filter((truth) => truth.class !== "needs-setup");
    expect(unknown).toBeLessThan(0.02 * rest.length);
  });
});

function agree(truth: ProgramTruth, { verdict, reasons }: ProgramCheck): boolean {
  switch (truth.class) {
    case "loads":
      return verdict !== "fails";
    case "needs-setup":
      return verdict !== "loads" && reasons.some(({ code }) => code === "attach-target-placeholder");
    default:
      return verdict !== "loads" || INVISIBLE.test(truth.error ?? "");
  }
}
