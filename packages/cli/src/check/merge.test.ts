import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyReport, kernel, pair, program, reason, report } from "../../test/check-report.js";
import { inFolder } from "../../test/run.js";
import { jsonReport } from "./json-report.js";
import { mergeReports, readReport } from "./merge.js";
import { createReport, type Report } from "./model.js";
import { isInShard } from "./shard.js";

const json = (of: Report): string => [...jsonReport(of)].join("");

/** What a run of one shard reports. */
function part(of: Report, index: number, count: number): Report {
  const shard = { indices: [index], count };
  const kernels = of.kernels.filter(({ kernel: { name } }) => isInShard(name, shard));
  return createReport({ ...of, kernels, shard: count === 1 ? null : shard });
}

describe("merging", () => {
  it("any sharding, in any order, gives the report of one run, byte for byte", async () => {
    await inFolder((folder) =>
      fc.assert(
        fc.property(anyReport, fc.integer({ min: 1, max: 7 }), fc.nat(), (whole, count, seed) => {
          const parts = Array.from({ length: count }, (_, i) => {
            const path = join(folder, `${i}.json`);
            writeFileSync(path, json(part(whole, ((i + seed) % count) + 1, count)));
            return { path, report: readReport(path) };
          });
          expect(json(mergeReports(parts))).toBe(json(whole));
        }),
        { numRuns: 60 },
      ),
    );
  });

  const whole = report(
    ["5.10", "6.1", "6.12", "7.3"].map((name) => ({
      kernel: kernel(name),
      pairs: [pair("a.o", [program("p", name === "7.3" ? [reason()] : [])])],
    })),
  );
  const read = (of: Report): { path: string; report: Report } => ({ path: "part.json", report: of });

  it("says which shards it has while there are others", () => {
    const some = [1, 3].map((index) => read(part(whole, index, 3)));
    expect(mergeReports(some).shard).toEqual({ indices: [1, 3], count: 3 });
    expect(JSON.parse(json(mergeReports(some))).partial).toBe(true);
  });

  it("fills in what an interrupted run left out", () => {
    const [first, ...others] = whole.kernels;
    const interrupted = createReport({
      ...whole,
      kernels: [first!],
      pending: others.map(({ kernel: { name } }) => name),
    });
    expect(JSON.parse(json(interrupted))).toMatchObject({ partial: true, pending: ["6.1", "6.12", "7.3"] });
    const rest = createReport({ ...whole, kernels: others, pending: [first!.kernel.name] });
    expect(json(mergeReports([read(interrupted), read(rest)]))).toBe(json(whole));
  });

  it.each([
    ["different versions", { ...whole, tool: "2.0.0" }, "different versions of bpf-core"],
    ["other objects", { ...whole, objects: [] }, "not about the same objects"],
    ["other shards", part(whole, 1, 5), "count their shards differently"],
    [
      "another result",
      report([{ kernel: kernel("7.3"), pairs: [pair("a.o", [program("p")])] }]),
      "say different things about 7.3",
    ],
  ])("refuses %s", (_, other, message) => {
    expect(() => mergeReports([read(whole), read(other)])).toThrow(message);
  });

  it.each([
    ["no JSON", "{", "no JSON"],
    ["no report", "{}", "must have required property 'version'"],
    [
      "another version",
      json(whole).replace('"version": 1', '"version": 2'),
      "at /version: must be equal to constant",
    ],
    [
      "a verdict that is none",
      json(whole).replace('"verdict":"loads"', '"verdict":"maybe"'),
      "at /pairs/0/verdict",
    ],
  ])("refuses %s, and says where", async (_, content, message) => {
    await inFolder((folder) => {
      const path = join(folder, "report.json");
      writeFileSync(path, content);
      expect(() => readReport(path)).toThrow(message);
      expect(() => readReport(path)).toThrow(path);
    });
  });
});
