import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { decide, outcomeOf, rejectionOf } from "../test/decide.js";

type Add = (t: Types) => number;
const int: Add = (t) => t.int("int", 4, { signed: true });

/** type_matches of a typedef that leads to one type here and to the other one in the target. */
function match(localAdd: Add, targetAdd: Add) {
  const [local, target] = [new Types(), new Types()];
  const root = local.typedef("t", localAdd(local));
  target.typedef("t", targetAdd(target));
  return decide(local.btf(), root, "0", "type_matches", target.btf());
}

const struct: Add = (t) => t.struct("s", 4, ["a", int(t), 0]);
const union: Add = (t) => t.union("s", 4, ["a", int(t), 0]);

describe("types that match", () => {
  it.each<[string, Add, Add]>([
    ["void", () => 0, () => 0],
    [
      "integers of a name, size and sign",
      int,
      (t) => t.const(t.typedef("x", t.int("int___y", 4, { signed: true, char: true }))),
    ],
    ["integers that were bitfields once", int, (t) => t.int("int", 4, { signed: true, bitOffset: 3 })],
    [
      "structs with more members, in another order, of another size",
      struct,
      (t) => t.struct("s___x", 16, ["b", 0, 0], ["a", int(t), 64]),
    ],
    ["structs whose members have flavors", struct, (t) => t.struct("s", 4, ["a___x", int(t), 0])],
    ["empty structs and any other", (t) => t.struct("s", 0), struct],
    ["unions", union, (t) => t.union("s", 8, ["z", 0, 0], ["a", int(t), 0])],
    [
      "enums of a size with the same names for other values",
      (t) => t.enum("e", { A: 1, B: 2 }),
      (t) => t.enum("e", { B___x: 7, C: 9, A: 8 }),
    ],
    ["enums of either kind", (t) => t.enum("e", { A: 1 }, 8), (t) => t.enum64("e", { A: 1n })],
    [
      "pointers to structs of a name, whatever is in them",
      (t) => t.ptr(struct(t)),
      (t) => t.ptr(t.struct("s", 0)),
    ],
    ["a pointer to a struct and one to its declaration", (t) => t.ptr(struct(t)), (t) => t.ptr(t.fwd("s"))],
    ["a pointer to a declaration and one to its struct", (t) => t.ptr(t.fwd("s")), (t) => t.ptr(struct(t))],
    [
      "a pointer to a declaration and one to its union",
      (t) => t.ptr(t.fwd("s", "union")),
      (t) => t.ptr(union(t)),
    ],
    [
      "a pointer to a union and one to its declaration",
      (t) => t.ptr(union(t)),
      (t) => t.ptr(t.fwd("s", "union")),
    ],
    ["declarations", (t) => t.fwd("s"), (t) => t.fwd("s")],
    ["pointers to declarations", (t) => t.ptr(t.fwd("s", "union")), (t) => t.ptr(t.fwd("s", "union"))],
    [
      "pointers to pointers and arrays of structs, by name",
      (t) => t.ptr(t.ptr(t.array(struct(t), 2))),
      (t) => t.ptr(t.ptr(t.array(t.struct("s", 0), 2))),
    ],
    [
      "prototypes, whatever their parameters are called",
      (t) => t.proto(int(t), int(t), t.ptr(0)),
      (t) => t.proto(int(t), int(t), t.ptr(0)),
    ],
    [
      "pointers to functions of structs, by name",
      (t) => t.ptr(t.proto(0, struct(t))),
      (t) => t.ptr(t.proto(0, t.struct("s", 0))),
    ],
    [
      "structs where another member of the name matches",
      (t) => t.struct("s", 8, ["", t.struct("", 4, ["a", int(t), 0]), 0]),
      (t) =>
        t.struct(
          "s",
          8,
          ["", t.union("", 4, ["a", int(t), 0]), 0],
          ["", t.struct("", 4, ["a", int(t), 0]), 32],
        ),
    ],
    [
      "structs where one member of the name matches, and a later one does not",
      (t) => t.struct("s", 8, ["", t.struct("", 4, ["a", int(t), 0]), 0]),
      (t) =>
        t.struct(
          "s",
          8,
          ["", t.struct("", 4, ["a", int(t), 0]), 0],
          ["", t.union("", 4, ["a", int(t), 0]), 32],
        ),
    ],
  ])("%s", (_, local, target) => {
    expect(outcomeOf(match(local, target))).toBe("resolved 1 -> 1");
  });
});

