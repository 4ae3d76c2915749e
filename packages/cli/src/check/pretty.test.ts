import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { kernel, pair, program, reason, report } from "../../test/check-report.js";
import { digestOf } from "./digest.js";
import type { Report } from "./model.js";
import type { Policy } from "./policy.js";
import { prettyReport } from "./pretty-report.js";

const POLICY: Policy = { failOn: "fails", allow: undefined, baseline: undefined };

const show = (of: Report, columns?: number, colors = false): string =>
  prettyReport(of, digestOf(of, POLICY), POLICY, {
    colors: pc.createColors(colors),
    columns,
    verbose: false,
  });

/** So many objects on so many kernels, of which every seventh pair fails for one of some reasons. */
function fleet(objects: number, kernels: number): Report {
  return report(
    Array.from({ length: kernels }, (_, k) => {
      const [distro, version] = [`distro${k % 3}`, `${k % 5}`];
      const name = `${distro}/${version}/x86_64/${4 + (k % 3)}.${k % 20}.0-${k}-generic`;
      return {
        kernel: kernel(name, { distro, version }),
        pairs: Array.from({ length: objects }, (_, i) =>
          pair(`build/tool-${i}.bpf.o`, [
            program("p", (i + k) % 7 === 0 ? [reason({ subject: `struct bio.field_${i % 30}` })] : []),
          ]),
        ),
      };
    }),
  );
}

describe("the report for people", () => {
  it("of one object on one kernel has no more than that", () => {
    const one = report([{ kernel: kernel("6.1"), pairs: [pair("a.o", [program("p", [reason()])])] }]);
    expect(show(one)).toBe(`on 6.1
  a.o  1 FAIL

DOES NOT LOAD, for 1 reason

bio.bi_disk: absent, and used
  on 6.1: 1 object, 1 program (poison-reached)
  struct bio has no member bi_disk
  a.o  p  a.bpf.c:7  x = bio->bi_disk;

1 object on 1 kernel: 1 does not load
`);
  });

  it.each([
    [3, 4, 60],
    [60, 100, 60],
    [60, 100, 80],
    [200, 300, 120],
    [5, 30, 200],
  ])("of %i objects on %i kernels fits %i columns, and a few screens", (objects, kernels, columns) => {
    const lines = show(fleet(objects, kernels), columns).split("\n");
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    expect(lines.length).toBeLessThan(330);
    expect(lines.at(-2)).toContain(`${objects} objects on ${kernels} kernels: `);
  });

  it.each([40, 60, 100])("keeps long names of places within %i columns, if they fit at all", (columns) => {
    const source = { file: "/build/a_rather_long_name.bpf.c", line: 1234, column: 1, text: "x".repeat(200) };
    const long = program("a_program_of_a_long_name_0123456789", [reason({ source })]);
    const text = show(
      report([{ kernel: kernel("6.1"), pairs: [pair("a_tool_of_a_name.bpf.o", [long])] }]),
      columns,
    );
    expect(text.split("\n").filter((line) => line.length > columns)).toEqual([]);
    expect(text).toContain("a_program_of_a_long_name_0123456789");
    expect(text).toContain("a_rather_long_name.bpf.c:1234");
  });

  it("tells what its numbers and signs are of", () => {
    expect(show(fleet(3, 4), 100)).toMatch(/^FAIL: programs that do not load$/m);
    expect(show(fleet(3, 200), 60).replaceAll("\n", " ")).toContain(
      "FAIL: programs that do not load; where a column has several kernels: kernels with such programs",
    );
  });

  it("is the same text with colours", () => {
    const colored = show(fleet(3, 4), 80, true);
    expect(colored).toContain("\u001b[31m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what colours are made of.
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(show(fleet(3, 4), 80));
  });

  it("shows texts of inputs with everything escaped that could do something to a terminal", () => {
    const evil = "\u001b]0;x\u0007\u202e\n";
    const place = { file: evil, line: 1, column: 1, text: evil };
    const text = show(
      report([
        {
          kernel: kernel(evil, { notes: [evil] }),
          pairs: [
            pair(evil, [
              program(evil, [reason({ subject: evil, message: evil, hints: [evil], source: place })]),
            ]),
          ],
        },
        { kernel: kernel("6.1", { path: evil, error: evil }), pairs: [] },
      ]),
      80,
    );
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain("\\x1b]0;x\\x07\\u{202e}");
  });
});
