import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { typeGraph } from "../test/arbitrary.js";
import { bpftoolDump, hasBpftool } from "../test/bpftool.js";
import { EVERY_KIND } from "../test/every-kind.js";
import { rawDump } from "../test/raw-dump.js";
import { parseBtf, type WritableType, writeBtf } from "./index.js";

const RUNNING = "/sys/kernel/btf/vmlinux";
const TIMEOUT = 300_000;
const scratch = mkdtempSync(join(tmpdir(), "btf-"));
afterAll(() => rmSync(scratch, { recursive: true }));

test.runIf(process.env["CI"] === "true")("CI has bpftool", () => {
  expect(hasBpftool).toBe(true);
});

function saved(name: string, bytes: Uint8Array): string {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}

describe.runIf(hasBpftool)("bpftool reads what we write as we do", { timeout: TIMEOUT }, () => {
  describe.each(["little", "big"] as const)("%s-endian", (order) => {
    test("every kind", () => {
      const bytes = writeBtf(EVERY_KIND, { order });
      expect(rawDump(parseBtf(bytes))).toEqual(bpftoolDump(saved(order, bytes)));
    });

    test("split BTF", () => {
      const bytes = writeBtf(EVERY_KIND, { order });
      const base = parseBtf(bytes);
      const upper: WritableType[] = [
        { kind: "ptr", typeId: 5 },
        { kind: "typedef", name: "own_t", typeId: base.endId },
        {
          kind: "struct",
          name: "own",
          size: 8,
          members: [{ name: "", typeId: 6, bitOffset: 0, bitSize: 0 }],
        },
      ];
      const split = writeBtf(upper, { order, base });
      const expected = bpftoolDump(saved(`${order}-split`, split), saved(`${order}-base`, bytes));
      expect(rawDump(parseBtf(split, { base }))).toEqual(expected);
    });

    test("random types", () => {
      const name = fc.string({ unit: fc.constantFrom("_", "a", "é", "9"), maxLength: 6 });
      const graphs = fc.sample(typeGraph(1, { name, maxTypes: 200 }), { numRuns: 20, seed: 42 });
      for (const [i, types] of graphs.entries()) {
        const bytes = writeBtf(types, { order });
        expect(rawDump(parseBtf(bytes))).toEqual(bpftoolDump(saved(`${order}-${i}`, bytes)));
      }
    });
  });

  test.runIf(existsSync(RUNNING))("the running kernel", () => {
    const ours = rawDump(parseBtf(new Uint8Array(readFileSync(RUNNING))));
    const theirs = bpftoolDump(RUNNING);
    // Not one assertion about all of it: the difference of a million lines would be computed, and shown.
    expect(ours.length).toBe(theirs.length);
    expect(ours.length).toBeGreaterThan(100_000);
    for (const [i, line] of ours.entries()) if (line !== theirs[i]) expect(line).toBe(theirs[i]);
  });
});
