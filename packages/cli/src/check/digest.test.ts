import { describe, expect, it } from "vitest";
import { kernel, pair, program, reason, report, skipped } from "../../test/check-report.js";
import { formatKernels, headlineOf } from "./causes-text.js";
import { digestOf } from "./digest.js";
import { jsonReport } from "./json-report.js";
import { baselineOf, type Policy } from "./policy.js";

const POLICY: Policy = { failOn: "fails", allow: undefined, baseline: undefined };
const unknown = reason({ code: "poison-unknown", verdict: "unknown", subject: "a.b" });

/** What an object says on each of some kernels, from the names of those where it fails. */
const on = (kernels: readonly string[], failing: readonly string[]) =>
  report(
    kernels.map((name) => ({
      kernel: kernel(name),
      pairs: [pair("a.o", [program("p", failing.includes(name) ? [reason()] : [])])],
    })),
  );

describe("a digest", () => {
  it("puts what has one cause together, failures and the most widespread first", () => {
    const { causes, pairs, programs } = digestOf(
      report(
        ["5.10", "6.1"].map((name) => ({
          kernel: kernel(name),
          pairs: [
            pair("a.o", [program("p", [unknown, reason({ subject: "rare" })]), program("q", [reason()])]),
            pair("b.o", [program("p", [reason({ message: "told only once" })]), program("q", [unknown])]),
            skipped("c.o"),
          ],
        })),
      ),
      POLICY,
    );
    expect(causes.map(({ subject, objects, pairs: count }) => [subject, objects, count])).toEqual([
      ["bio.bi_disk", ["a.o", "b.o"], 4],
      ["rare", ["a.o"], 2],
      ["a.b", ["a.o", "b.o"], 4],
    ]);
    expect(causes[0]?.message).toBe("struct bio has no member bi_disk");
    expect(causes[0]?.places.map(({ object, program: name }) => [object, name])).toEqual([
      ["a.o", "q"],
      ["b.o", "p"],
    ]);
    expect(pairs).toEqual({ loads: 0, fails: 4, unknown: 0, skipped: 2 });
    expect(programs).toEqual({ loads: 0, fails: 6, unknown: 2 });
  });

  it("does not count programs that are loaded only when asked for", () => {
    const optional = report([
      { kernel: kernel("6.1"), pairs: [pair("a.o", [program("p", [reason()], false)])] },
    ]);
    const { causes, standings } = digestOf(optional, POLICY);
    expect(causes).toEqual([]);
    expect(standings.optional).toEqual({ fails: 1, unknown: 0 });
  });

  it("tells an object's own reason once for each program, and where it has none", () => {
    const own = [reason({ subject: "map", section: null, insnOff: null, source: null })];
    const whole = report([
      {
        kernel: kernel("6.1"),
        pairs: [pair("a.o", [program("p", own), program("q", own)], own), pair("b.o", [], own)],
      },
    ]);
    const { causes, standings } = digestOf(whole, POLICY);
    expect(causes[0]?.places.map(({ object, program: name }) => [object, name])).toEqual([
      ["a.o", "p"],
      ["a.o", "q"],
      ["b.o", ""],
    ]);
    expect(standings.new.fails).toBe(3);
  });

  it("counts only what changed since a baseline, and tells what loads now", () => {
    const kernels = ["5.10", "6.1", "6.12"];
    const baseline = baselineOf(on(kernels, ["5.10", "6.1"]));
    const { causes, standings, mended } = digestOf(on(kernels, ["6.1", "6.12"]), { ...POLICY, baseline });
    expect(causes.map((cause) => cause.kernels)).toEqual([["6.12"]]);
    expect(standings.unchanged.fails).toBe(1);
    expect(mended.map((judged) => judged.kernel)).toEqual(["5.10"]);
  });
});

