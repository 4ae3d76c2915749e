import { describe, expect, test } from "vitest";
import { btfOf, int, struct, union } from "../../test/build.js";
import {
  CHAR,
  changeOf,
  common,
  diffOf,
  FIRST,
  FLOAT,
  fieldsOf,
  INT,
  INT_PTR,
  inShort,
  LONG,
  wholeDiff,
} from "../../test/diff.js";
import { parseBtf, type WritableType, writeBtf } from "../index.js";
import { diffBtf, formatDiff } from "./index.js";

describe("types", () => {
  test("that only one BTF has are added or removed, sorted by name", () => {
    const diff = diffOf(
      [struct("b", 0, []), struct("a", 0, [])],
      [{ kind: "typedef", name: "z", typeId: INT }, union("y", 0, [])],
    );
    expect(diff.removed.map(({ kind, name, id }) => [kind, name, id])).toEqual([
      ["struct", "a", FIRST + 1],
      ["struct", "b", FIRST],
    ]);
    expect(diff.added.map(({ kind, name, id }) => [kind, name, id])).toEqual([
      ["union", "y", FIRST + 1],
      ["typedef", "z", FIRST],
    ]);
  });

  test("of one name and different kinds have nothing to do with each other", () => {
    const diff = diffOf(
      [struct("node", 4, [["n", INT, 0]])],
      [{ kind: "typedef", name: "node", typeId: INT }, struct("node", 4, [["n", INT, 0]])],
    );
    expect(diff).toMatchObject({ removed: [], changed: [], added: [{ kind: "typedef", name: "node" }] });
  });

  test("are known by their names without flavors", () => {
    const diff = diffOf(
      [struct("node___old", 4, [["n", INT, 0]])],
      [struct("node___new", 4, [["n", INT, 0]])],
    );
    expect(diff).toEqual({ added: [], removed: [], changed: [] });
  });

  test("can be left out by name", () => {
    const before = btfOf([struct("a", 1, []), struct("b___old", 1, [])]);
    const after = btfOf([struct("a", 2, []), struct("b___new", 2, [])]);
    const { changed } = wholeDiff(before, after, { only: (name) => name === "b" });
    expect(changed.map(({ name }) => name)).toEqual(["b___new"]);
  });

  test("that were a struct and are a union are no candidates for each other", () => {
    const change = changeOf([struct("value", 4, [["n", INT, 0]])], [union("value", 4, [["n", INT, 0]])]);
    expect(change).toMatchObject({ kinds: ["struct", "union"], compatible: false, fields: [] });
  });

  test("change where they are defined, not where they are pointed to", () => {
    const user = struct("user", 8, [["to", FIRST + 2, 0]]);
    const pointer: WritableType = { kind: "ptr", typeId: FIRST };
    const diff = diffOf(
      [struct("used", 4, [["n", INT, 0]]), user, pointer],
      [struct("used", 8, [["n", LONG, 0]]), user, pointer],
    );
    expect(diff.changed.map(({ name }) => name)).toEqual(["used"]);
  });

  test("of forward declarations say nothing beside the struct itself", () => {
    const fwd: WritableType = { kind: "fwd", name: "node", of: "struct" };
    expect(diffOf([struct("node", 0, []), fwd], [struct("node", 0, [])])).toMatchObject({ removed: [] });
    expect(diffOf([fwd], [])).toMatchObject({ removed: [{ kind: "fwd", name: "node" }] });
    expect(diffOf([struct("node", 0, [])], [fwd])).toMatchObject({
      removed: [{ kind: "struct" }],
      added: [],
    });
  });

  test("of split BTF are those of its last layer", () => {
    const base = btfOf(common);
    const moduleOf = (size: number) =>
      parseBtf(writeBtf([struct("own", size, [["n", INT, 0]])], { order: "little", base }), { base });
    expect(wholeDiff(moduleOf(4), moduleOf(8))).toMatchObject({
      changed: [{ name: "own", before: base.endId }],
    });
  });
});

