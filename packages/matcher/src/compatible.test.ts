import type { Btf } from "@core/btf";
import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { decide, outcomeOf, rejectionOf } from "../test/decide.js";
import { typesIncompatible } from "./index.js";

type Add = (t: Types) => number;
const int: Add = (t) => t.int("int", 4);

/** One BTF in which every one of `added` is used by a type of its own. */
function users(added: Record<string, Add>, use: (t: Types, name: string, id: number) => number) {
  const t = new Types();
  const ids = new Map(Object.entries(added).map(([name, add]) => [name, use(t, name, add(t))]));
  return { btf: t.btf(), ids };
}

/** Every pair of names that is alike. */
function alikePairs(names: Iterable<string>, alike: (a: string, b: string) => boolean): string[] {
  const all = [...names];
  return all.flatMap((a) => all.filter((b) => alike(a, b)).map((b) => `${a} ~ ${b}`));
}

/** All pairs within each group. */
const pairsOf = (groups: readonly (readonly string[])[]): string[] => [
  ...new Set(groups.flatMap((group) => group.flatMap((a) => group.map((b) => `${a} ~ ${b}`)))),
];

describe("fields", () => {
  const types: Record<string, Add> = {
    int,
    char: (t) => t.int("char", 1, { signed: true, char: true }),
    "const u64": (t) => t.const(t.int("u64", 8)),
    "typedef int": (t) => t.typedef("int_t", int(t)),
    "int at bit 4": (t) => t.int("old", 4, { bitOffset: 4 }),
    "void *": (t) => t.ptr(0),
    "int *": (t) => t.typedef("p", t.ptr(int(t))),
    "struct s": (t) => t.struct("s", 0),
    "struct q": (t) => t.struct("q", 8),
    "union u": (t) => t.const(t.union("u", 0)),
    float: (t) => t.float("float", 4),
    double: (t) => t.float("double", 8),
    "enum e": (t) => t.enum("e", {}),
    "enum e___x": (t) => t.enum("e___x", { A: 1 }, 1),
    "enum64 e": (t) => t.enum64("e", {}),
    "enum f": (t) => t.enum("f", {}),
    enum: (t) => t.enum("", {}),
    "fwd s": (t) => t.fwd("s"),
    "fwd union s___x": (t) => t.fwd("s___x", "union"),
    "fwd q": (t) => t.fwd("q"),
    fwd: (t) => t.fwd(""),
    "int[3]": (t) => t.array(int(t), 3),
    "char[]": (t) => t.array(t.const(t.int("char", 1)), 0),
    "int[2][3]": (t) => t.array(t.array(int(t), 3), 2),
    "ptr[3]": (t) => t.array(t.ptr(0), 3),
    "struct s[3]": (t) => t.array(t.struct("s", 0), 3),
    "union u[1]": (t) => t.typedef("us", t.array(t.union("u", 0), 1)),
    void: () => 0,
    func: (t) => t.func("f", t.proto(0)),
    proto: (t) => t.proto(0),
  };
  // One struct per type, of the same name in local and target BTF.
  const { btf, ids } = users(types, (t, name, id) => t.struct(`user of ${name}`, 0, ["f", id, 0]));
  const targets = new Map(
    Object.entries(types).map(([name, add]) => {
      const t = new Types();
      const id = add(t);
      for (const user of ids.keys()) t.struct(`user of ${user}`, 0, ["f", id, 0]);
      return [name, t.btf()];
    }),
  );

  it("are compatible as libbpf has it", () => {
    const compatible = (local: string, target: string): boolean => {
      const outcome = outcomeOf(
        decide(btf, ids.get(local) ?? 0, "0:0", "field_exists", targets.get(target) as Btf),
      );
      expect(outcome).toMatch(/^(resolved 1 -> 1|absent 1 -> 0)$/);
      return outcome.startsWith("resolved");
    };
    expect(alikePairs(ids.keys(), compatible).sort()).toEqual(
      pairsOf([
        ["int", "char", "const u64", "typedef int"],
        ["void *", "int *"],
        ["struct s", "struct q", "union u"],
        ["float", "double"],
        ["enum e", "enum e___x", "enum64 e", "enum"],
        ["enum f", "enum"],
        ["fwd s", "fwd union s___x", "fwd"],
        ["fwd q", "fwd"],
        ["int[3]", "char[]"],
        ["int[2][3]"],
        ["ptr[3]"],
        ["struct s[3]", "union u[1]"],
      ]).sort(),
    );
  });

  it("may be arrays of any number of dimensions that has an end", () => {
    const nested = (dimensions: number) => {
      const t = new Types();
      let id = int(t);
      for (let i = 0; i < dimensions; i++) id = t.array(id, 1);
      const root = t.struct("s", 0, ["a", id, 0]);
      const btf = t.btf();
      return outcomeOf(decide(btf, root, "0:0", "field_exists", btf));
    };
    expect(nested(100)).toBe("resolved 1 -> 1");
    expect(nested(1024)).toBe("resolved 1 -> 1");
    expect(nested(1025)).toBe("invalid too-deep");
    const t = new Types();
    const root = t.struct("s", 0, ["a", t.array(t.next(), 1), 0]);
    const btf = t.btf();
    expect(outcomeOf(decide(btf, root, "0:0", "field_exists", btf))).toBe("invalid too-deep");
  });
});

