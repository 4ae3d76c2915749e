import { parseBtf } from "@core/btf";
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
      const btf = base && attempt(() => parseBtf(second, { base }));
      if (btf !== undefined) walkTypes(btf);
    });
  },
};
