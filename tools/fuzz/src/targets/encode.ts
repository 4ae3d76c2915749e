import { parseBtf, pointerSizeOf } from "@core/btf";
import { encodeBtf } from "@core/btf/encode";
import { attempt, inTime, must, sameBytes } from "../invariants.js";
import { splitParts } from "../parts.js";
import { btfPairs } from "../seeds.js";
import type { FuzzTarget } from "../target.js";

/** Two BTFs → one, deduplicated and sorted, which is the same when that is done again. */
export const target: FuzzTarget = {
  seeds: btfPairs,
  fuzz(data) {
    const parts = splitParts(data, 2);
    inTime(data.length, () => {
      const btfs = parts.flatMap((part) => attempt(() => parseBtf(part)) ?? []);
      for (const btf of btfs) {
        const bytes = attempt(() => encodeBtf(btf));
        const again = bytes && attempt(() => parseBtf(bytes, { pointerSize: pointerSizeOf(btf) }));
        if (again !== undefined) must(again.endId === btf.endId, "a type was lost");
      }
      const options = { order: "little", dedup: true, sort: true } as const;
      const once = btfs.length === 2 ? attempt(() => encodeBtf(btfs, options)) : undefined;
      if (once === undefined) return;
      const twice = encodeBtf(parseBtf(once), options);
      must(sameBytes(encodeBtf(parseBtf(twice), options), twice), "it does not come to rest");
    });
  },
};
