import { type MemberPlan, Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { decide, foundBy, outcomeOf, rejectedNameOf, rejectionOf } from "../test/decide.js";

/** Resolves `accessStr` of a local struct s with these members against a struct s of the target. */
function find(
  localMembers: (t: Types) => MemberPlan[],
  accessStr: string,
  targetMembers: (t: Types) => MemberPlan[],
  kind: "byte_off" | "field_exists" = "byte_off",
) {
  const [local, target] = [new Types(), new Types()];
  const root = local.struct("s", 64, ...localMembers(local));
  target.struct("s", 32, ...targetMembers(target));
  return decide(local.btf(), root, accessStr, kind, target.btf());
}

const int = (t: Types) => t.int("int", 4);

describe("a member", () => {
  it("is found by its name, wherever it stands", () => {
    const resolution = find(
      (t) => [["a", int(t), 0]],
      "0:0",
      (t) => [
        ["b", int(t), 0],
        ["a", int(t), 64],
      ],
    );
    expect(foundBy(resolution)).toBe(".a (0:1 @ offset 8)");
    expect(outcomeOf(resolution)).toBe("resolved 0 -> 8, 4 bytes -> 4 bytes");
  });

  it("counts from the element that the access begins with", () => {
    const members = (t: Types): MemberPlan[] => [["a", int(t), 32]];
    expect(outcomeOf(find(members, "3:0", members))).toBe("resolved 196 -> 100, 4 bytes -> 4 bytes");
  });

  it("needs its whole name, flavor and all", () => {
    const resolution = find(
      (t) => [["a___x", int(t), 0]],
      "0:0",
      (t) => [
        ["a", int(t), 0],
        ["a___y", int(t), 32],
      ],
    );
    expect(outcomeOf(resolution)).toBe("poison 0, 4 bytes -> 0 bytes");
    expect(rejectionOf(resolution)).toEqual({
      code: "no-such-member",
      point: expect.objectContaining({ via: "member", index: 0 }),
      in: 3,
    });
    expect(rejectedNameOf(resolution)).toBe("a___x");
  });

  it("may gain an anonymous struct or union around it", () => {
    const resolution = find(
      (t) => [["a", int(t), 0]],
      "0:0",
      (t) => [
        ["", t.struct("", 8, ["x", int(t), 0]), 0],
        [
          "",
          t.union(
            "",
            8,
            ["y", int(t), 0],
            ["", t.const(t.struct("", 8, ["z", int(t), 0], ["a", int(t), 32])), 0],
          ),
          64,
        ],
      ],
    );
    expect(foundBy(resolution)).toBe(".a (0:1:1:1 @ offset 12)");
    expect(resolution.verdict).toMatchObject({
      spec: { points: [{ via: "root" }, { via: "anonymous" }, { via: "anonymous" }, { via: "member" }] },
    });
  });

  it("may lose the anonymous struct or union around it", () => {
    const resolution = find(
      (t) => [["", t.union("", 8, ["", t.struct("", 8, ["a", int(t), 32]), 0]), 64]],
      "0:0:0:0",
      (t) => [["a", int(t), 0]],
    );
    expect(foundBy(resolution)).toBe(".a (0:0 @ offset 0)");
    expect(outcomeOf(resolution)).toBe("resolved 12 -> 0, 4 bytes -> 4 bytes");
  });

  it("is found in a nameless member whose type has a name (-fms-extensions)", () => {
    const resolution = find(
      (t) => [["a", int(t), 0]],
      "0:0",
      (t) => [["", t.struct("named", 8, ["a", int(t), 32]), 32]],
    );
    expect(foundBy(resolution)).toBe(".a (0:0:0 @ offset 8)");
  });

  it("is not found in a member that has a name", () => {
    const resolution = find(
      (t) => [["a", int(t), 0]],
      "0:0",
      (t) => [["in", t.struct("", 8, ["a", int(t), 32]), 32]],
    );
    expect(outcomeOf(resolution)).toBe("poison 0, 4 bytes -> 0 bytes");
  });

  it("is looked for past nameless members that are no structs, such as padding", () => {
    const resolution = find(
      (t) => [["a", int(t), 0]],
      "0:0",
      (t) => [
        ["", int(t), 0, 7],
        ["", t.ptr(0), 64],
        ["", t.enum("e", { a: 1 }), 128, 7],
        ["a", int(t), 192],
      ],
    );
    expect(foundBy(resolution)).toBe(".a (0:3 @ offset 24)");
  });

  it("may be of a type, or within one, that modifiers and typedefs lead to", () => {
    const inner = (t: Types) => t.struct("in", 8, ["b", int(t), 32]);
    const resolution = find(
      (t) => [["in", t.typedef("in_t", t.const(inner(t))), 64]],
      "0:0:0",
      (t) => [["in", t.const(t.typedef("other_t", inner(t))), 0]],
    );
    expect(foundBy(resolution)).toBe(".in.b (0:0:0 @ offset 4)");
  });

  it("of the wrong type is no match, and tells where it is", () => {
    const resolution = find(
      (t) => [["a", int(t), 0]],
      "0:0",
      (t) => [["", t.struct("", 8, ["a", t.ptr(0), 32]), 64]],
    );
    expect(outcomeOf(resolution)).toBe("poison 0, 4 bytes -> 0 bytes");
    expect(rejectionOf(resolution)).toEqual({
      code: "incompatible-member",
      point: resolution.local.points[1],
      in: 2,
      index: 0,
      localTypeId: 1,
      typeId: 1,
    });
  });

  it("of the wrong type ends the search in its struct, not in those around it", () => {
    const wrong = (t: Types): MemberPlan => ["a", t.ptr(0), 0];
    const right = (t: Types): MemberPlan => ["a", int(t), 64];
    const local = (t: Types): MemberPlan[] => [["a", int(t), 0]];
    expect(outcomeOf(find(local, "0:0", (t) => [wrong(t), right(t)]))).toBe("poison 0, 4 bytes -> 0 bytes");
    const around = find(local, "0:0", (t) => [["", t.struct("", 8, wrong(t), right(t)), 0], right(t)]);
    expect(foundBy(around)).toBe(".a (0:1 @ offset 8)");
    // libbpf leaves the offset of the wrong member behind, and would answer one that is off by it.
    const moved = find(local, "0:0", (t) => [["", t.struct("", 8, ["a", t.ptr(0), 64]), 32], right(t)]);
    expect(foundBy(moved)).toBe(".a (0:1 @ offset 8)");
  });
});

describe("an access through several members", () => {
  const local = (t: Types): MemberPlan[] => [["in", t.struct("", 8, ["x", int(t), 0]), 0]];

  it("finds each one where the one before led", () => {
    const resolution = find(local, "0:0:0", (t) => [
      ["x", int(t), 0],
      ["in", t.union("", 8, ["", t.struct("", 8, ["y", int(t), 0], ["x", int(t), 32]), 0]), 64],
    ]);
    expect(foundBy(resolution)).toBe(".in.x (0:1:0:1 @ offset 12)");
  });

  it("fails at the point that is missing", () => {
    const resolution = find(local, "0:0:0", (t) => [["in", t.struct("in", 8, ["y", int(t), 0]), 64]]);
    expect(rejectionOf(resolution)).toMatchObject({
      code: "no-such-member",
      point: { via: "member", index: 0 },
      in: 2,
    });
  });

  it("fails at a root that has no members", () => {
    const [here, there] = [new Types(), new Types()];
    const root = here.typedef("t", here.struct("", 4, ["x", int(here), 0]));
    there.typedef("t", int(there));
    const resolution = decide(here.btf(), root, "0:0", "field_exists", there.btf());
    expect(outcomeOf(resolution)).toBe("absent 1 -> 0");
    expect(rejectionOf(resolution)).toMatchObject({ code: "no-struct", point: { via: "member" }, typeId: 1 });
    expect(rejectedNameOf(resolution)).toBe("x");
  });
});

describe("an element", () => {
  const at = (accessStr: string, target: (t: Types) => MemberPlan[]) =>
    find((t) => [["a", t.array(t.array(t.int("int", 4), 2), 9), 0]], accessStr, target);

  it("is found by its index in arrays of any length and element size", () => {
    const resolution = at("0:0:3:1", (t) => [["a", t.array(t.array(t.int("u8", 1), 7), 4), 8]]);
    expect(foundBy(resolution)).toBe(".a[3][1] (0:0:3:1 @ offset 23)");
    expect(resolution.verdict).toMatchObject({
      spec: { points: [{ via: "root" }, { via: "member" }, { via: "element" }, { via: "element" }] },
    });
    expect(outcomeOf(resolution)).toBe("resolved 28 -> 23, 4 bytes -> 1 bytes");
  });

  it("has to be within the array", () => {
    const resolution = at("0:0:4:1", (t) => [["a", t.array(t.array(t.int("u8", 1), 7), 4), 8]]);
    expect(rejectionOf(resolution)).toEqual({
      code: "index-out-of-bounds",
      point: expect.objectContaining({ via: "element", index: 4 }),
      typeId: 3,
      nelems: 4,
    });
  });

  it("may be anywhere in a flexible array that ends its struct", () => {
    const flexible = (t: Types) => t.const(t.array(t.array(t.int("int", 4), 2), 0));
    expect(foundBy(at("0:0:8:1", (t) => [["a", flexible(t), 32]]))).toBe(".a[8][1] (0:0:8:1 @ offset 72)");
    expect(
      foundBy(
        at("0:0:8:1", (t) => [
          ["", t.struct("", 0, ["a", flexible(t), 32]), 32],
          ["b", int(t), 0],
        ]),
      ),
    ).toBe(".a[8][1] (0:0:0:8:1 @ offset 76)");
    expect(
      outcomeOf(
        at("0:0:0:1", (t) => [
          ["a", flexible(t), 32],
          ["b", int(t), 0],
        ]),
      ),
    ).toBe("poison 4, 4 bytes -> 0 bytes");
  });

  it("is not in what is no array", () => {
    const [here, there] = [new Types(), new Types()];
    const root = here.typedef("t", here.array(int(here), 4));
    const target = there.typedef("t", int(there));
    const resolution = decide(here.btf(), root, "0:2", "field_exists", there.btf());
    expect(rejectionOf(resolution)).toMatchObject({
      code: "no-array",
      point: { index: 2 },
      typeId: target - 1,
    });
  });
});

describe("an access that ends in an anonymous member", () => {
  // Nothing in the source names the last point, so libbpf decides on the last that has a name.
  const inner = (t: Types) => t.struct("", 8, ["x", int(t), 0]);

  it("is about the root where no point has a name", () => {
    const members = (t: Types): MemberPlan[] => [["", t.union("", 8, ["", inner(t), 0]), 64]];
    const resolution = find(members, "0:0:0", members);
    expect(outcomeOf(resolution)).toBe("resolved 8 -> 0, 64 bytes -> 32 bytes, poisoned");
    expect(foundBy(resolution)).toBe("(0 @ offset 0)");
  });

  it("is about the last member with a name", () => {
    const members = (t: Types): MemberPlan[] => [["u", t.union("", 16, ["", inner(t), 0]), 64]];
    const resolution = find(members, "0:0:0", members);
    expect(outcomeOf(resolution)).toBe("resolved 8 -> 8, 16 bytes -> 16 bytes");
    expect(foundBy(resolution)).toBe(".u (0:0 @ offset 8)");
  });
});

describe("a target", () => {
  const local = (t: Types): MemberPlan[] => [["a", int(t), 0]];

  /** A struct around a member `name`, itself in `depth` anonymous structs. */
  const nest = (t: Types, name: string, depth: number): MemberPlan => {
    let member: MemberPlan = [name, int(t), 0];
    for (let i = 0; i < depth; i++) member = ["", t.struct("", 4, member), 0];
    return member;
  };

  it("of 64 points is found, one of 65 is an error", () => {
    expect(outcomeOf(find(local, "0:0", (t) => [nest(t, "a", 62)]))).toMatch(/^resolved/);
    expect(outcomeOf(find(local, "0:0", (t) => [nest(t, "a", 63)]))).toBe("invalid too-deep");
  });

  it("that deep is an error wherever the member is, if it comes first", () => {
    expect(outcomeOf(find(local, "0:0", (t) => [nest(t, "b", 62), ["a", int(t), 0]]))).toMatch(/^resolved/);
    expect(outcomeOf(find(local, "0:0", (t) => [nest(t, "b", 63), ["a", int(t), 0]]))).toBe(
      "invalid too-deep",
    );
    expect(outcomeOf(find(local, "0:0", (t) => [["a", int(t), 0], nest(t, "b", 63)]))).toMatch(/^resolved/);
  });

  it("that deep is an error also where it repeats a type that was searched before", () => {
    const twice =
      (depth: number) =>
      (t: Types): MemberPlan[] => {
        const [, shared] = nest(t, "b", 30);
        let member: MemberPlan = ["", shared, 0];
        for (let i = 0; i < depth; i++) member = ["", t.struct("", 4, member), 0];
        return [["", shared, 0], member, ["a", int(t), 0]];
      };
    expect(outcomeOf(find(local, "0:0", twice(32)))).toMatch(/^resolved/);
    expect(outcomeOf(find(local, "0:0", twice(33)))).toBe("invalid too-deep");
  });

  it("whose deepest anonymous struct is empty may have one level more", () => {
    const empty =
      (depth: number) =>
      (t: Types): MemberPlan[] => {
        let member: MemberPlan = ["", t.struct("", 0), 0];
        for (let i = 0; i < depth; i++) member = ["", t.struct("", 4, member), 0];
        return [member, ["a", int(t), 0]];
      };
    expect(outcomeOf(find(local, "0:0", empty(62)))).toMatch(/^resolved/);
    expect(outcomeOf(find(local, "0:0", empty(63)))).toBe("invalid too-deep");
  });

  it("whose deepest anonymous struct is empty may have one level more also where that was searched before", () => {
    const resolution = find(local, "0:0", (t) => {
      const empty = t.struct("", 0);
      let member: MemberPlan = ["", empty, 0];
      for (let i = 0; i < 62; i++) member = ["", t.struct("", 4, member), 0];
      return [["", empty, 0], member, ["a", int(t), 0]];
    });
    expect(outcomeOf(resolution)).toMatch(/^resolved/);
  });

  it("that contains itself without a name is an error", () => {
    expect(outcomeOf(find(local, "0:0", (t) => [["", t.next(), 0]]))).toBe("invalid too-deep");
  });

  it("whose anonymous members repeat at every level is searched once", () => {
    const twins = (t: Types): MemberPlan[] => {
      let struct = t.struct("", 0, ["b", int(t), 0]);
      for (let i = 0; i < 60; i++) struct = t.struct("", 0, ["", struct, 0], ["", struct, 0]);
      return [
        ["", struct, 0],
        ["a", int(t), 64],
      ];
    };
    expect(foundBy(find(local, "0:0", twins))).toBe(".a (0:1 @ offset 8)");
    expect(outcomeOf(find(local, "0:0", (t) => twins(t).slice(0, 1)))).toBe("poison 0, 4 bytes -> 0 bytes");
  });

  it("of 64 elements deep is found, the 65th point is an error", () => {
    const arrays = (t: Types, n: number) => {
      let id = int(t);
      for (let i = 0; i < n; i++) id = t.array(id, 1);
      return id;
    };
    const through = (depth: number) =>
      find(
        (t) => [["a", arrays(t, 31), 0]],
        `0:0${":0".repeat(31)}`,
        (t) => {
          let member: MemberPlan = ["a", arrays(t, 31), 0];
          for (let i = 0; i < depth; i++) member = ["", t.struct("", 4, member), 0];
          return [member];
        },
        "field_exists",
      );
    expect(outcomeOf(through(31))).toBe("resolved 1 -> 1");
    expect(outcomeOf(through(32))).toBe("invalid too-deep");
  });

  it("whose size is asked for and unknown is an error, not a mismatch", () => {
    const [here, there] = [new Types(), new Types()];
    const root = here.typedef("t", here.struct("s", 4, ["x", int(here), 0]));
    there.typedef("t", there.fwd("s"));
    expect(outcomeOf(decide(here.btf(), root, "0:0", "field_exists", there.btf()))).toBe("invalid no-size");
  });

  it("with an offset over 2^32 bits is an error, where libbpf goes on with the lower 32", () => {
    const target =
      (offset: number) =>
      (t: Types): MemberPlan[] => [["", t.struct("", 0, ["a", int(t), 0x80000000]), offset]];
    expect(outcomeOf(find(local, "0:0", target(0x7fffffff)))).toBe(
      "resolved 0 -> 536870911, 4 bytes -> 4 bytes",
    );
    expect(outcomeOf(find(local, "0:0", target(0x80000000)))).toBe("invalid overflow");
  });
});