describe("several types of one name", () => {
  const a = struct("node", 4, [["a", INT, 0]]);
  const b = struct("node", 8, [["b", LONG, 0]]);

  test("go with those that are the same", () => {
    expect(diffOf([a, b], [b, a])).toEqual({ added: [], removed: [], changed: [] });
  });

  test("count once when they are the same", () => {
    expect(diffOf([a, a, b], [b, b, a])).toEqual({ added: [], removed: [], changed: [] });
  });

  test("are told of as one of several when they are gone", () => {
    expect(diffOf([a, b], [b])).toMatchObject({
      changed: [],
      removed: [{ name: "node", id: FIRST, isVariant: true }],
    });
  });

  test("go with what is most like them", () => {
    const wide = struct("node", 12, [
      ["b", LONG, 0],
      ["c", INT, 64],
    ]);
    const far = struct("node", 8, [["a", INT, 32]]);
    const { changed } = diffOf([a, b], [wide, far]);
    expect(changed.map(({ before, after }) => [before, after])).toEqual([
      [FIRST, FIRST + 1],
      [FIRST + 1, FIRST],
    ]);
  });
});

describe("enums", () => {
  const enumOf = (values: Readonly<Record<string, bigint>>, more = {}): WritableType => ({
    kind: "enum",
    name: "e",
    size: 4,
    signed: false,
    enumerators: Object.entries(values).map(([name, value]) => ({ name, value })),
    ...more,
  });

  test("lose, get and change enumerators", () => {
    const change = changeOf(
      [enumOf({ SAME: 0n, MOVED: 1n, GONE: 2n, OLD_NAME: 3n })],
      [enumOf({ SAME: 0n, FRESH: 1n, MOVED: 2n, NEW_NAME: 3n })],
    );
    expect(change).toMatchObject({ kind: "enum", compatible: false, sizes: [4, 4], signed: [false, false] });
    expect(change.kind === "enum" && change.enumerators).toEqual([
      {
        code: "value",
        before: { name: "MOVED", value: 1n },
        after: { name: "MOVED", value: 2n },
        compatible: true,
      },
      { code: "removed", before: { name: "GONE", value: 2n }, after: undefined, compatible: false },
      {
        code: "renamed",
        before: { name: "OLD_NAME", value: 3n },
        after: { name: "NEW_NAME", value: 3n },
        compatible: false,
      },
      { code: "added", before: undefined, after: { name: "FRESH", value: 1n }, compatible: true },
    ]);
  });

  test("become larger, signed, and 64 bits wide", () => {
    const change = changeOf(
      [enumOf({ A: 1n })],
      [{ ...enumOf({ A: 1n }), kind: "enum64", size: 8, signed: true } as WritableType],
    );
    expect(change).toMatchObject({
      kind: "enum64",
      compatible: true,
      sizes: [4, 8],
      signed: [false, true],
      enumerators: [],
    });
  });

  test("have enumerators with flavors", () => {
    expect(diffOf([enumOf({ A___old: 1n })], [enumOf({ A: 1n })]).changed).toEqual([]);
  });
});

