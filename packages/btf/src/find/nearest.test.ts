import { describe, expect, it } from "vitest";
import { nearestNames } from "./nearest.js";

const NAMES = ["", "task_struct", "thread_struct", "task_struct__safe", "inode", "file", "css_set", "cpu"];

describe("nearestNames", () => {
  it.each([
    ["task_strcut", ["task_struct"]],
    ["Task_Struct", ["task_struct", "task_struct__safe"]],
    ["task", ["task_struct", "task_struct__safe"]],
    ["_set", ["css_set"]],
    ["inod", ["inode"]],
    ["fiel", ["file"]],
    ["xx", []],
    ["x", []],
    ["nothing_like_it", []],
    ["", []],
  ])("of %s", (wanted, expected) => {
    expect(nearestNames(wanted, NAMES)).toEqual(expected);
  });

  it("puts the nearest first, and three at most", () => {
    const names = ["abcdefgx", "abcdefgh", "abcdefxx", "abcdefgy", "abcdefgz"];
    expect(nearestNames("abcdefgh", names)).toEqual(["abcdefgh", "abcdefgx", "abcdefgy"]);
  });

  it("does not take long for names that are", () => {
    const long = Array.from({ length: 100 }, (_, i) => `${"a".repeat(100_000)}${i}`);
    expect(nearestNames("a".repeat(60), long)).toHaveLength(3);
    expect(nearestNames("a".repeat(100_000), long)).toEqual([]);
  });
});
