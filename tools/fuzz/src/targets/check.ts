import { parseBtf } from "@core/btf";
import { checkObject, explain, insnsAround, openKernel } from "@core/check";
import { fixtureTargets, kernelObjects, readFixture } from "@core/fixtures";
import { openObject, relocate } from "@core/relocate";
import { attempt, inTime, must } from "../invariants.js";
import { joinParts, splitParts } from "../parts.js";
import { pairs } from "../seeds.js";
import type { FuzzTarget } from "../target.js";

/** An object and a kernel → a verdict for each program, and an explanation of each that is not "loads". */
export const target: FuzzTarget = {
  *seeds() {
    const kernel = fixtureTargets().find(({ name }) => name === "example-kernel");
    for (const { path } of kernelObjects()) {
      if (kernel !== undefined) yield joinParts([readFixture(path), readFixture(kernel.path)]);
    }
    yield* pairs().filter((_, i) => i % 8 === 0);
  },
  fuzz(data) {
    const [first = data, second = data] = splitParts(data, 2);
    inTime(data.length, () => {
      const object = attempt(() => openObject(first));
      const btf = attempt(() => parseBtf(second)) ?? object?.btf;
      if (object === undefined || btf === undefined) return;
      const kernel = openKernel(btf);
      const result = attempt(() => checkObject(object, kernel));
      if (result === undefined) return;
      structuredClone(result);
      for (const { verdict, reasons } of result.programs) {
        must(
          (verdict === "loads") === (reasons.length === 0),
          "a verdict without a reason, or a reason without one",
        );
      }
      attempt(() => {
        const relocated = relocate(object, { kernel: btf });
        for (const place of explain(relocated, () => true)) insnsAround(relocated, place);
      });
    });
  },
};