describe("types", () => {
  const types: Record<string, Add> = {
    int,
    "const char": (t) => t.const(t.int("char", 1, { signed: true })),
    "int at bit 4": (t) => t.int("old", 4, { bitOffset: 4 }),
    "struct s": (t) => t.struct("s", 0),
    "struct q": (t) => t.struct("q", 8, ["a", int(t), 0]),
    "union s": (t) => t.union("s", 0),
    "enum e": (t) => t.enum("e", { A: 1 }),
    "enum64 f": (t) => t.enum64("f", {}),
    "fwd s": (t) => t.fwd("s"),
    "fwd union q": (t) => t.fwd("q", "union"),
    void: () => 0,
    "int *": (t) => t.ptr(int(t)),
    "char *": (t) => t.ptr(t.const(t.int("char", 1))),
    "struct s *": (t) => t.ptr(t.struct("s", 0)),
    "void *": (t) => t.ptr(0),
    "int[3]": (t) => t.array(int(t), 3),
    "char[]": (t) => t.array(t.int("char", 1), 0),
    "int[2][3]": (t) => t.array(t.array(int(t), 3), 2),
    "int()": (t) => t.proto(int(t)),
    "char()": (t) => t.proto(t.int("char", 1)),
    "void()": (t) => t.proto(0),
    "int(int)": (t) => t.proto(int(t), int(t)),
    "int(const char)": (t) => t.proto(int(t), t.const(t.int("char", 1))),
    "int(int *)": (t) => t.proto(int(t), t.ptr(int(t))),
    "int(int, int)": (t) => t.proto(int(t), int(t), int(t)),
    float: (t) => t.float("float", 4),
    func: (t) => t.func("f", t.proto(0)),
  };
  // Behind a typedef, since candidates of any other type are of its kind already.
  const { btf, ids } = users(types, (t, name, id) => t.typedef(`user of ${name}`, id));
  const targets = new Map(
    Object.entries(types).map(([name, add]) => {
      const t = new Types();
      const id = add(t);
      for (const user of ids.keys()) t.typedef(`user of ${user}`, id);
      return [name, t.btf()];
    }),
  );

  it("are compatible as libbpf has it", () => {
    const compatible = (local: string, target: string): boolean => {
      const outcome = outcomeOf(
        decide(btf, ids.get(local) ?? 0, "0", "type_exists", targets.get(target) as Btf),
      );
      expect(outcome).toMatch(/^(resolved 1 -> 1|absent 1 -> 0)$/);
      return outcome.startsWith("resolved");
    };
    expect(alikePairs(ids.keys(), compatible).sort()).toEqual(
      pairsOf([
        ["int", "const char"],
        ["struct s", "struct q"],
        ["union s"],
        ["enum e", "enum64 f"],
        ["fwd s", "fwd union q"],
        ["void"],
        ["int *", "char *"],
        ["struct s *"],
        ["void *"],
        ["int[3]", "char[]"],
        ["int[2][3]"],
        ["int()", "char()"],
        ["void()"],
        ["int(int)", "int(const char)"],
        ["int(int *)"],
        ["int(int, int)"],
      ]).sort(),
    );
  });

  const rejection = (localAdd: Add, targetAdd: Add) => {
    const [local, target] = [new Types(), new Types()];
    const root = local.typedef("t", localAdd(local));
    target.typedef("t", targetAdd(target));
    return rejectionOf(decide(local.btf(), root, "0", "type_exists", target.btf()));
  };

  it.each<[string, Add, Add, object]>([
    [
      "kind",
      (t) => t.ptr(int(t)),
      (t) => t.ptr(t.ptr(0)),
      { by: "kind", path: [], localTypeId: 1, typeId: 1 },
    ],
    [
      "bit-offset",
      (t) => t.ptr(int(t)),
      (t) => t.int("i", 4, { bitOffset: 1 }) && t.ptr(1),
      { by: "bit-offset", localTypeId: 1, typeId: 1 },
    ],
    ["params", (t) => t.proto(0, 0), (t) => t.proto(0), { by: "params", localTypeId: 1, typeId: 1 }],
    [
      "incomparable",
      (t) => t.float("f", 4),
      (t) => t.float("f", 4),
      { by: "incomparable", localTypeId: 1, typeId: 1 },
    ],
    [
      "the kind of a parameter's parameter",
      (t) => t.proto(0, 0, t.ptr(t.proto(0, 0, 0, int(t)))),
      (t) => t.proto(0, 0, t.ptr(t.proto(0, 0, 0, t.ptr(0)))),
      {
        by: "kind",
        path: [
          { localTypeId: 4, index: 1 },
          { localTypeId: 2, index: 2 },
        ],
        localTypeId: 1,
        typeId: 1,
      },
    ],
  ])("are rejected by %s, at the innermost pair", (_, local, target, expected) => {
    expect(rejection(local, target)).toMatchObject({ code: "types-differ", ...expected });
  });

  it("are of one kind before modifiers and typedefs are skipped, and of one kind after", () => {
    const t = new Types();
    const [number, alias] = [t.int("int", 4), t.typedef("alias", 1)];
    const btf = t.btf();
    expect(typesIncompatible(btf, alias, btf, alias)).toBeUndefined();
    expect(typesIncompatible(btf, alias, btf, number)).toEqual({
      code: "types-differ",
      path: [],
      localTypeId: alias,
      typeId: number,
      by: "kind",
    });
  });

  it("are compared anew at each level, however far apart their ids are", () => {
    // Parameters: a type at one level, and at the next one a type of an id that is 128 more.
    const [local, target] = [new Types(), new Types()];
    const add = (t: Types, first: number, second: () => number) =>
      t.typedef("t", t.proto(0, first, t.proto(0, second())));
    const root = add(local, int(local), () => 1);
    add(target, int(target), () => {
      while (target.next() < 129) int(target);
      return target.ptr(0);
    });
    const resolution = decide(local.btf(), root, "0", "type_exists", target.btf());
    expect(rejectionOf(resolution)).toMatchObject({ by: "kind", localTypeId: 1, typeId: 129 });
  });

  const chain = (depth: number, add: (t: Types, id: number) => number, innermost: Add = int) => {
    const t = new Types();
    let id = innermost(t);
    for (let i = 0; i < depth; i++) id = add(t, id);
    const root = t.typedef("t", id);
    const btf = t.btf();
    return outcomeOf(decide(btf, root, "0", "type_exists", btf));
  };

  it("may be 32 deep in one chain", () => {
    for (const add of [
      (t: Types, id: number) => t.ptr(id),
      (t: Types, id: number) => t.array(id, 1),
      (t: Types, id: number) => t.proto(id),
    ]) {
      expect(chain(31, add)).toBe("resolved 1 -> 1");
      expect(chain(32, add)).toBe("invalid too-deep");
    }
  });

  it("may be 32 deep in parameters", () => {
    expect(chain(32, (t, id) => t.proto(0, id))).toBe("resolved 1 -> 1");
    expect(chain(33, (t, id) => t.proto(0, id))).toBe("invalid too-deep");
  });

  it("are not followed into structs, so that they may hold themselves", () => {
    const t = new Types();
    const root = t.struct("s", 0, ["a", t.next(), 0], ["b", t.next(), 0]);
    const btf = t.btf();
    expect(outcomeOf(decide(btf, root, "0", "type_exists", btf))).toBe("resolved 1 -> 1");
  });

  it("whose parameters double at every level are answered soon", () => {
    expect(chain(32, (t, id) => t.proto(0, id, id))).toBe("resolved 1 -> 1");
    expect(chain(33, (t, id) => t.proto(0, id, id))).toBe("invalid too-deep");
  });
});
