import { parseBtf } from "@core/btf";
import { attempt, inTime } from "../invariants.js";
import { targets } from "../seeds.js";
import type { FuzzTarget } from "../target.js";
import { walkTypes } from "../walk.js";

/** Bytes → types, and every question about each of them. */
export const target: FuzzTarget = {
  seeds: targets,
  fuzz(data) {
    inTime(data.length, () => {
      const btf = attempt(() => parseBtf(data));
      if (btf !== undefined) walkTypes(btf);
    });
  },
};