const differ = (by: string) => ({ code: "types-differ", by });

describe("types that do not match", () => {
  it.each<[string, Add, Add, object]>([
    ["void and a struct without a name", () => 0, (t) => t.struct("", 0), differ("kind")],
    ["structs of other names", struct, (t) => t.struct("s_", 4, ["a", int(t), 0]), differ("name")],
    ["a name and none", struct, (t) => t.struct("", 4, ["a", int(t), 0]), differ("name")],
    ["no name and one", (t) => t.struct("", 0), (t) => t.struct("s", 0), differ("name")],
    ["a struct and a union", struct, union, differ("kind")],
    ["a struct and its declaration", struct, (t) => t.fwd("s"), differ("kind")],
    ["a declaration and its struct", (t) => t.fwd("s"), struct, differ("kind")],
    [
      "declarations of a struct and of a union",
      (t) => t.fwd("s"),
      (t) => t.fwd("s", "union"),
      differ("kind"),
    ],
    ["pointers to those", (t) => t.ptr(t.fwd("s", "union")), (t) => t.ptr(t.fwd("s")), differ("kind")],
    ["pointers to a struct and a union", (t) => t.ptr(struct(t)), (t) => t.ptr(union(t)), differ("kind")],
    ["pointers to a union and a struct", (t) => t.ptr(union(t)), (t) => t.ptr(struct(t)), differ("kind")],
    [
      "pointers to a struct and a declaration of a union",
      (t) => t.ptr(struct(t)),
      (t) => t.ptr(t.fwd("s", "union")),
      differ("kind"),
    ],
    [
      "pointers to a declaration of a struct and a union",
      (t) => t.ptr(t.fwd("s")),
      (t) => t.ptr(union(t)),
      differ("kind"),
    ],
    [
      "pointers to structs of other names",
      (t) => t.ptr(struct(t)),
      (t) => t.ptr(t.struct("q", 4)),
      differ("name"),
    ],
    ["integers of other names", int, (t) => t.int("long", 4, { signed: true }), differ("name")],
    ["integers of other sizes", int, (t) => t.int("int", 8, { signed: true }), differ("size")],
    ["integers of other signs", int, (t) => t.int("int", 4), differ("signedness")],
    ["an integer and a float", int, (t) => t.float("int", 4), differ("kind")],
    ["floats", (t) => t.float("f", 4), (t) => t.float("f", 4), differ("incomparable")],
    ["functions", (t) => t.func("f", t.proto(0)), (t) => t.func("f", t.proto(0)), differ("incomparable")],
    ["a pointer and none", (t) => t.ptr(0), () => 0, differ("kind")],
    [
      "pointers to integers of other sizes",
      (t) => t.ptr(int(t)),
      (t) => t.ptr(t.int("int", 8)),
      differ("size"),
    ],
    ["arrays of other lengths", (t) => t.array(int(t), 3), (t) => t.array(int(t), 4), differ("nelems")],
    ["arrays of other elements", (t) => t.array(int(t), 3), (t) => t.array(t.ptr(0), 3), differ("kind")],
    ["an array and a pointer", (t) => t.array(0, 3), (t) => t.ptr(0), differ("kind")],
    ["enums of other sizes", (t) => t.enum("e", {}), (t) => t.enum64("e", {}), differ("size")],
    [
      "an enum with fewer names",
      (t) => t.enum("e", { A: 1, B: 2 }),
      (t) => t.enum("e", { A: 1 }),
      differ("fewer"),
    ],
    [
      "an enum without one of the names",
      (t) => t.enum("e", { A: 1, B: 2 }),
      (t) => t.enum("e", { A: 1, C: 2 }),
      { code: "no-counterpart", index: 1 },
    ],
    ["an enum and an integer", (t) => t.enum("int", {}), (t) => t.int("int", 4), differ("kind")],
    [
      "a struct with fewer members",
      (t) => t.struct("s", 4, ["a", 0, 0], ["b", 0, 0]),
      (t) => t.struct("s", 4, ["a", 0, 0]),
      differ("fewer"),
    ],
    [
      "a struct without one of the members",
      struct,
      (t) => t.struct("s", 4, ["b", int(t), 0]),
      { code: "no-counterpart", index: 0 },
    ],
    [
      "a struct whose member is in an anonymous one",
      struct,
      (t) => t.struct("s", 4, ["", struct(t), 0]),
      { code: "no-counterpart", index: 0 },
    ],
    ["prototypes with more parameters", (t) => t.proto(0, 0), (t) => t.proto(0, 0, 0), differ("params")],
    ["prototypes that return something else", (t) => t.proto(int(t)), (t) => t.proto(0), differ("kind")],
    [
      "prototypes whose parameters are structs that differ",
      (t) => t.proto(0, struct(t)),
      (t) => t.proto(0, t.struct("s", 0)),
      differ("fewer"),
    ],
  ])("%s", (_, local, target, expected) => {
    const resolution = match(local, target);
    expect(outcomeOf(resolution)).toBe("absent 1 -> 0");
    expect(rejectionOf(resolution)).toMatchObject(expected);
  });

  it("are told of at the innermost pair, with the way there", () => {
    const ops = (size: number) => (t: Types) =>
      t.struct("s", 8, ["", t.struct("", 8, ["ops", t.ptr(t.proto(0, 0, t.ptr(t.int("x", size)))), 0]), 0]);
    // x 1, x * 2, prototype 3, pointer 4, the nameless struct 5, s 6
    expect(rejectionOf(match(ops(4), ops(8)))).toEqual({
      code: "types-differ",
      by: "size",
      path: [
        { localTypeId: 6, index: 0 },
        { localTypeId: 5, index: 0 },
        { localTypeId: 3, index: 1 },
      ],
      localTypeId: 1,
      typeId: 1,
    });
  });
});

