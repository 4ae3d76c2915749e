import { describe, expect, it } from "vitest";
import { shareOf } from "./share.js";

describe("the time of a run", () => {
  it("is shared evenly by what was run as often, or never", () => {
    expect([...shareOf(["a", "b", "c"], 60, new Map())]).toEqual([
      ["a", 20],
      ["b", 20],
      ["c", 20],
    ]);
    const even = new Map([
      ["a", 5000],
      ["b", 5000],
    ]);
    expect([...shareOf(["a", "b"], 60, even).values()]).toEqual([30, 30]);
  });

  it("goes to what was run less, and everything gets some", () => {
    const executions = new Map([
      ["fast", 1e8],
      ["slow", 1e4],
    ]);
    expect([...shareOf(["fast", "slow"], 101, executions).values()]).toEqual([1, 100]);
    expect(shareOf(["fast", "slow"], 10, executions).get("fast")).toBe(1);
  });
});
