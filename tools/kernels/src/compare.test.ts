import { describe, expect, it } from "vitest";
import { agreementOf, type Compared, type Comparison, type Way } from "./compare.js";
import { differencesOf, formatReport } from "./report.js";
import type { LoadResult } from "./results.js";

const result = (more: Partial<LoadResult> = {}): LoadResult => ({
  object: "a.o",
  program: "p",
  section: "kprobe/f",
  type: "kprobe",
  class: "loads",
  insns: 2,
  poison: 0,
  code: "00f1",
  ...more,
});

const compared = (own: Partial<LoadResult>, other: Partial<LoadResult>): Compared => ({
  own: result(own),
  other: result(other),
});

const comparisonOf = (way: Way, pairs: readonly Compared[]): Comparison => ({
  release: "6.1.0",
  own: pairs.map(({ own }) => own),
  ways: new Map([[way, pairs]]),
  unwritten: new Map([["b.o", "relocate: 2 relocations failed"]]),
});

describe("two loads of a program agree", () => {
  it("when both load, with the same instructions", () => {
    expect(agreementOf("relocated", compared({}, {}))).toBe("loads");
    expect(agreementOf("relocated", compared({}, { code: "00f2" }))).toBe("differs");
    expect(agreementOf("without-btf", compared({}, { code: "00f2" }))).toBe("differs");
  });

  it("when types were given other numbers", () => {
    expect(agreementOf("minimized", compared({}, { code: "00f2" }))).toBe("loads");
  });

  it("when both are refused for the same reason", () => {
    const poison = { class: "poison-reached" } as const;
    expect(agreementOf("relocated", compared(poison, poison))).toBe("refused");
    expect(agreementOf("relocated", compared(poison, { ...poison, code: "00f2" }))).toBe("differs");
    expect(agreementOf("relocated", compared(poison, { class: "verifier" }))).toBe("differs");
    expect(agreementOf("relocated", compared(poison, {}))).toBe("differs");
    expect(agreementOf("relocated", compared({}, poison))).toBe("differs");
  });

  it("when it needs BTF for more than relocation, and only where that was hidden", () => {
    const missing = { class: "btf-missing" } as const;
    expect(agreementOf("without-btf", compared({}, missing))).toBe("needs-btf");
    expect(agreementOf("relocated", compared({}, missing))).toBe("differs");
  });
});

describe("the page", () => {
  it("counts what agrees and names what does not", () => {
    const pairs = [
      compared({}, {}),
      compared({ program: "q" }, { program: "q", code: "00f2" }),
      compared({ program: "r" }, { program: "r", class: "verifier" }),
      compared({ program: "s", class: "verifier" }, { program: "s", class: "verifier" }),
    ];
    const comparison = comparisonOf("relocated", pairs);
    expect(differencesOf(comparison)).toEqual([
      "6.1.0, relocated: `a.o` `q`: other instructions",
      "6.1.0, relocated: `a.o` `r`: verifier, not loads",
    ]);
    const truth = { programs: 4, others: ["a.o p: loads, not verifier"] };
    const page = formatReport([{ comparison, truth }], 1);
    expect(page).toContain("| 6.1.0 | 3 | 1, **2 differ** |");
    expect(page).toContain("| 6.1.0 | 1 | 1 |");
    expect(page).toContain("| loads | 3 |\n| verifier | 1 |");
    expect(page).toContain("- `b.o`: relocate: 2 relocations failed");
    expect(page).toContain("| 6.1.0 | 4 | 3 |\n\nThe others:\n\n- 6.1.0: a.o p: loads, not verifier");
  });
});