describe("depth", () => {
  const own = (add: (t: Types) => number) => outcomeOf(match(add, add));
  const nested = (depth: number, add: (t: Types, id: number) => number) =>
    own((t) => {
      let id = int(t);
      for (let i = 0; i < depth; i++) id = add(t, id);
      return id;
    });

  it("is 32 in one chain", () => {
    for (const add of [
      (t: Types, id: number) => t.ptr(id),
      (t: Types, id: number) => t.array(id, 1),
      (t: Types, id: number) => t.proto(id),
    ]) {
      expect(nested(31, add)).toBe("resolved 1 -> 1");
      expect(nested(32, add)).toBe("invalid too-deep");
    }
  });

  it("is 32 in members and parameters", () => {
    for (const add of [
      (t: Types, id: number) => t.struct("s", 4, ["a", id, 0]),
      (t: Types, id: number) => t.proto(0, id),
    ]) {
      expect(nested(31, add)).toBe("resolved 1 -> 1");
      expect(nested(32, add)).toBe("invalid too-deep");
    }
  });

  it("is exceeded by a struct that holds itself, unless behind a pointer", () => {
    expect(own((t) => t.struct("s", 4, ["a", t.next(), 0]))).toBe("invalid too-deep");
    expect(own((t) => t.struct("s", 8, ["next", t.next(1), 0]) && t.ptr(t.next(-1)) && 1)).toBe(
      "resolved 1 -> 1",
    );
  });

  it("that doubles the ways at every level is no more work, and no less an error where it is too much", () => {
    for (const add of [
      (t: Types, id: number) => t.struct("s", 4, ["a", id, 0], ["b", id, 0]),
      (t: Types, id: number) => t.proto(0, id, id),
    ]) {
      expect(nested(31, add)).toBe("resolved 1 -> 1");
      expect(nested(32, add)).toBe("invalid too-deep");
    }
  });

  it("is no excuse for hours of work", () => {
    const names = Array.from({ length: 1500 }, (_, i) => [`m${i}`, 0, 0] as const);
    const resolution = match(
      (t) => t.struct("s", 4, ...names),
      (t) => t.struct("s", 4, ...names.toReversed()),
    );
    expect(outcomeOf(resolution)).toBe("invalid too-complex");
  });

  it("is no matter for enums as large as the kernel's, many times over", () => {
    const values = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`VALUE_${i}`, i]));
    expect(
      own((t) => {
        const large = t.enum("large", values);
        return t.struct("s", 4, ...Array.from({ length: 200 }, (_, i) => [`m${i}`, large, 0] as const));
      }),
    ).toBe("resolved 1 -> 1");
  });
});