describe("functions", () => {
  type Params = readonly (readonly [name: string, typeId: number])[];
  const func = (returnTypeId: number, params: Params): WritableType[] => [
    { kind: "func_proto", returnTypeId, params: params.map(([name, typeId]) => ({ name, typeId })) },
    { kind: "func", name: "f", typeId: FIRST, linkage: 1 },
  ];

  test("lose, get and change parameters", () => {
    const change = changeOf(
      func(INT, [
        ["gone", CHAR],
        ["a", INT],
        ["b", INT],
      ]),
      func(INT, [
        ["a", INT],
        ["b", LONG],
        ["c", INT],
        ["", 0],
      ]),
    );
    expect(change).toMatchObject({ kind: "func", compatible: false, returns: undefined });
    expect(
      change.kind === "func" &&
        change.params.map(({ codes, before, after }) => [
          codes.join(),
          before?.name,
          after?.name,
          after?.index,
        ]),
    ).toEqual([
      ["removed", "gone", undefined, undefined],
      ["moved", "a", "a", 0],
      ["moved,retyped", "b", "b", 1],
      ["added", undefined, "c", 2],
      ["added", undefined, "", 3],
    ]);
  });

  test("return something else", () => {
    const change = changeOf(func(INT, []), func(INT_PTR, []));
    expect(change).toMatchObject({ compatible: false, returns: [INT, INT_PTR], params: [] });
  });

  // relo_core.c: bpf_core_types_are_compat.
  test("are compatible as libbpf compares prototypes", () => {
    const changed = (before: WritableType[], after: WritableType[]) => changeOf(before, after).compatible;
    expect(changed(func(INT, [["a", INT]]), func(LONG, [["a", CHAR]]))).toBe(true);
    expect(changed(func(INT, [["a", INT]]), func(INT, [["a", FLOAT]]))).toBe(false);
    expect(changed(func(INT, [["a", INT_PTR]]), func(INT, [["a", INT]]))).toBe(false);
    expect(
      changed(
        func(INT, [["a", INT]]),
        func(INT, [
          ["a", INT],
          ["b", INT],
        ]),
      ),
    ).toBe(false);
    expect(changed(func(0, []), func(INT, []))).toBe(false);
  });

  // As above. The first parameter changes, which is why the second is looked at.
  const enumOf = (kind: "enum" | "enum64", name: string): WritableType => ({
    ...{ kind, name, size: 8, signed: false },
    enumerators: [{ name: `${name}_A`, value: 1n }],
  });
  const fwd = (name: string): WritableType => ({ kind: "fwd", name, of: "struct" });
  const array = (typeId: number): WritableType => ({ kind: "array", typeId, indexTypeId: INT, nelems: 2 });
  const pointer = (typeId: number): WritableType => ({ kind: "ptr", typeId });
  const proto = (...params: number[]): WritableType => ({
    kind: "func_proto",
    returnTypeId: INT,
    params: params.map((typeId) => ({ name: "", typeId })),
  });
  const oldBitfield = { ...int("int", 4), bits: 3, bitOffset: 5 } as WritableType;
  test.each<[string, WritableType, WritableType, boolean]>([
    ["structs of any name", struct("a", 4, [["x", INT, 0]]), struct("b", 8, []), true],
    ["unions of any name", union("a", 4, [["x", INT, 0]]), union("b", 8, []), true],
    ["no union for a struct", struct("a", 4, []), union("a", 4, []), false],
    ["no declaration for a struct", struct("a", 4, []), fwd("a"), false],
    ["declarations of any name", fwd("a"), fwd("b"), true],
    ["enums of any name and width", enumOf("enum", "a"), enumOf("enum64", "b"), true],
    ["enums of any width and name", enumOf("enum64", "a"), enumOf("enum", "b"), true],
    [
      "no float, whatever its size",
      { kind: "float", name: "f", size: 4 },
      { kind: "float", name: "g", size: 8 },
      false,
    ],
    ["no bitfield of old", int("int", 4), oldBitfield, false],
    ["arrays of integers", array(INT), array(CHAR), true],
    ["no arrays of other elements", array(INT), array(INT_PTR), false],
    ["pointers to integers", pointer(INT), pointer(CHAR), true],
    ["pointers to void", pointer(0), { ...pointer(0) }, true],
    ["no pointer to what is not void", pointer(0), pointer(INT), false],
    ["prototypes of integers", proto(INT), proto(LONG), true],
    ["no prototypes of more parameters", proto(INT), proto(INT, INT), false],
  ])("with a parameter of another type are: %s", (_, before, after, expected) => {
    const types = (first: number, second: WritableType): WritableType[] => [
      ...common,
      {
        kind: "func_proto",
        returnTypeId: INT,
        params: [
          { name: "a", typeId: first },
          { name: "b", typeId: FIRST + 2 },
        ],
      },
      { kind: "func", name: "f", typeId: FIRST, linkage: 1 },
      second,
    ];
    const { changed } = wholeDiff(btfOf(types(INT, before)), btfOf(types(LONG, after)), {
      only: (name) => name === "f",
    });
    expect(changed).toMatchObject([{ kind: "func", compatible: expected }]);
  });

  test("do not change with the names of parameters, nor with the bodies of what is pointed to", () => {
    expect(diffOf(func(INT, [["a", INT]]), func(INT, [["b", INT]])).changed).toEqual([]);
  });
});

