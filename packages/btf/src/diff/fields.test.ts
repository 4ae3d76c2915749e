import { describe, expect, test } from "vitest";
import { int, struct, union } from "../../test/build.js";
import {
  CHAR,
  changeOf,
  diffOf,
  FIRST,
  FLOAT,
  fieldsOf,
  INT,
  INT_PTR,
  inShort,
  LONG,
  U32,
} from "../../test/diff.js";
import type { WritableType } from "../index.js";

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

  // 7.3's struct address_space_operations has read_folio where 5.10's has writepage.
  test("are not guessed of pointers at one place, of which all are compatible", () => {
    const change = changeOf(
      [
        struct("s", 16, [
          ["writepage", INT_PTR, 0],
          ["fetch", INT_PTR, 64],
        ]),
      ],
      [
        { kind: "ptr", typeId: CHAR },
        struct("s", 16, [
          ["read_folio", FIRST, 0],
          ["fetch_all", FIRST, 64],
        ]),
      ],
    );
    expect(inShort(fieldsOf(change))).toEqual([
      ["writepage", undefined, "removed", false],
      ["fetch", "fetch_all", "renamed,retyped", false],
      [undefined, "read_folio", "added", true],
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
