import { describe, expect, test } from "vitest";
import { btfOf, int, struct, union } from "../../test/build.js";
import { btfErrorOf } from "../../test/errors.js";
import { kernel } from "../../test/kernels.js";
import { formatType, idsByName, typeIdAt } from "../index.js";
import { fieldsOf, findLikeFields } from "./index.js";

const btf = btfOf([
  /* 1 */ int("int", 4),
  /* 2 */ int("unsigned int", 4, false),
  /* 3 */ struct("task", 24, [
    ["__state", 2, 0],
    ["", 4, 32],
    ["pid", 1, 128],
    ["flag", 1, 160, 3],
  ]),
  /* 4 */ union("", 8, [
    ["first", 1, 0],
    ["", 5, 0],
  ]),
  /* 5 */ struct("", 8, [["second", 2, 32]]),
  /* 6 */ struct("itself", 8, [["", 6, 0]]),
  /* 7 */ { kind: "array", typeId: 2, indexTypeId: 1, nelems: 3 },
]);

test("fields are those of anonymous members, too, at their offsets in the whole", () => {
  const found = fieldsOf(btf, typeIdAt(btf, 3));
  expect(found.map(({ name, bitOffset, bitSize }) => [name, bitOffset, bitSize])).toEqual([
    ["__state", 0, 0],
    ["first", 32, 0],
    ["second", 64, 0],
    ["pid", 128, 0],
    ["flag", 160, 3],
  ]);
  expect(fieldsOf(btf, typeIdAt(btf, 1))).toEqual([]);
  expect(fieldsOf(btf, typeIdAt(btf, 6))).toEqual([]);
});

describe("like fields", () => {
  const like = (wanted: Parameters<typeof findLikeFields>[2]) =>
    findLikeFields(btf, typeIdAt(btf, 3), wanted).map(({ name }) => name);

  test("have the name but for underscores, or the place and type", () => {
    expect(like({ name: "state" })).toEqual(["__state"]);
    expect(like({ name: "gone", type: "int", bitOffset: 128 })).toEqual(["pid"]);
    expect(like({ name: "gone", type: "int", bitOffset: 0 })).toEqual([]);
    expect(like({ name: "state", type: "int", bitOffset: 128 })).toEqual(["__state", "pid"]);
  });

  // What happened between 5.10 and 6.1, and between 6.1 and 7.3.
  test.skipIf(kernel("6.1") === undefined)("are found in real kernels", () => {
    const old = kernel("6.1");
    if (old === undefined) return;
    const [task] = idsByName(old, "task_struct", "exact");
    if (task === undefined) throw new Error("no task_struct");
    const [likeliest] = findLikeFields(old, task, {
      name: "state",
      type: "volatile long int",
      bitOffset: 128,
    });
    expect(likeliest?.name).toBe("__state");
  });
});

test("a declaration has the name where C puts it", () => {
  expect(formatType(btf, typeIdAt(btf, 7), "regs")).toBe("unsigned int regs[3]");
  expect(formatType(btf, typeIdAt(btf, 1), "pid")).toBe("int pid");
});

test("only the type that is asked about may be missing", () => {
  expect(btfErrorOf(() => fieldsOf(btf, 99 as ReturnType<typeof typeIdAt>))?.code).toBe("type-id");
});