describe("the rest", () => {
  const typedef = (typeId: number): WritableType => ({ kind: "typedef", name: "t", typeId });

  test("typedefs stand for something else", () => {
    expect(changeOf([typedef(INT)], [typedef(LONG)])).toMatchObject({
      kind: "typedef",
      compatible: true,
      targets: [INT, LONG],
      fields: [],
    });
    expect(changeOf([typedef(INT)], [typedef(INT_PTR)])).toMatchObject({ compatible: false });
  });

  test("fields change with a typedef that does not fit them any more", () => {
    const user = struct("s", 8, [["f", FIRST, 0]]);
    const { changed } = diffOf([typedef(LONG), user], [typedef(INT_PTR), user]);
    expect(changed.map(({ name, compatible }) => [name, compatible])).toEqual([
      ["s", false],
      ["t", false],
    ]);
    expect(inShort(fieldsOf(changed[0]!))).toEqual([["f", "f", "retyped", false]]);
  });

  test("typedefs of what has no name are looked into", () => {
    const before = [struct("", 4, [["counter", INT, 0]]), typedef(FIRST)];
    const after = [struct("", 8, [["counter", LONG, 0]]), typedef(FIRST)];
    expect(inShort(fieldsOf(changeOf(before, after)))).toEqual([
      ["counter", "counter", "retyped,resized", true],
    ]);
    const of = (value: bigint): WritableType => ({
      kind: "enum",
      name: "",
      size: 4,
      signed: false,
      enumerators: [{ name: "A", value }],
    });
    const change = changeOf([of(1n), typedef(FIRST)], [of(2n), typedef(FIRST)]);
    expect(change).toMatchObject({ compatible: true, enumerators: [{ code: "value" }] });
  });

  test("integers and floats are resized; how a compiler spells an integer does not matter", () => {
    const named = (name: string, size: number) => int(name, size, false);
    const user = struct("s", 8, [["f", FIRST, 0]]);
    expect(changeOf([named("u", 1)], [named("u", 2)])).toMatchObject({ kind: "int", compatible: true });
    expect(diffOf([named("unsigned long", 8), user], [named("long unsigned int", 8), user])).toEqual({
      added: [],
      removed: [],
      changed: [],
    });
    const float = (size: number): WritableType => ({ kind: "float", name: "f", size });
    expect(changeOf([float(4)], [float(8)])).toMatchObject({ kind: "float", compatible: true });
  });

  test("variables are of another type", () => {
    const variable = (typeId: number): WritableType => ({ kind: "var", name: "v", typeId, linkage: 1 });
    expect(changeOf([variable(INT)], [variable(INT_PTR)])).toMatchObject({ kind: "var", compatible: false });
  });

  test("modifiers and tags: const counts, a tag does not", () => {
    const fieldOf = (type: WritableType) => [type, struct("s", 8, [["f", FIRST, 0]])];
    const tag = fieldOf({ kind: "type_tag", name: "rcu", typeId: INT_PTR, attribute: false });
    const plain = fieldOf({ kind: "ptr", typeId: INT });
    expect(diffOf(plain, tag).changed).toEqual([]);
    expect(diffOf(plain, fieldOf({ kind: "const", typeId: INT_PTR })).changed).toHaveLength(1);
  });
});

