import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { typeGraph } from "../../test/arbitrary.js";
import { btfOf, int, struct, union } from "../../test/build.js";
import { btfErrorOf } from "../../test/errors.js";
import { kernel } from "../../test/kernels.js";
import { idsByName, kindOf, nameOf, parseBtf, type WritableType, writeBtf } from "../index.js";
import { findTypes, findUsers, glob, indexReferences, statsOf } from "./index.js";

const TIMEOUT = 300_000;

describe("glob", () => {
  test.each([
    ["task_*", ["task_struct", "task_"], ["task", "a_task_struct"]],
    ["*_struct", ["task_struct", "_struct"], ["task_structs"]],
    ["*a*b*", ["ab", "xaxxbx"], ["ba", ""]],
    ["*", ["", "anything"], []],
    ["t?sk", ["task", "tusk", "t\u{1f600}sk"], ["tsk", "taask"]],
    ["[a-c]x", ["ax", "cx"], ["dx", "x"]],
    ["[!a-c]x", ["dx"], ["ax"]],
    ["[^a-c]x", ["dx"], ["ax"]],
    ["[]]x", ["]x"], ["x"]],
    ["[a-]x", ["ax", "-x"], ["bx"]],
    ["[ax", ["[ax"], ["ax"]],
    ["a\\*", ["a*"], ["ab"]],
    ["a\\", ["a\\"], ["a"]],
    ["a.b", ["a.b"], ["axb"]],
    ["", [""], ["a"]],
  ])("%s", (pattern, fitting, others) => {
    const fits = glob(pattern);
    expect(fitting.filter((name) => !fits(name))).toEqual([]);
    expect(others.filter((name) => fits(name))).toEqual([]);
  });

  test("fits as a regular expression does that is made of it", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 });
    fc.assert(
      fc.property(pattern, name, (text, other) => {
        const expression = new RegExp(`^${text.replace(/[*]+/g, ".*").replace(/[?]/g, ".")}$`);
        expect(glob(text)(other)).toBe(expression.test(other));
      }),
      { numRuns: 1000 },
    );
  });

  test("takes no longer than pattern times name", () => {
    const fits = glob("*a".repeat(500));
    const start = process.cpuUsage();
    expect(fits(`${"a".repeat(5000)}b`)).toBe(false);
    expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
  });
});

describe("findTypes", () => {
  const btf = btfOf([
    struct("task_struct", 0, []),
    struct("task_struct___v2", 0, []),
    { kind: "typedef", name: "task_t", typeId: 1 },
    int("int", 4),
    struct("", 0, []),
  ]);

  test("by name, with flavors on demand", () => {
    expect(findTypes(btf, "task_struct")).toEqual([1]);
    expect(findTypes(btf, "task_struct", { match: "essential" })).toEqual([1, 2]);
    expect(findTypes(btf, "")).toEqual([]);
  });

  test("by glob, and by kind", () => {
    expect(findTypes(btf, glob("task_*"))).toEqual([1, 2, 3]);
    expect(findTypes(btf, glob("task_*"), { kinds: ["typedef", "int"] })).toEqual([3]);
    expect(findTypes(btf, "task_struct", { kinds: ["union"] })).toEqual([]);
  });

  test("by regular expression, global ones too", () => {
    expect(findTypes(btf, /_t$/)).toEqual([3]);
    expect(findTypes(btf, /TASK/gi)).toEqual([1, 2, 3]);
    expect(findTypes(btf, /task/y)).toEqual([1, 2, 3]);
    expect(findTypes(btf, /.*/)).toEqual([1, 2, 3, 4]);
  });

  test("in the base of split BTF too", () => {
    const upper = parseBtf(writeBtf([struct("task_list", 0, [])], { order: "little", base: btf }), {
      base: btf,
    });
    expect(findTypes(upper, glob("task_*"))).toEqual([1, 2, 3, 6]);
  });
});

