import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInShard, parseShard } from "./shard.js";

describe("--shard", () => {
  it.each([
    ["2/5", {}, 2, 5],
    ["auto", { CI_NODE_INDEX: "3", CI_NODE_TOTAL: "4" }, 3, 4],
    ["auto", { SLURM_ARRAY_TASK_ID: "0", SLURM_ARRAY_TASK_COUNT: "4", SLURM_ARRAY_TASK_MIN: "0" }, 1, 4],
    [
      "auto",
      ...[
        {
          SLURM_ARRAY_TASK_ID: "15",
          SLURM_ARRAY_TASK_COUNT: "3",
          SLURM_ARRAY_TASK_MIN: "5",
          SLURM_ARRAY_TASK_STEP: "5",
        },
      ],
      3,
      3,
    ],
    ["auto/8", { JOB_COMPLETION_INDEX: "7" }, 8, 8],
  ] as const)("%s with %j", (text, env, index, count) => {
    expect(parseShard(text, env)).toEqual({ indices: [index], count });
  });

  it.each([
    ["5", {}, "say which of how many"],
    ["1/2/3", {}, "say which of how many"],
    ["0/2", {}, "number 0 of 2 does not exist"],
    ["1/0", {}, "number 1 of 0 does not exist"],
    ["auto", {}, "none of CI_NODE_INDEX, SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX is set"],
    ["auto", { JOB_COMPLETION_INDEX: "1" }, "Kubernetes does not say how many there are: say auto/5"],
    ["auto/2", { JOB_COMPLETION_INDEX: "2" }, "number 3 of 2 does not exist"],
    ["auto/2", { JOB_COMPLETION_INDEX: "-1" }, "none of"],
    // An array such as 1,4,9 is no range: it has no second of three.
    [
      "auto",
      {
        SLURM_ARRAY_TASK_ID: "4",
        SLURM_ARRAY_TASK_COUNT: "3",
        SLURM_ARRAY_TASK_MIN: "1",
        SLURM_ARRAY_TASK_STEP: "2",
      },
      "number 2.5 of 3 does not exist",
    ],
  ])("refuses %s with %j", (text, env, message) => {
    expect(() => parseShard(text, env)).toThrow(message);
  });

  it("puts each kernel into one shard, by its name alone", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 50 }), (name, count) => {
        const all = Array.from({ length: count }, (_, i) => ({ indices: [i + 1], count }));
        expect(all.filter((shard) => isInShard(name, shard))).toHaveLength(1);
      }),
    );
    // It must not change: the parts of a report would not fit those of another version.
    const names = ["5.10.0-46-amd64", "6.1.0-56-amd64", "6.12.117-amd64"];
    expect(
      names.map((name) => [1, 2, 3].find((index) => isInShard(name, { indices: [index], count: 3 }))),
    ).toEqual([1, 1, 2]);
  });
});