describe("as text", () => {
  test("a line for each type and part of it", () => {
    const before = [
      ...common,
      struct("s", 32, [
        ["a", INT, 0],
        ["b", INT, 32],
        ["state", LONG, 64],
        ["bits", INT, 128, 3],
        ["gone", FLOAT, 192],
      ]),
      { kind: "func_proto", returnTypeId: INT, params: [{ name: "x", typeId: INT_PTR }] },
      { kind: "func", name: "f", typeId: FIRST + 1, linkage: 1 },
      struct("left", 0, []),
    ] satisfies WritableType[];
    const after = [
      ...common,
      struct("s", 32, [
        ["a", INT, 64],
        ["b", INT, 96],
        ["__state", INT, 128],
        ["bits", INT, 165, 4],
        ["new", CHAR, 0],
      ]),
      { kind: "func_proto", returnTypeId: 0, params: [] },
      { kind: "func", name: "f", typeId: FIRST + 1, linkage: 1 },
      { kind: "enum", name: "\x1b[31m", size: 4, signed: false, enumerators: [] },
    ] satisfies WritableType[];
    const [a, b] = [btfOf(before), btfOf(after)];
    expect(formatDiff(diffBtf(a, b), a, b)).toEqual([
      "! func f",
      "-   int (int * x)",
      "+   void (void)",
      "! struct s",
      "~   a ... b (2 fields): moved by 8 bytes",
      "!   state -> __state: renamed?, moved 8 -> 16, long int -> int, 8 -> 4 bytes",
      "~   bits: moved 16:0 -> 20:5, 3 -> 4 bits",
      "-   gone: double at 24",
      "+   new: char at 0",
      "- struct left",
      "+ enum \\x1b[31m",
    ]);
  });

  test("what the other kinds of types and parts say", () => {
    const enumOf = (name: string, more: object): WritableType => ({
      ...{ kind: "enum", name, size: 4, signed: false, enumerators: [] },
      ...more,
    });
    const typedef = (name: string, typeId: number): WritableType => ({ kind: "typedef", name, typeId });
    const array = (nelems: number): WritableType => ({
      kind: "array",
      typeId: INT,
      indexTypeId: INT,
      nelems,
    });
    const encoded = (more: object): WritableType => ({ ...int("v", 1, false), ...more }) as WritableType;
    const func = (params: readonly (readonly [name: string, typeId: number])[]): WritableType => ({
      kind: "func_proto",
      returnTypeId: INT,
      params: params.map(([name, typeId]) => ({ name, typeId })),
    });
    const shared = [...common, struct("", 4, [["x", INT, 0]])];
    const INNER = FIRST;
    const OWN = FIRST + 1;

    const told = (before: readonly WritableType[], after: readonly WritableType[]): readonly string[] => {
      const [a, b] = [btfOf([...shared, ...before]), btfOf([...shared, ...after])];
      return [...formatDiff(diffBtf(a, b), a, b)];
    };

    expect(told([struct("s", 4, [["n", INT, 0]])], [union("s", 8, [["n", INT, 0]])])).toEqual([
      "! union s, struct -> union, 4 -> 8 bytes",
    ]);
    expect(
      told(
        [enumOf("e", { enumerators: [{ name: "OLD_NAME", value: 1n }] })],
        [enumOf("e", { size: 8, signed: true, enumerators: [{ name: "NEW_NAME", value: 1n }] })],
      ),
    ).toEqual(["! enum e, 4 -> 8 bytes, unsigned -> signed", "!   OLD_NAME -> NEW_NAME: renamed?, 1"]);
    expect(told([enumOf("e", { signed: true })], [enumOf("e", {})])).toEqual([
      "~ enum e, signed -> unsigned",
    ]);
    expect(told([typedef("t", INT)], [typedef("t", LONG)])).toEqual(["~ typedef t: int -> long int"]);

    expect(told([encoded({})], [encoded({ signed: true, char: true })])).toEqual([
      "~ int v: 8 bits in 1 bytes, unsigned -> 8 bits in 1 bytes, signed char",
    ]);
    expect(told([encoded({})], [encoded({ bits: 1, bool: true })])).toEqual([
      "~ int v: 8 bits in 1 bytes, unsigned -> 1 bits in 1 bytes, unsigned bool",
    ]);
    const float = (size: number): WritableType => ({ kind: "float", name: "f", size });
    expect(told([float(4)], [float(8)])).toEqual(["~ float f, 4 -> 8 bytes"]);
    const variable = (typeId: number): WritableType => ({ kind: "var", name: "v", typeId, linkage: 1 });
    expect(told([variable(INT)], [variable(INT_PTR)])).toEqual(["! var v: int -> int *"]);
    const fwd = (of: "struct" | "union"): WritableType => ({ kind: "fwd", name: "d", of });
    const nameless = (size: number) => struct("", size, [["x", INT, 0]]);
    expect(told([nameless(4), variable(OWN)], [nameless(8), variable(OWN)])).toEqual([
      "~ var v: another struct <anon>",
    ]);
    expect(told([fwd("struct")], [fwd("union")])).toEqual(["~ fwd d: struct -> union"]);
    const named: WritableType = { kind: "func", name: "f", typeId: OWN, linkage: 1 };
    expect(
      told(
        [func([["n", INT]]), named],
        [
          func([
            ["", LONG],
            ["", 0],
          ]),
          named,
        ],
      ),
    ).toEqual(["! func f", "-   int (int n)", "+   int (long int, ...)"]);

    const partsOf = (
      before: Parameters<typeof struct>[2],
      after: Parameters<typeof struct>[2],
      more: readonly [WritableType[], WritableType[]] = [[], []],
    ) => told([...more[0], struct("s", 16, before)], [...more[1], struct("s", 16, after)]);
    expect(
      partsOf(
        [
          ["a", INT, 0],
          ["b", INT, 32, 3],
        ],
        [
          ["a", INT, 0, 5],
          ["b", INT, 32],
        ],
      ),
    ).toEqual(["~ struct s", "~   a: now a bitfield of 5 bits", "~   b: no longer a bitfield of 3 bits"]);
    expect(partsOf([["x", INT, 0]], [["", INNER, 0]])).toEqual([
      "~ struct s",
      "~   x: now in an anonymous struct",
    ]);
    expect(partsOf([["", INNER, 0]], [["x", INT, 0]])).toEqual([
      "~ struct s",
      "~   x: no longer in an anonymous struct",
    ]);
    const wrapped = union("", 4, [["x", INT, 0]]);
    expect(partsOf([["", INNER, 0]], [["", OWN, 0]], [[wrapped], [wrapped]])).toEqual([
      "~ struct s",
      "~   x: anonymous struct -> union",
    ]);
    expect(partsOf([["a", OWN, 0]], [["a", OWN, 0]], [[array(1)], [array(2)]])).toEqual([
      "~ struct s",
      "~   a: int[1] -> int[2], 4 -> 8 bytes",
    ]);
    expect(partsOf([["a", 0, 0]], [["a", INT, 0]])).toEqual([
      "! struct s",
      "!   a: void -> int, no -> 4 bytes",
    ]);
    expect(partsOf([["b", INT, 0, 3]], [])).toEqual(["! struct s", "-   b: int:3 at 0:0"]);
  });
});