describe("findUsers", () => {
  const types: WritableType[] = [
    /* 1 */ struct("used", 4, []),
    /* 2 */ { kind: "ptr", typeId: 1 },
    /* 3 */ { kind: "typedef", name: "used_t", typeId: 1 },
    /* 4 */ struct("direct", 16, [
      ["a", 1, 0],
      ["b", 2, 32],
      ["c", 3, 96],
    ]),
    /* 5 */ { kind: "array", typeId: 2, indexTypeId: 1, nelems: 4 },
    /* 6 */ union("", 8, [
      ["inner", 5, 0],
      ["", 7, 0],
    ]),
    /* 7 */ struct("", 8, [["deep", 2, 0]]),
    /* 8 */ struct("outer", 8, [
      ["", 6, 0],
      ["named", 6, 64],
    ]),
    /* 9 */ {
      kind: "func_proto",
      returnTypeId: 2,
      params: [
        { name: "first", typeId: 2 },
        { name: "", typeId: 2 },
      ],
    },
    /* 10 */ { kind: "func", name: "work", typeId: 9, linkage: 1 },
    /* 11 */ { kind: "ptr", typeId: 9 },
    /* 12 */ struct("ops", 8, [["run", 11, 0]]),
    /* 13 */ { kind: "var", name: "global", typeId: 2, linkage: 1 },
    /* 14 */ { kind: "decl_tag", name: "tag", typeId: 1, componentIndex: -1, attribute: false },
    /* 15 */ { kind: "datasec", name: ".data", size: 8, vars: [{ typeId: 13, offset: 0, size: 8 }] },
  ];
  const btf = btfOf(types);
  const index = indexReferences(btf);
  const usesOf = (id: number) =>
    findUsers(index, id).map(({ user, path }) => `${nameOf(btf, user)} ${path}`.trim());

  test("directly, through pointers, arrays, typedefs, prototypes and what has no name", () => {
    expect(usesOf(1).sort()).toEqual(
      [
        "used_t",
        "direct a",
        "direct b",
        "direct c",
        "outer inner[]",
        "outer deep",
        "outer named.inner[]",
        "outer named.deep",
        "work ()",
        "work (first)",
        "work (2)",
        "ops run()",
        "ops run(first)",
        "ops run(2)",
        "global",
      ].sort(),
    );
  });

  test("tells what is in between", () => {
    const through = findUsers(index, 1).find(({ user, path }) => user === 8 && path === "inner[]")?.through;
    expect(through).toEqual([2, 5, 6]);
    expect(findUsers(index, 1).find(({ path }) => path === "c")?.through).toEqual([3]);
  });

  test("not by tags, sections, and arrays that it is the index of", () => {
    expect(usesOf(13)).toEqual([]);
    expect(usesOf(14)).toEqual([]);
    const indexed = btfOf([
      int("int", 4),
      { kind: "array", typeId: 3, indexTypeId: 1, nelems: 1 },
      int("char", 1),
    ]);
    expect(findUsers(indexReferences(indexed), 1)).toEqual([]);
  });

  test("of a type that there is not", () => {
    expect(btfErrorOf(() => findUsers(index, 99))?.code).toBe("type-id");
  });

  test("agrees with a search for one step", () => {
    fc.assert(
      fc.property(typeGraph(1), (random) => {
        const any = btfOf(random);
        const references = indexReferences(any);
        for (let id = 0; id < any.endId; id++) {
          const uses = findUsers(references, id);
          const direct = uses.filter(({ through }) => through.length === 0).map(({ user }) => user);
          const expected = random.flatMap((type, i) => {
            const times =
              type.kind === "struct" || type.kind === "union"
                ? type.members.filter(({ typeId }) => typeId === id).length
                : (type.kind === "typedef" || type.kind === "func" || type.kind === "var") &&
                    type.typeId === id
                  ? 1
                  : 0;
            return "name" in type && type.name !== "" && id !== 0
              ? Array.from({ length: times }, () => i + 1)
              : [];
          });
          expect(direct).toEqual(expected);
        }
      }),
    );
  });

  test("ends on chains as long as the input", () => {
    const chain = Array.from({ length: 50_000 }, (_, i): WritableType => ({ kind: "ptr", typeId: i }));
    expect(findUsers(indexReferences(btfOf(chain)), 1)).toEqual([]);
  });

  const now = kernel("6.1");
  test.runIf(now !== undefined)("in a kernel", { timeout: TIMEOUT }, () => {
    if (now === undefined) return;
    const [id] = idsByName(now, "rcu_node", "exact").filter((one) => kindOf(now, one) === "struct");
    const uses = findUsers(indexReferences(now), id ?? 0).map(
      ({ user, path }) => `${nameOf(now, user)} ${path}`,
    );
    // include/linux/sched.h and kernel/rcu/tree.h.
    expect(uses).toContain("task_struct rcu_blocked_node");
    expect(uses).toContain("rcu_state node[]");
    expect(uses).toContain("rcu_state level[]");
    expect(uses).toContain("rcu_data mynode");
  });
});

describe("statsOf", () => {
  test("counts kinds, elements, bytes and names", () => {
    const types = [
      struct("a", 4, [
        ["x", 3, 0],
        ["y", 3, 0],
      ]),
      struct("a", 8, []),
      int("int", 4),
      struct("", 100, []),
      union("b", 16, [["x", 3, 0]]),
    ];
    const bytes = writeBtf(types, { order: "little" });
    const stats = statsOf(parseBtf(bytes), { top: 2 });
    expect(stats).toEqual({
      types: 5,
      named: 4,
      kinds: [
        { kind: "struct", types: 3, elements: 2, bytes: 12 * 3 + 12 * 2 },
        { kind: "int", types: 1, elements: 0, bytes: 16 },
        { kind: "union", types: 1, elements: 1, bytes: 24 },
      ],
      bytes: { whole: bytes.length, types: 100, strings: bytes.length - 24 - 100 },
      duplicates: [{ kind: "struct", name: "a", types: 2 }],
      largest: [
        { id: 4, kind: "struct", name: "", size: 100 },
        { id: 5, kind: "union", name: "b", size: 16 },
      ],
    });
  });

  test("of split BTF, of its last layer", () => {
    const base = btfOf([int("int", 4)]);
    const upper = parseBtf(writeBtf([struct("own", 4, [["x", 1, 0]])], { order: "little", base }), { base });
    expect(statsOf(upper)).toMatchObject({ types: 1, named: 1, bytes: { types: 24 } });
  });

  test("records take up the type section, whatever they are", () => {
    fc.assert(
      fc.property(typeGraph(1), (types) => {
        const bytes = writeBtf(types, { order: "little" });
        const { kinds, bytes: sizes } = statsOf(parseBtf(bytes));
        expect(sizes.types + sizes.strings + 24).toBe(bytes.length);
        expect(kinds.reduce((sum, kind) => sum + kind.bytes, 0)).toBe(sizes.types);
      }),
    );
  });
});
