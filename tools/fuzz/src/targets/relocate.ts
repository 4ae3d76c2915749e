import { parseBtf } from "@core/btf";
import { type BpfObject, openObject, relocate, reportOf, type Target, writeRelocated } from "@core/relocate";
import { attempt, inTime, must } from "../invariants.js";
import { splitParts } from "../parts.js";
import { pairs } from "../seeds.js";
import type { FuzzTarget } from "../target.js";

/** An object and a kernel → a relocated object, which opens again and has nothing left to relocate. */
export const target: FuzzTarget = {
  seeds: pairs,
  fuzz(data) {
    const [first = data, second = data] = splitParts(data, 2);
    inTime(data.length, () => {
      const object = attempt(() => openObject(first));
      const kernel = attempt(() => parseBtf(second));
      if (object === undefined) return;
      if (kernel !== undefined) check(object, { kernel });
      if (object.btf !== undefined) check(object, { kernel: object.btf });
    });
  },
};

function check(object: BpfObject, kernel: Target): void {
  const relocated = attempt(() => relocate(object, kernel));
  if (relocated === undefined) return;
  const { summary, relocations } = reportOf(relocated);
  must(relocations.length === object.relocations.length, "a relocation is not reported");
  const bytes = attempt(() => writeRelocated(relocated));
  must(bytes === undefined || summary.failed === 0, "written although a relocation failed");
  if (bytes !== undefined) must(openObject(bytes).relocations.length === 0, "CO-RE relocations are left");
}