describe("enums without a name", () => {
  const unnamed = (...enumerators: readonly (readonly [name: string, value: bigint])[]): WritableType => ({
    kind: "enum",
    name: "",
    size: 4,
    signed: false,
    enumerators: enumerators.map(([name, value]) => ({ name, value })),
  });
  const MAX = ["MAX", 10n] as const;

  test("go together by their first enumerator", () => {
    const [before, after] = [
      btfOf([unnamed(MAX, ["MIN", 1n])]),
      btfOf([int("MAX", 4), unnamed(["MAX", 12n], ["MID", 5n])]),
    ];
    const diff = wholeDiff(before, after);
    expect(diff.changed).toMatchObject([{ kind: "enum", name: "", before: 1, after: 2, compatible: true }]);
    expect(formatDiff(diff, before, after)).toEqual([
      "~ enum { MAX, ... }",
      "~   MAX: 10 -> 12",
      "-   MIN = 1",
      "+   MID = 5",
      "+ int MAX",
    ]);
  });

  test("are added and removed, and found by the name of that enumerator", () => {
    const [before, after] = [btfOf([unnamed(MAX)]), btfOf([unnamed(["LEAST", 1n], MAX)])];
    expect(formatDiff(diffBtf(before, after), before, after)).toEqual([
      "- enum { MAX }",
      "+ enum { LEAST, ... }",
    ]);
    const only = (wanted: string) => wholeDiff(before, after, { only: (name) => name === wanted });
    expect(only("MAX")).toMatchObject({ removed: [{ kind: "enum", name: "" }], added: [] });
  });

  test("with a typedef are compared as that", () => {
    const types = (value: bigint): WritableType[] => [
      unnamed(["MAX", value]),
      { kind: "typedef", name: "max_t", typeId: 1 },
    ];
    expect(wholeDiff(btfOf(types(1n)), btfOf(types(2n))).changed).toMatchObject([
      { kind: "typedef", name: "max_t" },
    ]);
  });
});

