import { describe, expect, test } from "vitest";
import { type Btf, parseBtf, type WritableType, writeBtf } from "../index.js";
import { diffBtf, type FieldChange, formatDiff, type TypeChange } from "./index.js";

const btfOf = (types: readonly WritableType[]): Btf => parseBtf(writeBtf(types, { order: "little" }));

const int = (name: string, size: number, signed = true): WritableType => ({
  kind: "int",
  name,
  size,
  bits: size * 8,
  bitOffset: 0,
  signed,
  char: false,
  bool: false,
});

type Members = readonly (readonly [name: string, typeId: number, bitOffset: number, bitSize?: number])[];

const composite = (kind: "struct" | "union", name: string, size: number, members: Members): WritableType => ({
  kind,
  name,
  size,
  members: members.map(([member, typeId, bitOffset, bitSize = 0]) => ({
    name: member,
    typeId,
    bitOffset,
    bitSize,
  })),
});
const struct = (name: string, size: number, members: Members) => composite("struct", name, size, members);
const union = (name: string, size: number, members: Members) => composite("union", name, size, members);

/** Ids 1 to 6, which the types of a test come after. */
const INT = 1;
const LONG = 2;
const CHAR = 3;
const INT_PTR = 4;
const U32 = 5;
const FLOAT = 6;
const common: readonly WritableType[] = [
  int("int", 4),
  int("long int", 8),
  int("char", 1),
  { kind: "ptr", typeId: INT },
  { kind: "typedef", name: "u32", typeId: INT },
  { kind: "float", name: "double", size: 8 },
];
const FIRST = common.length + 1;

function diffOf(before: readonly WritableType[], after: readonly WritableType[]) {
  return diffBtf(btfOf([...common, ...before]), btfOf([...common, ...after]));
}

/** The one type that changed. */
function changeOf(before: readonly WritableType[], after: readonly WritableType[]): TypeChange {
  const { added, removed, changed } = diffOf(before, after);
  expect({ added, removed }).toEqual({ added: [], removed: [] });
  expect(changed).toHaveLength(1);
  return changed[0]!;
}

const fieldsOf = (change: TypeChange): readonly FieldChange[] => ("fields" in change ? change.fields : []);

