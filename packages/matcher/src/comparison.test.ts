import { Types } from "@core/written-types";
import { expect, it } from "vitest";
import { comparisonOf, newBudget, step } from "./comparison.js";
import { MatcherError } from "./index.js";

it("a comparison takes a million steps, and no more", () => {
  const types = new Types();
  const id = types.struct("s", 0);
  const btf = types.btf();
  const comparison = comparisonOf(btf, btf, newBudget());
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

it("comparisons that share a budget take ten million steps, and no more", () => {
  const types = new Types();
  const id = types.struct("s", 0);
  const btf = types.btf();
  const budget = newBudget();
  for (let i = 0; i < 10; i++) {
    const comparison = comparisonOf(btf, btf, budget);
    for (let taken = 0; taken < 1_000_000; taken++) step(comparison, id);
  }
  expect(() => step(comparisonOf(btf, btf, budget), id)).toThrow(
    expect.objectContaining({
      message: "matcher: comparing with the target's type 1 takes over 10000000 steps, with all before it",
      code: "too-complex",
      site: { typeId: id },
    }),
  );
  expect(() => step(comparisonOf(btf, btf, newBudget()), id)).not.toThrow();
});
