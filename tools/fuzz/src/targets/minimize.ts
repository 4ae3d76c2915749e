import { parseBtf, pointerSizeOf } from "@core/btf";
import { minimize } from "@core/minimize";
import { openObject, relocate } from "@core/relocate";
import { attempt, inTime, must } from "../invariants.js";
import { splitParts } from "../parts.js";
import { pairs } from "../seeds.js";
import type { FuzzTarget } from "../target.js";

/** An object and a kernel → a smaller kernel, on which each relocation comes to the same verdict. */
export const target: FuzzTarget = {
  seeds: pairs,
  fuzz(data) {
    const [first = data, second = data] = splitParts(data, 2);
    inTime(data.length, () => {
      const object = attempt(() => openObject(first));
      const kernel = attempt(() => parseBtf(second));
      if (object === undefined || kernel === undefined) return;
      const minimized = attempt(() => minimize([object], { kernel }));
      if (minimized === undefined) return;
      const small = parseBtf(minimized.kernel, { pointerSize: pointerSizeOf(kernel) });
      const verdicts = (target: typeof kernel) =>
        attempt(() =>
          relocate(object, { kernel: target })
            .relocations.map(({ outcome }) => outcome.kind)
            .join(),
        );
      must(verdicts(small) === verdicts(kernel), "a verdict differs");
    });
  },
};
