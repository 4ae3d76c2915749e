import { parseBtf, typeIdAt } from "@core/btf";
import { diffBtf, formatDiff } from "@core/btf/diff";
import { findTypes, findUsers, glob, indexReferences, statsOf } from "@core/btf/find";
import { formatLayout, layoutOf } from "@core/btf/layout";
import { decodeValue, formatData } from "@core/btf/values";
import { attempt, inTime } from "../invariants.js";
import { splitParts } from "../parts.js";
import { btfPairs } from "../seeds.js";
import type { FuzzTarget } from "../target.js";

/** How many types of an input are looked at: each can nest all others. */
const TYPES = 4;

/** Two BTFs → what differs, layouts, users, and values of their types. */
export const target: FuzzTarget = {
  seeds: btfPairs,
  fuzz(data) {
    const [first = data, second = data] = splitParts(data, 2);
    inTime(data.length, () => {
      const [before, after] = [attempt(() => parseBtf(first)), attempt(() => parseBtf(second))];
      if (before === undefined || after === undefined) return;
      attempt(() => formatDiff(diffBtf(before, after), before, after));
      attempt(() => findTypes(before, glob("*a*")));
      attempt(() => statsOf(before));
      const references = attempt(() => indexReferences(before));
      for (let id = 0; id < Math.min(before.endId, TYPES); id++) {
        if (references !== undefined) attempt(() => findUsers(references, id));
        attempt(() => formatLayout(before, layoutOf(before, typeIdAt(before, id))));
        attempt(() => decodeValue(before, id, second));
        attempt(() => formatData(before, id, second));
      }
    });
  },
};
