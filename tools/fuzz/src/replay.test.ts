import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FINDINGS, findingsNow, targetOfFinding } from "./findings.js";
import { TARGETS } from "./targets.js";

describe.each([...TARGETS])("%s", (name, target) => {
  it("holds for its seeds, which are not few", () => {
    const seeds = [...target.seeds()];
    for (const seed of seeds) target.fuzz(seed);
    expect(seeds.length).toBeGreaterThanOrEqual(8);
  });

  it("holds for seeds that end anywhere", () => {
    for (const [i, seed] of [...target.seeds()].entries()) {
      target.fuzz(seed.subarray(0, (seed.length * (i % 7)) / 7));
    }
  });

  const findings = findingsNow().filter((file) => targetOfFinding(file) === name);
  it.each(findings)("holds for %s, which it did not once", (file) => {
    target.fuzz(readFileSync(join(FINDINGS, file)));
  });
});

it("every finding is of a target", () => {
  expect(findingsNow().filter((file) => !TARGETS.has(targetOfFinding(file)))).toEqual([]);
});
