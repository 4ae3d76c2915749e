import { describe, expect, test } from "vitest";
import { wholeDiff } from "../../test/diff.js";
import { kernel, kernels, modules } from "../../test/kernels.js";
import { renumber } from "../../test/renumber.js";
import { typesOf } from "../../test/types-of.js";
import { parseBtf, type WritableType, writeBtf } from "../index.js";
import type { FieldChange } from "./index.js";

const TIMEOUT = 300_000;
const old = kernel("5.10");
const now = kernel("6.1");

describe.runIf(old !== undefined && now !== undefined)("real kernels", { timeout: TIMEOUT }, () => {
  if (old === undefined || now === undefined) return;

  test.each([...kernels()])("%s is no different from itself", (_, bytes) => {
    const [a, b] = [parseBtf(bytes()), parseBtf(bytes())];
    expect(wholeDiff(a, b)).toEqual({ added: [], removed: [], changed: [] });
  });

  test("nor from itself with its types in reverse", () => {
    const types = typesOf(now) as WritableType[];
    const order = [...types.keys()].reverse();
    const reversed = parseBtf(writeBtf(renumber(types, order), { order: "little" }));
    expect(wholeDiff(now, reversed)).toEqual({ added: [], removed: [], changed: [] });
  });

  const fieldOf = (type: string, field: string): FieldChange | undefined => {
    const { changed } = wholeDiff(old, now, { only: (name) => name === type });
    const [change] = changed;
    return change && "fields" in change
      ? change.fields.find(({ before, after }) => before?.name === field || after?.name === field)
      : undefined;
  };

  // Commit 2f064a59a11f: "sched: Change task_struct::state".
  test("task_struct.state became __state in 5.14", () => {
    expect(fieldOf("task_struct", "state")).toMatchObject({ after: { name: "__state" }, compatible: false });
    expect(fieldOf("task_struct", "state")?.codes).toContain("renamed");
  });

  // Commit 309dca309fc3: "block: store a block_device pointer in struct bio".
  test("bio.bi_disk became bi_bdev in 5.12, of another type", () => {
    expect(fieldOf("bio", "bi_disk")).toMatchObject({ compatible: false });
    expect(fieldOf("bio", "bi_bdev")?.codes).toEqual(expect.not.arrayContaining(["moved"]));
  });

  test("the same function, with another prototype", () => {
    // Commit 6521f8917082, "namei: prepare for idmapped mounts": a user namespace before the directory.
    const { changed } = wholeDiff(old, now, { only: (name) => name === "vfs_mkdir" });
    expect(changed).toMatchObject([
      {
        kind: "func",
        compatible: false,
        params: [
          { codes: ["moved"], before: { name: "dir", index: 0 }, after: { index: 1 } },
          { codes: ["moved"], before: { name: "dentry", index: 1 }, after: { index: 2 } },
          { codes: ["moved"], before: { name: "mode", index: 2 }, after: { index: 3 } },
          { codes: ["added"], after: { name: "mnt_userns", index: 0 } },
        ],
      },
    ]);
  });

  test("of a module, its own types", () => {
    const release =
      [...kernels().keys()].find((name) => name.startsWith("6.1.") && name.endsWith("amd64")) ?? "";
    const [one, other] = modules(release, now);
    if (one === undefined || other === undefined) return;
    expect(wholeDiff(one, one)).toEqual({ added: [], removed: [], changed: [] });
    expect(wholeDiff(one, other).removed.every(({ id }) => id >= now.endId)).toBe(true);
  });
});
