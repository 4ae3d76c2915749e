import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { check } from "../test/check.js";

describe("what was not found, but makes a difference, is kept, too", () => {
  it("the last member, where an array before it would else become a flexible one", () => {
    const l = new Types();
    const int = l.int("int", 4);
    const flow = l.struct("flow", 4, ["n", int, 0], ["keys", l.array(int, 0), 32]);
    const t = new Types();
    const u32 = t.int("int", 4);
    t.struct("flow", 8, ["keys", t.array(u32, 0), 0], ["n", u32, 0], ["end", u32, 32]);
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [
      ["byte_off", flow, "0:1"],
      ["field_exists", flow, "0:1:2"],
      ["byte_off", flow, "0:1:2"],
    ]);
    expect(decided).toEqual([0, "absent", "poison"]);
    expect(kept).toEqual(["int", "array", "struct flow .keys .end"]);
  });

  it("a member of the wrong type, which ends the search before one of the right type", () => {
    const l = new Types();
    const int = l.int("int", 4);
    const rq = l.struct("rq", 8, ["tag", int, 0], ["id", int, 32]);
    const part = l.struct("part", 4, ["tag", int, 0]);
    const t = new Types();
    const u32 = t.int("int", 4);
    const inner = t.struct("part", 8, ["tag", u32, 0], ["id", u32, 32]);
    // As ms-extensions allow: a nameless member of a type with a name.
    t.struct("rq", 24, ["tag", t.ptr(u32), 0], ["", inner, 64], ["other", u32, 128]);
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [
      ["byte_off", part, "0:0"],
      ["byte_off", rq, "0:1"],
      ["byte_off", rq, "0:0"],
    ]);
    expect(decided).toEqual([0, 12, "poison"]);
    expect(kept).toEqual(["int", "ptr", "struct part .tag .id", "struct rq .tag ."]);
  });

  it("what a pointer points to, where one to nothing would match", () => {
    const l = new Types();
    const nothing = l.ptr(0);
    const ops = l.struct("ops", 8, ["priv", nothing, 0]);
    const handler = l.typedef("handler_t", nothing);
    const user = l.struct("user", 8, ["handler", nothing, 0]);
    const t = new Types();
    const int = t.int("int", 4);
    t.struct("ops", 8, ["priv", t.ptr(t.struct("priv", 4, ["x", int, 0])), 0]);
    const callback = t.typedef("handler_t", t.ptr(t.proto(0, int)));
    t.struct("user", 8, ["handler", callback, 0]);
    t.struct("unrelated", 8, ["ops", t.ptr(2), 0]);
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [
      ["byte_off", ops, "0:0"],
      ["byte_off", user, "0:0"],
      ["type_matches", ops, "0"],
      ["type_exists", handler, "0"],
      ["byte_off", handler, "0"],
    ]);
    expect(decided).toEqual([0, 0, "absent", "absent", 0]);
    expect(kept).toEqual([
      "int",
      "ptr",
      "func_proto",
      "ptr",
      "struct priv",
      "struct ops .priv",
      "typedef handler_t",
      "struct user .handler",
    ]);
  });

  it("both of two types that make a relocation ambiguous, in order and with their names", () => {
    const l = new Types();
    const int = l.int("int", 4);
    const task = l.struct("task", 4, ["pid", int, 0]);
    const t = new Types();
    const u32 = t.int("int", 4);
    t.struct("task___old", 8, ["pid", u32, 0]);
    t.struct("task", 8, ["pid", u32, 32]);
    // Equal in all, which still makes two.
    t.struct("twin", 4, ["pid", u32, 0]);
    t.struct("twin", 4, ["pid", u32, 0]);
    const twin = l.struct("twin", 4, ["pid", int, 0]);
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [
      ["byte_off", task, "0:0"],
      ["target_type_id", twin, "0"],
      ["byte_off", twin, "0:0"],
    ]);
    expect(decided).toEqual(["ambiguous", "ambiguous", 0]);
    const twins = ["struct twin .pid", "struct twin .pid"];
    expect(kept).toEqual(["int", "struct task___old .pid", "struct task .pid", ...twins]);
  });

  it("which of several candidates comes first: its size is the one that counts", () => {
    const l = new Types();
    const task = l.struct("task", 4, ["flags", l.int("u32", 4), 0]);
    const asks = [["byte_off", task, "0:0"]] as const;
    const t = new Types();
    const sizes = [t.int("u64", 8), t.int("u16", 2)] as const;
    t.struct("task___wide", 8, ["flags", sizes[0], 0]);
    t.struct("task", 8, ["flags", sizes[1], 0]);
    expect(check(l.btf(), { kernel: t.btf() }, asks).kept.slice(2)).toEqual([
      "struct task___wide .flags",
      "struct task .flags",
    ]);
  });

  it("a declaration whose size is asked for, which is an error", () => {
    const l = new Types();
    const inner = l.struct("inner", 4);
    const outer = l.struct("outer", 4, ["in", inner, 0]);
    const alias = l.typedef("alias_t", inner);
    const t = new Types();
    const declared = t.fwd("inner");
    t.struct("outer", 8, ["other", declared, 0]);
    t.typedef("alias_t", declared);
    const { decided } = check(l.btf(), { kernel: t.btf() }, [
      ["byte_off", alias, "1"],
      ["byte_sz", outer, "0:0"],
    ]);
    expect(decided).toEqual(["invalid", "poison"]);
  });

  it("structs and modifiers that are nested too deep", () => {
    const l = new Types();
    const int = l.int("int", 4);
    const deep = l.struct("deep", 4, ["x", int, 0]);
    const qualified = l.struct("qualified", 4, ["all", l.array(int, 1), 0]);
    const t = new Types();
    const u32 = t.int("int", 4);
    let nest = t.struct("", 4, ["y", u32, 0]);
    for (let i = 0; i < 64; i++) nest = t.struct("", 4, ["", nest, 0]);
    t.struct("deep", 8, ["y", u32, 0], ["", nest, 32]);
    let chain = u32;
    for (let i = 0; i < 32; i++) chain = t.const(chain);
    t.struct("qualified", 8, ["other", u32, 0], ["all", t.array(chain, 1), 32]);
    t.struct("unrelated", 4, ["x", u32, 0]);
    const { decided, kept } = check(l.btf(), { kernel: t.btf() }, [
      ["byte_off", deep, "0:0"],
      ["byte_sz", qualified, "0:0"],
      ["field_exists", qualified, "0:0"],
    ]);
    expect(decided).toEqual(["invalid", "invalid", 1]);
    expect(kept).not.toContain("struct unrelated .x");
  });

  it("as many members and enumerators as type_matches counts", () => {
    const l = new Types();
    const int = l.int("int", 4);
    // Both flavors find the one member that there is.
    const pair = l.struct("pair", 8, ["a___1", int, 0], ["a___2", int, 32]);
    const state = l.enum("state", { A___1: 0n, A___2: 0n });
    const t = new Types();
    const number = t.int("int", 4);
    t.struct("pair", 12, ["b", t.ptr(number), 0], ["a", number, 64]);
    t.enum("state", { B: 0n, A: 0n });
    const { decided } = check(l.btf(), { kernel: t.btf() }, [
      ["type_matches", pair, "0"],
      ["type_matches", state, "0"],
    ]);
    expect(decided).toEqual([1, 1]);
  });
});
