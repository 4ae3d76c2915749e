import { Types } from "@core/written-types";
import { expect, it } from "vitest";
import { comparisonOf, step } from "./comparison.js";
import { MatcherError } from "./index.js";

it("a comparison takes a million steps, and no more", () => {
  const types = new Types();
  const id = types.struct("s", 0);
  const btf = types.btf();
  const comparison = comparisonOf(btf, btf);
  for (let i = 0; i < 1_000_000; i++) step(comparison, id);
  expect(() => step(comparison, id)).toThrow(MatcherError);
  expect(() => step(comparison, id)).toThrow(
    expect.objectContaining({
      message: "matcher: comparing with the target's type 1 takes over 1000000 steps",
      code: "too-complex",
      site: { typeId: id },
    }),
  );
});
