import { expect, it } from "vitest";
import { complaintsOf, formatPage, mutantsOf } from "./report.mjs";

const SOURCE = "const a = 1;\nexport const b =\n  a < 2 && a > 0;\n";

/** As Stryker writes it: lines and columns count from 1, and ends are exclusive. */
const mutant = (line, from, to, replacement, status) => ({
  location: { start: { line, column: from }, end: { line, column: to } },
  replacement,
  status,
});
const report = {
  files: {
    "src/a.ts": {
      source: SOURCE,
      mutants: [
        mutant(1, 11, 12, "2", "Killed"),
        mutant(3, 3, 8, "a <= 2", "Survived"),
        mutant(3, 12, 17, "true", "NoCoverage"),
      ],
    },
  },
};
const mutants = mutantsOf(report);
const reasonOf = (from, to) => ({ file: "src/a.ts", line: "a < 2 && a > 0;", from, to, reason: "so it is" });
const reasons = [reasonOf("a < 2", "a <= 2"), reasonOf("a > 0", "true")];
const many = Array(200).fill({ ...mutants[0], fate: "noticed" });

it("makes each mutant's source", () => {
  expect(mutants.map(({ changed }) => changed)).toEqual([
    SOURCE.replace("1", "2"),
    SOURCE.replace("a < 2", "a <= 2"),
    SOURCE.replace("a > 0", "true"),
  ]);
  expect(mutants.map(({ fate }) => fate)).toEqual(["noticed", "survived", "survived"]);
});

it("has nothing against survivors with reasons", () => {
  expect(complaintsOf({ layer: "spec", mutants: [...mutants, ...many], reasons })).toEqual([]);
});

it("complains of survivors without a reason, of reasons without a survivor, and of low scores", () => {
  expect(complaintsOf({ layer: "spec", mutants, reasons: [reasons[0], reasonOf("a", "b")] })).toEqual([
    "packages/spec/src/a.ts:3: no test notices this change: kill it, or give the reason in survivors.json",
    '  {"file":"src/a.ts","line":"a < 2 && a > 0;","from":"a > 0","to":"true","reason":""}',
    "survivors.json: this change of spec survives no more: src/a.ts: a → b",
    "spec: 33.3 % of the mutants are noticed, under the floor",
  ]);
});

it("does not know what has not been tried", () => {
  const pending = { files: { "src/a.ts": { source: SOURCE, mutants: [mutant(1, 11, 12, "2", "Pending")] } } };
  expect(() => mutantsOf(pending)).toThrow("src/a.ts:1: a mutant of status Pending");
});

it("writes a page", () => {
  const refused = { ...mutants[1], fate: "refused" };
  const page = formatPage([
    { layer: "spec", mutants: [mutants[0], refused, mutants[2]], reasons: [reasons[1]] },
  ]);
  expect(page).toContain("| spec | 3 | 1 | 1 | 1 | 66.6 % | 98 % |");
  expect(page).toContain("- `src/a.ts`: `a < 2 && a > 0;`\\\n  `a > 0` → `true`: so it is\n");
});