describe("the kernels of a cause", () => {
  const KERNELS = ["5.10.0-46", "5.15.3", "6.1.0-56", "6.12.1"];

  it.each([
    [KERNELS, KERNELS, "on all 4 kernels"],
    [KERNELS, ["6.1.0-56", "6.12.1"], "from 6.1 on (2 of 4 kernels)"],
    [KERNELS, ["5.10.0-46", "5.15.3"], "up to 5.15 (2 of 4 kernels)"],
    [KERNELS, ["5.15.3", "6.1.0-56"], "on 5.15.3, 6.1.0-56 (2 of 4 kernels, not on 5.10.0-46, 6.12.1)"],
    [KERNELS, ["6.1.0-56"], "on 6.1.0-56 (1 of 4 kernels)"],
    [["6.1"], ["6.1"], "on 6.1"],
    [
      [
        "debian/12/x86_64/6.1.0",
        "debian/13/x86_64/6.12",
        "ubuntu/20.04/x86_64/5.4.0",
        "ubuntu/24.04/x86_64/6.8",
      ],
      ["debian/13/x86_64/6.12", "ubuntu/24.04/x86_64/6.8"],
      "from 6.8 on (2 of 4 kernels)",
    ],
    [
      ["6.1.0-amd64", "6.1.0-arm64", "6.12"],
      ["6.1.0-amd64", "6.12"],
      "on 6.1.0-amd64, 6.12 (2 of 3 kernels, not on 6.1.0-arm64)",
    ],
    [["mine", "yours", "6.1"], ["mine", "6.1"], "on 6.1, mine (2 of 3 kernels, not on yours)"],
  ])("of %j, %j: %s", (kernels, failing, text) => {
    const [cause] = digestOf(on(kernels, failing), POLICY).causes;
    expect(cause && formatKernels(cause)).toBe(text);
  });

  const PART = ["5.10.0-46", "5.15.3"];
  const LATER = ["6.1.0-56", "6.12.1"];

  /** An object that asks for something on all kernels: it is absent on some, and fails on some of these. */
  const asking = (absent: readonly string[], failing: readonly string[], untold: readonly string[] = []) =>
    report(
      KERNELS.map((name) => {
        const reasons = failing.includes(name) ? [reason()] : [];
        const has = (names: readonly string[]) => (names.includes(name) ? ["bio.bi_disk"] : []);
        const absences = { absent: has(absent), untold: has(untold) };
        return {
          kernel: kernel(name),
          pairs: [pair("a.o", [program("p", reasons)], [], absences), pair("other.o", [program("q")])],
        };
      }),
    );

  it.each([
    [LATER, LATER, [], "absent from 6.1 on (2 of 4 kernels); there up to 5.15"],
    [PART, PART, LATER, "absent up to 5.15 (2 of 4 kernels); not to be told from 6.1 on"],
    [LATER, ["6.12.1"], [], "on 6.12.1 (1 of 4 kernels); absent from 6.1 on; there up to 5.15"],
    [KERNELS, ["6.12.1"], [], "on 6.12.1 (1 of 4 kernels); absent on all 4 kernels"],
    [KERNELS, KERNELS, [], "on all 4 kernels"],
    [
      ["6.1.0-56"],
      ["6.1.0-56"],
      [],
      "absent on 6.1.0-56 (1 of 4 kernels); there on 5.10.0-46, 5.15.3, 6.12.1",
    ],
  ])(
    "of which it is absent on %j, and fails on %j, and nothing is known of %j: %s",
    (absent, failing, untold, text) => {
      const whole = asking(absent, failing, untold);
      const [cause] = digestOf(whole, POLICY).causes;
      expect(cause && formatKernels(cause)).toBe(text);
      // The report in JSON has the same.
      const { subjects } = JSON.parse([...jsonReport(whole)].join(""));
      const there = KERNELS.filter((name) => ![...absent, ...untold].includes(name));
      expect(subjects).toEqual([{ subject: "bio.bi_disk", absent, there, untold }]);
    },
  );

  it("are not those of which nothing was asked", () => {
    const pairs = [pair("a.o", [program("p", [reason()])], [], { absent: ["bio.bi_disk"], untold: [] })];
    const other = { kernel: kernel("6.1"), pairs: [skipped("a.o"), pair("b.o", [program("p")])] };
    const [cause] = digestOf(report([{ kernel: kernel("5.10"), pairs }, other]), POLICY).causes;
    expect(cause?.existence).toEqual({ absent: ["5.10"], there: [], untold: [] });
  });

  it("have a headline, also when the code is not known yet", () => {
    expect(headlineOf(reason())).toBe("bio.bi_disk: absent, and used");
    expect(headlineOf(reason({ code: "map-unsupported", verdict: "unknown" }))).toBe(
      "bio.bi_disk: maybe not supported",
    );
    const later = JSON.parse(JSON.stringify(reason()).replace("poison-reached", "toString"));
    expect(headlineOf(later)).toBe("bio.bi_disk: toString");
  });
});