/** Each changed field in short: its names, its codes, and whether it is compatible. */
const inShort = (fields: readonly FieldChange[]) =>
  fields.map(({ before, after, codes, compatible }) => [before?.name, after?.name, codes.join(), compatible]);

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
    const { changed } = diffBtf(before, after, { only: (name) => name === "b" });
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
    expect(diffBtf(moduleOf(4), moduleOf(8))).toMatchObject({
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

describe("fields", () => {
  test("are added, removed, moved, resized and retyped", () => {
    const change = changeOf(
      [
        struct("s", 24, [
          ["gone", INT_PTR, 0],
          ["n", INT, 64],
          ["m", INT, 96],
          ["t", INT, 128],
        ]),
      ],
      [
        struct("s", 28, [
          ["n", INT, 0],
          ["m", LONG, 64],
          ["t", U32, 128],
          ["fresh", FLOAT, 160],
        ]),
      ],
    );
    expect(change).toMatchObject({ kind: "struct", name: "s", sizes: [24, 28], compatible: false });
    expect(inShort(fieldsOf(change))).toEqual([
      ["gone", undefined, "removed", false],
      ["n", "n", "moved", true],
      ["m", "m", "moved,retyped,resized", true],
      ["t", "t", "retyped", true],
      [undefined, "fresh", "added", true],
    ]);
    expect(fieldsOf(change)[1]).toMatchObject({
      before: { bitOffset: 64, size: 4 },
      after: { bitOffset: 0 },
    });
  });

  test("that others point to do not change with the size of a struct, those that contain it do", () => {
    const { changed } = diffOf(
      [struct("inner", 4, [["n", INT, 0]]), struct("outer", 8, [["in", FIRST, 0]])],
      [struct("inner", 8, [["n", LONG, 0]]), struct("outer", 8, [["in", FIRST, 0]])],
    );
    expect(changed.map((change) => [change.name, inShort(fieldsOf(change))])).toEqual([
      ["inner", [["n", "n", "retyped,resized", true]]],
      ["outer", [["in", "in", "resized", true]]],
    ]);
  });

  test("become bitfields, stop to be, and change their width", () => {
    const change = changeOf(
      [
        struct("s", 8, [
          ["a", INT, 0],
          ["b", INT, 32, 3],
          ["c", INT, 35, 4],
        ]),
      ],
      [
        struct("s", 8, [
          ["a", INT, 0, 8],
          ["b", INT, 32],
          ["c", INT, 35, 5],
        ]),
      ],
    );
    expect(inShort(fieldsOf(change))).toEqual([
      ["a", "a", "to-bitfield", true],
      ["b", "b", "from-bitfield", true],
      ["c", "c", "resized", true],
    ]);
  });

  test("get into anonymous structs and unions and out of them", () => {
    const change = changeOf(
      [
        struct("", 4, [["in", INT, 0]]),
        struct("s", 16, [
          ["out", INT, 0],
          ["same", INT, 32],
          ["", FIRST, 64],
        ]),
      ],
      [
        union("", 4, [
          ["out", INT, 0],
          ["other", INT, 0],
        ]),
        struct("s", 16, [
          ["", FIRST, 0],
          ["same", INT, 32],
          ["in", INT, 64],
        ]),
      ],
    );
    expect(inShort(fieldsOf(change))).toEqual([
      ["out", "out", "wrapped", true],
      ["in", "in", "unwrapped", true],
      [undefined, "other", "added", true],
    ]);
    expect(fieldsOf(change)[0]?.after).toMatchObject({ within: ["union"], bitOffset: 0 });
  });

  test("stay in an anonymous member that was a struct and is a union", () => {
    const change = changeOf(
      [struct("", 4, [["n", INT, 0]]), struct("s", 4, [["", FIRST, 0]])],
      [union("", 4, [["n", INT, 0]]), struct("s", 4, [["", FIRST, 0]])],
    );
    expect(inShort(fieldsOf(change))).toEqual([["n", "n", "rewrapped", true]]);
  });

  test("are looked into when their type has no name, in arrays too", () => {
    const change = changeOf(
      [
        struct("", 8, [
          ["x", INT, 0],
          ["y", INT, 32],
        ]),
        { kind: "array", typeId: FIRST, indexTypeId: INT, nelems: 2 },
        struct("s", 24, [
          ["one", FIRST, 0],
          ["two", FIRST + 1, 64],
        ]),
      ],
      [
        struct("", 8, [
          ["y", INT, 0],
          ["x", INT, 32],
        ]),
        { kind: "array", typeId: FIRST, indexTypeId: INT, nelems: 2 },
        struct("s", 24, [
          ["one", FIRST, 0],
          ["two", FIRST + 1, 64],
        ]),
      ],
    );
    expect(inShort(fieldsOf(change))).toEqual([
      ["one.x", "one.x", "moved", true],
      ["one.y", "one.y", "moved", true],
      ["two[2].x", "two[2].x", "moved", true],
      ["two[2].y", "two[2].y", "moved", true],
    ]);
    expect(fieldsOf(change).at(-1)).toMatchObject({ before: { bitOffset: 96 }, after: { bitOffset: 64 } });
  });

  test("that may have been renamed are guessed by place, type and name", () => {
    const change = changeOf(
      [
        struct("s", 24, [
          ["state", LONG, 0],
          ["old", INT_PTR, 64],
          ["list", INT, 128],
        ]),
      ],
      [
        struct("s", 24, [
          ["__state", INT, 32],
          ["fresh", INT_PTR, 64],
          ["count", CHAR, 160],
        ]),
      ],
    );
    expect(inShort(fieldsOf(change))).toEqual([
      ["state", "__state", "renamed,moved,retyped,resized", false],
      ["old", "fresh", "renamed", false],
      ["list", undefined, "removed", false],
      [undefined, "count", "added", true],
    ]);
  });
});

// relo_core.c: bpf_core_fields_are_compat.
describe("libbpf takes a field for another", () => {
  const compatible = (before: readonly WritableType[], after: readonly WritableType[]): boolean => {
    // The type of the field is the first after the common ones, or else the last.
    const withField = (types: readonly WritableType[]) => [...types, struct("s", 8, [["f", FIRST, 0]])];
    const { changed } = diffOf(withField(before), withField(after));
    const change = changed.find(({ name }) => name === "s");
    return change?.compatible ?? true;
  };
  const enumOf = (name: string, size = 4): WritableType => ({
    kind: "enum",
    name,
    size,
    signed: false,
    enumerators: [{ name: `${name}_A`, value: 1n }],
  });
  const typedef = (typeId: number): WritableType => ({ kind: "typedef", name: "t", typeId });
  const array = (typeId: number, nelems: number): WritableType => ({
    kind: "array",
    typeId,
    indexTypeId: INT,
    nelems,
  });
  const oldBitfield: WritableType = { ...int("int", 4), bits: 3, bitOffset: 5 } as WritableType;

  test.each<[string, WritableType[], WritableType[], boolean]>([
    ["integers of any size and sign", [typedef(INT)], [typedef(CHAR)], true],
    ["no integer for a pointer", [typedef(INT)], [typedef(INT_PTR)], false],
    ["no float for an integer", [typedef(FLOAT)], [typedef(LONG)], false],
    ["an int that is a bitfield of old for none", [typedef(INT)], [oldBitfield], false],
    ["pointers to anything", [{ kind: "ptr", typeId: INT }], [{ kind: "ptr", typeId: 0 }], true],
    ["a struct for a union", [struct("", 8, [["x", INT, 0]])], [union("", 8, [["x", INT, 0]])], true],
    ["enums of one name", [enumOf("color")], [enumOf("color", 8)], true],
    ["no enums of two names", [enumOf("color")], [enumOf("shade")], false],
    ["an enum without a name for any", [enumOf("")], [enumOf("shade")], true],
    [
      "an enum64 for an enum",
      [enumOf("color")],
      [{ ...enumOf("color", 8), kind: "enum64" } as WritableType],
      true,
    ],
    ["arrays of any length", [array(INT, 2)], [array(LONG, 9)], true],
    ["no array for its element", [array(INT, 2)], [typedef(INT)], false],
    ["no arrays of other elements", [array(INT, 2)], [array(INT_PTR, 2)], false],
    ["no void", [typedef(0)], [typedef(INT)], false],
  ])("%s", (_, before, after, expected) => {
    expect(compatible(before, after)).toBe(expected);
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
});
