import { parseSpec, type RelocationKind } from "@core/spec";
import { type MemberPlan, Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { decide } from "../test/decide.js";
import { formatCandidate, formatRejection, formatSubject } from "./index.js";

type Add = (t: Types) => number;
const int: Add = (t) => t.int("int", 4);

/** Why the only candidate, which is called and of the kind of the local root, does not match. */
function reason(localAdd: Add, accessStr: string, kind: RelocationKind, targetAdd: Add): string {
  const [local, target] = [new Types(), new Types()];
  const root = localAdd(local);
  targetAdd(target);
  const { local: spec, attempts } = decide(local.btf(), root, accessStr, kind, target.btf());
  const [attempt] = attempts;
  if (attempts.length !== 1 || attempt === undefined || attempt.matched)
    throw new Error("no single rejection");
  return formatRejection(spec, attempt.candidate, attempt.rejection);
}

const structs = (accessStr: string, local: (t: Types) => MemberPlan[], target: (t: Types) => MemberPlan[]) =>
  reason(
    (t) => t.struct("s___mine", 8, ...local(t)),
    accessStr,
    "byte_off",
    (t) => t.struct("s", 8, ...target(t)),
  );

describe("a field", () => {
  it("that is not there", () => {
    const text = structs(
      "0:0",
      (t) => [["pid", int(t), 0]],
      (t) => [["tgid", int(t), 0]],
    );
    expect(text).toBe("struct s [2] has no member pid");
  });

  it("that is not there in a nameless struct", () => {
    const inner =
      (name: string) =>
      (t: Types): MemberPlan[] => [["in", t.struct("", 4, [name, int(t), 0]), 0]];
    expect(structs("0:0:0", inner("pid"), inner("tgid"))).toBe("struct <anon> [2] has no member pid");
  });

  it("of the wrong type, at a byte", () => {
    const text = structs(
      "0:0",
      (t) => [["flags", t.const(int(t)), 0]],
      (t) => [
        ["x", 0, 0],
        ["flags", t.ptr(t.struct("q", 0)), 64],
      ],
    );
    expect(text).toBe("member flags at byte 8 of struct s [3] is struct q *, not const int");
  });

  it("of the wrong type, at a bit", () => {
    const text = structs(
      "0:0",
      (t) => [["flags", t.ptr(0), 0]],
      (t) => [["flags", int(t), 17, 3]],
    );
    expect(text).toBe("member flags at bit 17 of struct s [2] is int, not void *");
  });

  it.each<[string, Add, Add, string]>([
    [
      "a declaration and its struct",
      (t) => t.struct("q", 4),
      (t) => t.fwd("q"),
      "struct q (fwd of a struct), not struct q (struct)",
    ],
    [
      "a union and its declaration",
      (t) => t.fwd("q", "union"),
      (t) => t.const(t.union("q", 4)),
      "const union q, not union q",
    ],
    [
      "an integer that was a bitfield",
      int,
      (t) => t.int("int", 4, { bitOffset: 3 }),
      "int (int that is a bitfield), not int (int)",
    ],
  ])("of a type that C calls the same: %s", (_, local, target, expected) => {
    const text = structs(
      "0:0",
      (t) => [["f", local(t), 0]],
      (t) => [["f", target(t), 0]],
    );
    expect(text).toBe(`member f at byte 0 of struct s [${text.includes("const") ? 3 : 2}] is ${expected}`);
  });

  it("in what has no members", () => {
    const text = reason(
      (t) => t.typedef("t", t.struct("s", 4, ["pid", int(t), 0])),
      "0:0",
      "byte_off",
      (t) => t.typedef("t", int(t)),
    );
    expect(text).toBe("int [1] has no members, so no pid");
  });
});

describe("an element", () => {
  const array =
    (nelems: number) =>
    (t: Types): MemberPlan[] => [["a", t.array(int(t), nelems), 0]];

  it("past the end", () => {
    expect(structs("0:0:4", array(5), array(4))).toBe("int[4] [2] has 4 elements, so it has none at index 4");
    expect(structs("0:0:1", array(5), array(1))).toBe("int[1] [2] has 1 element, so it has none at index 1");
  });

  it("of an array without length that is not the last member", () => {
    const text = structs("0:0:4", array(5), (t) => [...array(0)(t), ["n", int(t), 0]]);
    expect(text).toBe("int[] [2] has no elements and is no flexible array, so it has none at index 4");
  });

  it("of what is no array", () => {
    const text = reason(
      (t) => t.typedef("t", t.array(int(t), 5)),
      "0:4",
      "byte_off",
      (t) => t.typedef("t", t.ptr(0)),
    );
    expect(text).toBe("void * [1] is no array, so it has no element 4");
  });
});

describe("an enumerator", () => {
  it("that is not there", () => {
    const text = reason(
      (t) => t.enum("e", { A___x: 1 }),
      "0",
      "enumval_value",
      (t) => t.enum64("e___y", { B: 1n }),
    );
    expect(text).toBe("enum e___y [1] has no enumerator A___x");
  });

  it("of what is no enum", () => {
    const text = reason(
      (t) => t.typedef("t", t.enum("e", { A: 1 })),
      "0",
      "enumval_value",
      (t) => t.typedef("t", int(t)),
    );
    expect(text).toBe("int [1] is no enum");
  });
});

describe("types", () => {
  const types = (kind: RelocationKind, local: Add, target: Add) =>
    reason(
      (t) => t.typedef("t", local(t)),
      "0",
      kind,
      (t) => t.typedef("t", target(t)),
    );

  it.each<[string, Add, Add, string]>([
    ["kind", int, (t) => t.ptr(0), "void * [1] is of kind ptr, not int like the local int [1]"],
    [
      "kind of a declaration",
      (t) => t.struct("s", 4),
      (t) => t.fwd("s", "union"),
      "union s [1] is of kind fwd of a union, not struct like the local struct s [1]",
    ],
    [
      "bit offset",
      int,
      (t) => t.int("u8", 1, { bitOffset: 1 }),
      "u8 [1] and the local int [1] do not both start at bit 0",
    ],
    [
      "params",
      (t) => t.proto(0, 0, 0),
      (t) => t.proto(0, 0),
      "void (...) [1] has 1 parameter, not 2 like the local void (..., ...) [1]",
    ],
    [
      "no reason of their own",
      (t) => t.float("double", 8),
      (t) => t.float("float", 4),
      "float [1] is of kind float, in which no type counts as like another",
    ],
    [
      "a parameter",
      (t) => t.ptr(t.proto(0, int(t), t.ptr(t.proto(0, int(t))))),
      (t) => t.ptr(t.proto(0, int(t), t.ptr(t.proto(0, t.ptr(0))))),
      "in (parameter 2)(parameter 1): void * [2] is of kind ptr, not int like the local int [2]",
    ],
  ])("that are not compatible by %s", (_, local, target, text) => {
    expect(types("type_exists", local, target)).toBe(text);
  });

  const one =
    (name: string, add: Add): Add =>
    (t) =>
      t.struct("s", 4, [name, add(t), 0]);

  it.each<[string, Add, Add, string]>([
    [
      "name",
      one("a", (t) => t.ptr(t.struct("x", 0))),
      one("a", (t) => t.ptr(t.struct("y", 0))),
      "in .a: struct y [1] is not named like the local struct x [1]",
    ],
    [
      "size of an integer",
      one("a", int),
      one("a", (t) => t.int("int", 8)),
      "in .a: int [1] has 8 bytes, not 4 like the local int [1]",
    ],
    [
      "size of an enum",
      (t) => t.enum("e", {}, 2),
      (t) => t.enum("e", {}, 1),
      "enum e [1] has 1 byte, not 2 like the local enum e [1]",
    ],
    [
      "signedness",
      int,
      (t) => t.int("int", 4, { signed: true }),
      "int [1] and the local int [1] differ in signedness",
    ],
    [
      "length",
      (t) => t.array(int(t), 3),
      (t) => t.array(int(t), 1),
      "int[1] [2] has 1 element, not 3 like the local int[3] [2]",
    ],
    [
      "params",
      (t) => t.proto(0),
      (t) => t.proto(0, 0),
      "void (...) [1] has 1 parameter, not 0 like the local void (void) [1]",
    ],
    [
      "number of members",
      (t) => t.struct("s", 4, ["a", 0, 0], ["b", 0, 0]),
      one("a", int),
      "struct s [2] has 1 member, not 2 like the local struct s [1]",
    ],
    [
      "number of enumerators",
      (t) => t.enum("e", { A: 1 }),
      (t) => t.enum("e", {}),
      "enum e [1] has 0 enumerators, not 1 like the local enum e [1]",
    ],
    ["a missing member", one("a", int), one("b", int), "struct s [2] has no member a"],
    ["a missing nameless member", one("", int), one("b", int), "struct s [2] has no anonymous member"],
    [
      "a missing enumerator",
      (t) => t.enum("e", { A: 1 }),
      (t) => t.enum64("e", { B: 1n }, 4),
      "enum e [1] has no enumerator A",
    ],
    [
      "something deep inside",
      one("a", (t) =>
        t.union("", 4, ["", t.struct("", 4, ["b", t.array(t.struct("q", 4, ["c", int(t), 0]), 2), 0]), 0]),
      ),
      one("a", (t) =>
        t.union("", 4, ["", t.struct("", 4, ["b", t.array(t.struct("q", 4, ["d", int(t), 0]), 2), 0]), 0]),
      ),
      "in .a.b: struct q [2] has no member c",
    ],
    [
      "something in a nameless member",
      one("", one("a", int)),
      one(
        "",
        one("a", (t) => t.int("int", 8)),
      ),
      "in .a: int [1] has 8 bytes, not 4 like the local int [1]",
    ],
    [
      "a nameless member itself",
      one("", int),
      one("", (t) => t.ptr(int(t))),
      "int * [2] is of kind ptr, not int like the local int [1]",
    ],
  ])("that do not match by %s", (_, local, target, text) => {
    expect(types("type_matches", local, target)).toBe(text);
  });
});

describe("overlong names", () => {
  const long = "x".repeat(100_000);
  const cut = `${"x".repeat(200)}...`;

  it("are cut in reasons", () => {
    const text = structs(
      "0:0",
      (t) => [[long, t.ptr(t.struct(long, 0)), 0]],
      (t) => [[long, t.int(long, 4), 0]],
    );
    expect(text).toBe(`member ${cut} at byte 0 of struct s [2] is ${cut}, not struct ${"x".repeat(193)}...`);
  });

  it("are cut in candidates and subjects", () => {
    const t = new Types();
    const root = t.struct(long, 0, [long, int(t), 0]);
    const btf = t.btf();
    expect(formatCandidate({ btf, typeId: root, module: undefined })).toBe(`[2] struct ${cut} in vmlinux`);
    expect(formatSubject(parseSpec(btf, root, "0:0", "byte_off"))).toBe(
      `struct ${"x".repeat(193)}....${cut}`,
    );
  });
});

describe("formatCandidate", () => {
  const t = new Types();
  const typeId = t.typedef("pid_t", int(t));
  const btf = t.btf();

  it("names kernel or module", () => {
    expect(formatCandidate({ btf, typeId, module: undefined })).toBe("[2] typedef pid_t in vmlinux");
    expect(formatCandidate({ btf, typeId, module: "nf_tables" })).toBe("[2] typedef pid_t in nf_tables");
  });
});

describe("formatSubject", () => {
  const t = new Types();
  const root = t.const(t.struct("task", 8, ["", t.union("", 8, ["comm", t.array(int(t), 4), 0]), 0]));
  const value = t.enum("e", { A: 1 });
  const btf = t.btf();

  it.each<[number, string, RelocationKind, string]>([
    [root, "0:0:0:3", "byte_off", "const struct task.comm[3]"],
    [root, "2:0:0", "byte_off", "const struct task[2].comm"],
    [root, "0", "type_size", "const struct task"],
    [value, "0", "enumval_value", "enum e::A"],
  ])("writes [%i] + %s for %s as C does", (id, accessStr, kind, text) => {
    expect(formatSubject(parseSpec(btf, id, accessStr, kind))).toBe(text);
  });
});
