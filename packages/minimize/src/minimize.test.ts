import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { check } from "../test/check.js";

/** struct task { int pid; } as an object has it, and the ids. */
function localTask() {
  const t = new Types();
  const int = t.int("int", 4, { signed: true });
  const task = t.struct("task", 4, ["pid", int, 0]);
  return { int, task, btf: t.btf() };
}

describe("what is found is kept", () => {
  it("a struct with only the members that are accessed, at their offsets", () => {
    const local = localTask();
    const t = new Types();
    const int = t.int("int", 4, { signed: true });
    t.struct("other", 4, ["a", int, 0]);
    t.struct(
      "task",
      1000,
      ["state", int, 0],
      ["pid", t.typedef("pid_t", t.const(int)), 800],
      ["end", int, 900],
    );
    const { decided, kept } = check(local.btf, { kernel: t.btf() }, [
      ["byte_off", local.task, "0:0"],
      ["byte_sz", local.task, "0:0"],
      ["signed", local.task, "0:0"],
      ["field_exists", local.task, "0:0"],
      ["type_size", local.task, "0"],
    ]);
    expect(decided).toEqual([100, 4, 1, 1, 1000]);
    expect(kept).toEqual(["int", "struct task .pid"]);
  });

  it("nameless structs and unions on the way, and the size of elements that are not read", () => {
    const l = new Types();
    const short = l.int("short", 2);
    const inner = l.struct("inner", 4, ["x", short, 16]);
    const outer = l.struct("outer", 40, ["all", l.array(inner, 10), 0]);
    const t = new Types();
    const wide = t.int("u16", 2);
    const element = t.struct("inner", 12, ["pad", t.int("u64", 8), 0], ["x", wide, 64]);
    const nest = t.union("", 120, [
      "",
      t.struct("", 120, ["pad", wide, 0], ["all", t.array(element, 10), 32]),
      64,
    ]);
    t.struct("outer", 200, ["pad", wide, 0], ["", nest, 128]);
    t.struct("outer___other", 4, ["pad", wide, 0]);
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [["byte_off", outer, "0:0:3:0"]]);
    expect(decided).toEqual([16 + 8 + 4 + 3 * 12 + 8]);
    expect(kept.filter((type) => type !== "int")).toEqual([
      "struct .x",
      "array",
      "struct .all",
      "union .",
      "struct outer .",
    ]);
  });

  it("an array with its elements", () => {
    const l = new Types();
    const table = l.struct("table", 4, ["all", l.array(l.array(l.int("int", 4), 4), 2), 0]);
    const t = new Types();
    const [index, element] = [t.int("u64", 8), t.int("s16", 2, { signed: true })];
    t.struct("table", 16, ["all", t.array(t.array(element, 4, index), 2, index), 32]);
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [["byte_sz", table, "0:0"]]);
    expect(decided).toEqual([16]);
    expect(kept).toEqual(["int", "int", "array", "array", "struct table .all"]);
  });

  it("bitfields, of either form, and what they are declared as", () => {
    const l = new Types();
    const u32 = l.int("u32", 4);
    const flags = l.struct("flags", 8, ["f", u32, 3, 5]);
    const asks = (["byte_off", "byte_sz", "lshift_u64", "rshift_u64", "signed"] as const).map(
      (kind) => [kind, flags, "0:0"] as const,
    );
    const t = new Types();
    const u64 = t.int("u64", 8);
    t.struct("flags", 16, ["plain", u64, 0], ["f", u64, 70, 7], ["g", u64, 77, 2]);
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, asks);
    expect(decided).toEqual([8, 8, 64 - 13, 64 - 7, 0]);
    expect(kept).toEqual(["int", "struct flags .f"]);
    // An integer that does not start at bit 0 goes with no field.
    const old = new Types();
    old.struct("flags", 8, ["f", old.int("u32", 4, { bitOffset: 3 }), 0], ["g", old.int("u8", 1), 0]);
    expect(check(l.btf(), { kernel: old.btf() }, asks).decided).toEqual(Array(5).fill("poison"));
  });

  it("pointers of another size than here", () => {
    const l = new Types();
    const list = l.struct("list", 16, ["next", l.ptr(0), 0], ["prev", l.ptr(0), 64]);
    const t = new Types();
    const long = t.int("long unsigned int", 4);
    t.struct("list", 8, ["next", t.ptr(long), 0], ["prev", t.ptr(0), 32]);
    // Once the value is another, once what a load makes of it.
    for (const kind of ["byte_sz", "byte_off"] as const) {
      const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [[kind, list, "0:1"]]);
      expect(decided).toEqual([4]);
      expect(kept).toEqual(["ptr", "int long unsigned int", "struct list .prev"]);
    }
  });

  it("pointers whose size only the reader knew, who has to say it again", () => {
    const l = new Types();
    const list = l.struct("list", 8, ["next", l.ptr(0), 0]);
    const t = new Types();
    t.struct("list", 4, ["next", t.ptr(0), 0]);
    const { decided, kept } = check(l.btf(), { kernel: t.btf("little", 4) }, [["byte_sz", list, "0:0"]], 4);
    expect(decided).toEqual([4]);
    expect(kept).toEqual(["ptr", "struct list .next"]);
  });

  it("enumerators, their signs and widths", () => {
    const l = new Types();
    const state = l.enum("state", { A: 0n, B: 1n, GONE: 2n });
    const t = new Types();
    t.enum("state", { Z: 7n, B: -5n, A___new: 3n });
    const asks = [
      ["enumval_value", state, "0"],
      ["enumval_value", state, "1"],
      ["enumval_exists", state, "2"],
    ] as const;
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, asks);
    expect(decided).toEqual([3, 2 ** 64 - 5, "absent"]);
    expect(kept).toEqual(["enum state .B .A___new"]);
    const wide = new Types();
    wide.enum64("state", { A: 1n, B: 2n ** 40n });
    expect(check(l.btf(), { kernel: wide.btf() }, asks).decided).toEqual([1, 2 ** 40, "absent"]);
  });

  it("of members and enumerators, for type_matches, those that are compared", () => {
    const l = new Types();
    const int = l.int("int", 4);
    const state = l.enum("state", { A: 0n });
    const owner = l.ptr(l.struct("user", 4, ["uid", int, 0]));
    const task = l.struct("task", 16, ["pid", int, 0], ["state", state, 32], ["of", owner, 64]);
    const t = new Types();
    const number = t.typedef("pid_t", t.int("int", 4));
    const user = t.struct("user", 4, ["uid", number, 0]);
    t.struct(
      "task",
      100,
      ["other", t.array(user, 4), 0],
      ["state", t.enum("state", { B: 0n, A: 1n }), 128],
      ["pid", number, 160],
      ["of", t.ptr(user), 192],
    );
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [["type_matches", task, "0"]]);
    expect(decided).toEqual([1]);
    expect(kept).toEqual(["ptr", "int int", "struct user", "enum state .A", "struct task .state .pid .of"]);
  });

  it("a type with very many members whole, what its pointers lead to included", () => {
    const members = (type: number) =>
      Array.from({ length: 1001 }, (_, i) => [`m${i}`, type, 64 * i] as const);
    const l = new Types();
    const large = l.struct("large", 8008, ...members(l.ptr(l.int("int", 4))));
    const t = new Types();
    t.struct("large", 8008, ...members(t.ptr(t.const(t.int("int", 4)))));
    t.struct("unrelated", 4);
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [["type_matches", large, "0"]]);
    expect(decided).toEqual([1]);
    expect(kept.map((type) => type.split(" ")[0])).toEqual(["const", "ptr", "int", "struct"]);
  });

  it("an enum that is a field without any enumerator", () => {
    const l = new Types();
    const task = l.struct("task", 4, ["state", l.enum("state", { A: 0n }), 0]);
    const t = new Types();
    t.struct("task", 8, ["state", t.enum("state", { A: -1n, B: 1n }), 32]);
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [
      ["byte_off", task, "0:0"],
      ["signed", task, "0:0"],
    ]);
    expect(decided).toEqual([4, 1]);
    expect(kept).toEqual(["enum state", "struct task .state"]);
  });

  it("a typedef by its name, and what compares types as far as it looks", () => {
    const l = new Types();
    const int = l.int("int", 4);
    const callback = l.typedef("callback_t", l.ptr(l.proto(int, l.ptr(l.fwd("task")))));
    const size = l.typedef("size_t", l.int("unsigned long", 8));
    const t = new Types();
    const ulong = t.int("long unsigned int", 8);
    const task = t.struct("task", 4, ["pid", ulong, 0]);
    t.typedef("callback_t", t.ptr(t.proto(t.int("int", 4), t.ptr(t.const(task)))));
    t.typedef("size_t", t.typedef("__kernel_size_t", ulong));
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [
      ["type_exists", callback, "0"],
      ["type_size", size, "0"],
    ]);
    // Below a pointer even a declaration and a struct differ in kind.
    expect(decided).toEqual(["absent", 8]);
    expect(kept).toEqual(["int", "typedef size_t"]);
    const same = new Types();
    same.typedef("callback_t", same.ptr(same.proto(same.int("int", 4), same.ptr(same.fwd("task")))));
    same.typedef("callback_t___other", same.ptr(0));
    const found = check(l.btf(), { kernel: same.btf() }, [["type_exists", callback, "0"]]);
    expect(found.kept).toEqual(["int", "ptr", "func_proto", "ptr", "fwd task", "typedef callback_t"]);
  });
});
