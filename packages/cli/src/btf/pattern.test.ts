import { parseBtf, writeBtf } from "@core/btf";
import { describe, expect, it } from "vitest";
import { CommandError } from "../common/exit.js";
import { findMatching, parseName, parsePattern } from "./pattern.js";

const names = ["task_struct", "task", "TASK", "a[0]", `${"a".repeat(100)}!`];
const btf = parseBtf(
  writeBtf(
    names.map((name) => ({ kind: "struct", name, size: 0, members: [] }) as const),
    { order: "little" },
  ),
);
const found = (pattern: string): string[] =>
  findMatching(btf, parsePattern(pattern)).map((id) => names[id - 1] ?? "");

describe("a pattern", () => {
  it.each([
    ["task", ["task"]],
    ["task*", ["task_struct", "task"]],
    ["[s-u]*k", ["task"]],
    ["/^task$/i", ["task", "TASK"]],
    ["/_str/", ["task_struct"]],
    ["a\\[0]*", ["a[0]"]],
  ])("%s finds %j", (pattern, expected) => {
    expect(found(pattern)).toEqual(expected);
  });

  it("in slashes is no expression where only a name or glob may be", () => {
    expect(parseName("/x/")).toBe("/x/");
  });

  it("that takes too long for a hostile name is interrupted", () => {
    const start = process.cpuUsage();
    const search = (): unknown => findMatching(btf, parsePattern("/^(a+)+$/"), undefined, 200);
    expect(search).toThrow(CommandError);
    expect(search).toThrow("the expression takes more than 0.2 s for the names that there are");
    expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
  });

  it("does not hide a failure that is none of its own", () => {
    const broken = new Proxy(/x/, {
      get: () => {
        throw new TypeError("ours");
      },
    });
    expect(() => findMatching(btf, broken)).toThrow(TypeError);
  });
});
