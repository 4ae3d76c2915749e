import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matches } from "./allow.js";

describe("a pattern", () => {
  it.each([
    ["a.o", "a.o", true],
    ["a.o", "b.o", false],
    ["*", "", true],
    ["*.o", "build/a.o", true],
    ["a*", "ba", false],
    ["a*a", "a", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["[a-z].o", "a.o", false],
    ["", "a", false],
  ])("%j and %j: %j", (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it("matches what it was made from", () => {
    const parts = fc.array(fc.string({ unit: fc.constantFrom("a", "b", ".") }));
    fc.assert(
      fc.property(parts, fc.array(fc.string()), (literals, fillers) => {
        const text = literals.map((literal, i) => (i === 0 ? "" : (fillers[i] ?? "")) + literal).join("");
        expect(matches(literals.join("*"), text)).toBe(true);
      }),
    );
  });

  it("takes no longer than its text for many stars", () => {
    expect(matches("a*".repeat(2000), "a".repeat(20_000))).toBe(true);
    expect(matches(`${"a*".repeat(2000)}b`, "a".repeat(20_000))).toBe(false);
  });
});
