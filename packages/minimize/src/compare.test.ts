import { Types } from "@core/written-types";
import { expect, it } from "vitest";
import { objectOf } from "../test/object.js";
import { decide, findDiffering } from "./compare.js";
import { keepMatched } from "./keep.js";
import { needsOf } from "./needs.js";
import { writeTarget } from "./write.js";

it("tells an id of another type from the new one of the same", () => {
  const t = new Types();
  const [first, second] = [t.struct("first", 4), t.struct("second", 4)];
  const target = { kernel: t.btf() };
  const decisions = decide(objectOf(target.kernel, [["target_type_id", second, "0"]]), target);
  const needs = needsOf([target.kernel]);
  for (const resolution of decisions.resolutions) if (resolution) keepMatched(needs, resolution);
  const written = writeTarget(target, needs);
  expect(findDiffering([decisions], written).size).toBe(0);
  const layer = { ...written.layers.get(target.kernel)!, newIdOf: () => first + 1 };
  expect(findDiffering([decisions], { ...written, layers: new Map([[target.kernel, layer]]) }).size).toBe(1);
});
