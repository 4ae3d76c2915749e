import { parseBtf } from "@core/btf";
import { dumpC, dumpJson, dumpRaw } from "@core/btf/dump";
import { attempt, inTime } from "../invariants.js";
import { targets } from "../seeds.js";
import type { FuzzTarget } from "../target.js";

/** Types → C, JSON and raw text. */
export const target: FuzzTarget = {
  seeds: targets,
  fuzz(data) {
    inTime(data.length, () => {
      const btf = attempt(() => parseBtf(data));
      if (btf === undefined) return;
      for (const chunks of [
        () => dumpRaw(btf),
        () => dumpJson(btf),
        () => dumpC(btf),
        () => dumpC(btf, { style: "bpftool" }),
      ]) {
        attempt(() => {
          for (const chunk of chunks()) chunk.length;
        });
      }
    });
  },
};
