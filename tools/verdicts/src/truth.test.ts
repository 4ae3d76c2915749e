import { findCorpus } from "@core/corpus";
import { describe, expect, it } from "vitest";
import { compare } from "./agreement.js";
import { truths } from "./truths.js";

// What real kernels said when programs were loaded, each alone.
const corpus = findCorpus();
const all = corpus === undefined ? [] : truths(corpus);

describe.skipIf(all.length === 0)("real kernels", () => {
  it.each(all)("$name says what is said here", (truth) => {
    const compared = compare(truth);
    const wrong = compared.filter(({ agreement }) => agreement === "wrong");
    expect(wrong.map(({ truth, check }) => [truth, check])).toEqual([]);
    // The fixtures are made of what is hard to tell, such as values that only a configuration has.
    if (truth.name.endsWith("fixtures")) return;
    const rest = compared.filter(({ agreement }) => agreement !== "set up");
    const unknown = rest.filter(({ agreement }) => agreement === "unknown");
    expect(unknown.length).toBeLessThan(0.02 * rest.length);
  });
});
