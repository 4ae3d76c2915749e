import { expect, test } from "vitest";
import { formatText, type Result } from "./report.js";

const timesOf = (ms: number) => ({
  first_ns: ms * 1e6,
  median_ns: ms * 1e6,
  min_ns: ms * 1e6,
  max_ns: ms * 1e6,
});

const RESULT: Result = {
  machine: "a machine",
  libbpf: "1.8",
  cilium: "0.22.0",
  target: { types: 126_610, bytes: 5_500_000 },
  memory: { structs: 2 ** 20, all: 2 ** 21 },
  rows: [
    {
      work: "",
      name: "parse",
      first: 9e6,
      median: 3e6,
      deviation: 1e5,
      libbpf: timesOf(6),
      cilium: timesOf(12),
    },
    {
      work: "",
      name: "index of structs",
      first: 9e6,
      median: 2e6,
      deviation: 1e5,
      libbpf: undefined,
      cilium: undefined,
    },
  ],
  command: { relocate: 60e6, bare: 20e6 },
  corpus: { objects: 3, relocations: 30, ours: 1000, libbpf: 2000, cilium: { each: 500, leftOut: 1 } },
};

const withoutSpaces = (text: string) => text.split("\n").map((line) => line.trim().replace(/ {2,}/g, " | "));

test("peers stand beside our times", () => {
  const lines = withoutSpaces(formatText(RESULT));
  expect(lines).toContain(
    "median, ms | ± ms | first run, ms | libbpf, ms | ratio | first run to libbpf's median | cilium/ebpf, ms | ratio",
  );
  expect(lines).toContain("parse | 3.00 | 0.100 | 9.00 | 6.00 | 0.50 × | 1.50 × | 12.0 | 0.25 ×");
  expect(lines).toContain("index of structs | 2.00 | 0.100 | 9.00");
  expect(lines).toContain(
    "the command as a process, relocate of the light object: 60.0 ms; Node alone 20.0 ms, 3.00 ×",
  );
  expect(lines).toContain(
    "3 real objects, 30 relocations, on one warm target: 1.00 µs for each relocation; libbpf 2.00 µs, 0.50 ×; cilium/ebpf 0.50 µs, 2.00 ×, without 1 object that it does not resolve alike",
  );
});

test("a peer that was not built has no columns, and it is said how to get them", () => {
  const { corpus, rows, ...rest } = RESULT;
  const lines = withoutSpaces(
    formatText({
      ...rest,
      cilium: undefined,
      rows: rows.map((row) => ({ ...row, cilium: undefined })),
      corpus: { ...corpus, cilium: undefined },
    }),
  );
  expect(lines[0]).toBe(
    "a machine, libbpf 1.8, without cilium/ebpf (pnpm cilium builds it); a kernel of 126610 types, 5.5 MB",
  );
  expect(lines).toContain("parse | 3.00 | 0.100 | 9.00 | 6.00 | 0.50 × | 1.50 ×");
  expect(lines.slice(1).join("\n")).not.toContain("cilium");
});
