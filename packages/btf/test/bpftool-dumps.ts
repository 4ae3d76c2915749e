import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bpftool, runBpftool } from "@core/bpftool";
import { type COptions, dumpC, dumpJson, dumpRaw } from "../src/dump/index.js";
import type { Btf } from "../src/index.js";
import type { Input } from "./dumps.js";

/** One way to dump, in our words and in bpftool's. */
export interface DumpFormat {
  /** bpftool's arguments before `btf dump file <file>`, and after it. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  dump(btf: Btf): Iterable<Uint8Array>;
}

const cFormat = (after: readonly string[], options: Omit<COptions, "style">): DumpFormat => ({
  before: [],
  after: ["format", "c", ...after],
  dump: (btf) => dumpC(btf, { style: "bpftool", ...options }),
});

const RAW: DumpFormat = { before: [], after: ["format", "raw"], dump: (btf) => dumpRaw(btf) };
const JSON_LINE: DumpFormat = { before: ["--json"], after: [], dump: (btf) => dumpJson(btf) };
const JSON_LINES: DumpFormat = {
  before: ["--pretty"],
  after: [],
  dump: (btf) => dumpJson(btf, { pretty: true }),
};

export const RECORD_FORMATS: readonly DumpFormat[] = [RAW, JSON_LINE, JSON_LINES];
export const C_FORMATS: readonly DumpFormat[] = [cFormat([], {}), cFormat(["unsorted"], { unsorted: true })];

const rootArgs = (ids: readonly number[]): string[] => ids.flatMap((id) => ["root_id", String(id)]);

export const cOf = (rootIds: readonly number[]): DumpFormat => cFormat(rootArgs(rootIds), { rootIds });
export const rawOf = (rootIds: readonly number[]): DumpFormat => ({
  before: [],
  after: ["format", "raw", ...rootArgs(rootIds)],
  dump: (btf) => dumpRaw(btf, { rootIds }),
});

/** What would be typed, for a title. */
export const titleOf = ({ before, after }: DumpFormat): string =>
  [...before, "btf dump file …", ...after].join(" ");

export const ours = ({ dump }: DumpFormat, { btf }: Pick<Input, "btf">): Buffer =>
  Buffer.concat([...dump(btf)]);

/** Runs bpftool on files that last as long as a call. */
export function theirs(bpftool: Bpftool, { before, after }: DumpFormat, { bytes, base }: Input): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "dump-"));
  try {
    const [path, basePath] = [join(folder, "types.btf"), join(folder, "base.btf")];
    writeFileSync(path, bytes);
    if (base !== undefined) writeFileSync(basePath, base);
    const onBase = base === undefined ? [] : ["--base-btf", basePath];
    return runBpftool(bpftool, [...before, ...onBase, "btf", "dump", "file", path, ...after]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The first line in which two texts differ, with those before it; undefined when they are the same. Not an assertion
 * about all of it: the difference of a million lines would be computed, and shown.
 */
export function firstDifference(
  actual: Buffer,
  expected: Buffer,
): { actual: string; expected: string } | undefined {
  if (actual.equals(expected)) return undefined;
  let at = 0;
  while (actual[at] === expected[at]) at++;
  const around = (text: Buffer): string => text.subarray(Math.max(0, at - 200), at + 100).toString();
  return { actual: around(actual), expected: around(expected) };
}
