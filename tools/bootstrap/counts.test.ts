import { expect, it } from "vitest";
import { countsOf, sum } from "./counts.mjs";

// As vitest 4 prints them, colours included.
const PASSING = `
 ✓ a.test.ts (2 tests) 3ms

\u001b[2m Test Files \u001b[22m \u001b[1m\u001b[32m1 passed\u001b[39m\u001b[22m\u001b[90m (1)\u001b[39m
\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[32m2 passed\u001b[39m\u001b[22m\u001b[90m (2)\u001b[39m
`;
const MIXED = `
@core/btf:test:  Test Files  1 failed | 3 passed (4)
@core/btf:test:       Tests  2 failed | 1204 passed | 5 skipped | 1 todo (1212)
`;
const BROKEN_FILE = `
 Test Files  1 failed | 3 passed (4)
      Tests  7 passed (7)
`;

it("reads what vitest counted", () => {
  expect(countsOf(PASSING)).toEqual({ passed: 2, failed: 0, skipped: 0 });
  expect(countsOf(MIXED)).toEqual({ passed: 1204, failed: 2, skipped: 6 });
});

it("counts what could not run as a failure", () => {
  expect(countsOf(BROKEN_FILE)).toEqual({ passed: 7, failed: 1, skipped: 0 });
  expect(countsOf("Segmentation fault")).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

it("sums", () => {
  expect(sum([countsOf(PASSING), countsOf(MIXED)])).toEqual({ passed: 1206, failed: 2, skipped: 6 });
  expect(sum([])).toEqual({ passed: 0, failed: 0, skipped: 0 });
});