describe("data sections", () => {
  const section = (
    size: number,
    ...vars: readonly (readonly [typeId: number, offset: number, size: number])[]
  ): WritableType[] => [
    int("int", 4),
    { kind: "var", name: "a", typeId: 1, linkage: 1 },
    { kind: "var", name: "b", typeId: 1, linkage: 1 },
    { kind: "var", name: "c", typeId: 1, linkage: 1 },
    {
      kind: "datasec",
      name: ".data",
      size,
      vars: vars.map(([typeId, offset, varSize]) => ({ typeId, offset, size: varSize })),
    },
  ];

  test("are compared by the names of their variables", () => {
    const before = btfOf(section(8, [2, 0, 4], [3, 4, 4]));
    const after = btfOf(section(16, [4, 0, 4], [2, 4, 8]));
    const diff = wholeDiff(before, after);
    expect(diff.changed).toMatchObject([
      { kind: "datasec", name: ".data", compatible: true, sizes: [8, 16] },
    ]);
    expect(formatDiff(diff, before, after)).toEqual([
      "~ datasec .data, 8 -> 16 bytes",
      "~   a: moved 0 -> 4, resized 4 -> 8 bytes",
      "-   b at 4",
      "+   c at 0",
    ]);
  });

  test("have variables that only moved, or only grew", () => {
    const before = btfOf(section(12, [2, 0, 4], [3, 4, 4]));
    const after = btfOf(section(12, [2, 0, 8], [3, 8, 4]));
    const diff = wholeDiff(before, after);
    expect(formatDiff(diff, before, after)).toEqual([
      "~ datasec .data",
      "~   a: resized 4 -> 8 bytes",
      "~   b: moved 4 -> 8",
    ]);
  });

  test("are the same, whatever their order", () => {
    const before = btfOf(section(8, [2, 0, 4], [3, 4, 4]));
    expect(wholeDiff(before, btfOf(section(8, [2, 0, 4], [3, 4, 4]))).changed).toEqual([]);
  });
});

test("declaration tags are added and removed, each by itself", () => {
  const tagged = (...tags: readonly (readonly [name: string, componentIndex: number])[]): WritableType[] => [
    { kind: "func_proto", returnTypeId: 0, params: [{ name: "p", typeId: 0 }] },
    { kind: "func", name: "kfunc", typeId: 1, linkage: 1 },
    ...tags.map(
      ([name, componentIndex]): WritableType => ({
        kind: "decl_tag",
        name,
        typeId: 2,
        componentIndex,
        attribute: false,
      }),
    ),
  ];
  const before = btfOf(tagged(["bpf_kfunc", -1], ["old", 0]));
  const after = btfOf(tagged(["fast", -1], ["bpf_kfunc", -1]));
  const diff = wholeDiff(before, after);
  expect(diff.changed).toEqual([]);
  expect(formatDiff(diff, before, after)).toEqual([
    "- tag old on part 0 of func kfunc",
    "+ tag fast on func kfunc",
  ]);
  expect(wholeDiff(before, after, { only: (name) => name === "kfunc" })).toEqual(diff);
});
