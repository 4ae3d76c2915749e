import { parseBtf } from "@core/btf";
import { formatMismatch, parseSplitBtf } from "@core/btf/split";
import { fixtureTargets, readFixture, targetPath } from "@core/fixtures";
import { attempt, inTime } from "../invariants.js";
import { joinParts, splitParts } from "../parts.js";
import type { FuzzTarget } from "../target.js";
import { walkTypes } from "../walk.js";

/** Bytes of a base and of what continues it → types. */
export const target: FuzzTarget = {
  *seeds() {
    for (const { base, order, path } of fixtureTargets()) {
      if (base !== undefined) yield joinParts([readFixture(targetPath(base, order)), readFixture(path)]);
    }
  },
  fuzz(data) {
    const [first = data, second = data] = splitParts(data, 2);
    inTime(data.length, () => {
      const base = attempt(() => parseBtf(first));
      if (base === undefined) return;
      const btf = attempt(() => parseBtf(second, { base }));
      if (btf !== undefined) walkTypes(btf);
      const split = attempt(() => parseSplitBtf(second, base));
      if (split?.matches === false) formatMismatch(split.mismatch);
      // Any BTF can be the distilled base of any other.
      attempt(() => parseSplitBtf(second, base, { distilledBase: first }));
    });
  },
};
