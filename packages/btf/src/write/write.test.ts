import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { typeGraph } from "../../test/arbitrary.js";
import { btfErrorOf } from "../../test/errors.js";
import { EVERY_KIND, EVERY_KIND_RAW } from "../../test/every-kind.js";
import { info, KIND, KNOWN_LAYOUT, rawBtf } from "../../test/raw.js";
import { typesOf } from "../../test/types-of.js";
import { idsByName, parseBtf, type WritableType, writeBtf } from "../index.js";

const ORDERS = ["little", "big"] as const;

describe.each(ORDERS)("%s-endian", (order) => {
  test("every kind, byte for byte", () => {
    expect(writeBtf(EVERY_KIND, { order })).toEqual(rawBtf({ ...EVERY_KIND_RAW, order }));
  });

  test("a layout section has libbpf's sizes", () => {
    const expected = rawBtf({ ...EVERY_KIND_RAW, order, layout: KNOWN_LAYOUT });
    expect(writeBtf(EVERY_KIND, { order, layout: true })).toEqual(expected);
  });

  test("no types", () => {
    expect(writeBtf([], { order })).toEqual(rawBtf({ order }));
  });

  test("split BTF goes on where its base ends, and takes the strings that the base has", () => {
    const base = parseBtf(rawBtf({ order, types: [1, info(KIND.fwd), 0], strings: "\0file\0" }));
    const split = writeBtf(
      [
        { kind: "ptr", typeId: 1 },
        { kind: "typedef", name: "file", typeId: 2 },
        // The end of a string is none of its own.
        { kind: "typedef", name: "le", typeId: 3 },
      ],
      { order, base },
    );
    const types = [0, info(KIND.ptr), 1, 1, info(KIND.typedef), 2, 6, info(KIND.typedef), 3];
    expect(split).toEqual(rawBtf({ order, types, strings: "le\0" }));
    expect(idsByName(parseBtf(split, { base }), "file", "exact")).toEqual([1, 3]);
  });

  test("split BTF without a name has no strings", () => {
    const base = parseBtf(rawBtf({ order }));
    expect(writeBtf([{ kind: "ptr", typeId: 0 }], { order, base })).toEqual(
      rawBtf({ order, types: [0, info(KIND.ptr), 0], strings: "" }),
    );
  });
});

test("any types are read back as they were, through two layers", () => {
  const options = fc.record({ order: fc.constantFrom(...ORDERS), layout: fc.boolean() });
  fc.assert(
    fc.property(typeGraph(1), options, options, fc.gen(), (lower, lowerOptions, upperOptions, gen) => {
      const base = parseBtf(writeBtf(lower, lowerOptions));
      expect(base.order).toBe(lowerOptions.order);
      expect(typesOf(base)).toEqual(lower);
      const upper = gen(typeGraph, base.endId);
      const split = parseBtf(writeBtf(upper, { ...upperOptions, base }), { base });
      expect(typesOf(split)).toEqual(upper);
    }),
    { numRuns: 300 },
  );
});

test("a struct has the kflag if it has a bitfield, and only then", () => {
  const members = [{ name: "a", typeId: 0, bitOffset: 5, bitSize: 0 }];
  const kflag = (bitSize: number) => {
    const types: WritableType[] = [
      { kind: "struct", name: "", size: 4, members: members.map((m) => ({ ...m, bitSize })) },
    ];
    return writeBtf(types, { order: "big" })[24 + 4];
  };
  expect(kflag(0)).toBe(KIND.struct);
  expect(kflag(1)).toBe(0x80 | KIND.struct);
});

describe("refuses what does not fit", () => {
  const int = {
    kind: "int",
    name: "",
    size: 4,
    bits: 32,
    bitOffset: 0,
    signed: false,
    char: false,
    bool: false,
  } as const;
  const member = { name: "", typeId: 0, bitOffset: 0, bitSize: 0 };
  const struct = (...members: (typeof member)[]): WritableType => ({
    kind: "struct",
    name: "",
    size: 4,
    members,
  });
  const enumOf = (kind: "enum" | "enum64", signed: boolean, value: bigint): WritableType => ({
    kind,
    name: "",
    size: 4,
    signed,
    enumerators: [{ name: "", value }],
  });
  const tag = { kind: "decl_tag", name: "t", typeId: 0, attribute: false } as const;

  const fits: [string, WritableType][] = [
    ["the largest size", { ...int, size: 0xffffffff }],
    ["the most bits", { ...int, bits: 255, bitOffset: 255 }],
    ["the largest offset", struct({ ...member, bitOffset: 0xffffffff })],
    ["the largest bitfield", struct({ ...member, bitOffset: 0xffffff, bitSize: 255 })],
    ["the smallest signed value", enumOf("enum", true, -(2n ** 31n))],
    ["the largest signed value", enumOf("enum", true, 2n ** 31n - 1n)],
    ["the largest value", enumOf("enum", false, 2n ** 32n - 1n)],
    ["the smallest signed 64-bit value", enumOf("enum64", true, -(2n ** 63n))],
    ["the largest 64-bit value", enumOf("enum64", false, 2n ** 64n - 1n)],
    ["the largest linkage of a function", { kind: "func", name: "", typeId: 0, linkage: 0xffffff }],
    ["the last component", { ...tag, componentIndex: 0x7fffffff }],
  ];
  test.each(fits)("but takes %s", (_, type) => {
    expect(btfErrorOf(() => writeBtf([type], { order: "little" }))).toBeUndefined();
  });

  const tooLarge: [string, WritableType][] = [
    ["a size", { ...int, size: 2 ** 32 }],
    ["a negative size", { ...int, size: -1 }],
    ["half a byte", { ...int, size: 0.5 }],
    ["no number", { ...int, size: NaN }],
    ["bits", { ...int, bits: 256 }],
    ["a bit offset", { ...int, bitOffset: 256 }],
    ["a type id", { kind: "ptr", typeId: 2 ** 32 }],
    ["a negative type id", { kind: "ptr", typeId: -1 }],
    ["an array's length", { kind: "array", typeId: 0, indexTypeId: 0, nelems: 2 ** 32 }],
    ["an array's index type", { kind: "array", typeId: 0, indexTypeId: -1, nelems: 1 }],
    ["an array's element type", { kind: "array", typeId: -1, indexTypeId: 0, nelems: 1 }],
    ["a member's offset", struct({ ...member, bitOffset: 2 ** 32 })],
    ["a member's negative offset", struct({ ...member, bitOffset: -8 })],
    ["a member's type", struct({ ...member, typeId: 1.5 })],
    ["a bitfield's offset", struct({ ...member, bitOffset: 2 ** 24, bitSize: 1 })],
    ["an offset beside a bitfield", struct({ ...member, bitSize: 1 }, { ...member, bitOffset: 2 ** 24 })],
    ["a bitfield's width", struct({ ...member, bitSize: 256 })],
    ["a bitfield's negative width", struct({ ...member, bitSize: -1 })],
    ["a value", enumOf("enum", false, 2n ** 32n)],
    ["a negative value", enumOf("enum", false, -1n)],
    ["a signed value", enumOf("enum", true, 2n ** 31n)],
    ["a negative signed value", enumOf("enum", true, -(2n ** 31n) - 1n)],
    ["a 64-bit value", enumOf("enum64", false, 2n ** 64n)],
    ["a negative 64-bit value", enumOf("enum64", false, -1n)],
    ["a signed 64-bit value", enumOf("enum64", true, 2n ** 63n)],
    ["a function's linkage", { kind: "func", name: "", typeId: 0, linkage: 2 ** 24 }],
    ["a variable's linkage", { kind: "var", name: "", typeId: 0, linkage: -1 }],
    ["a parameter's type", { kind: "func_proto", returnTypeId: 0, params: [{ name: "", typeId: -1 }] }],
    ["a return type", { kind: "func_proto", returnTypeId: -1, params: [] }],
    [
      "a section's variable",
      { kind: "datasec", name: "", size: 0, vars: [{ typeId: -1, offset: 0, size: 0 }] },
    ],
    [
      "a variable's offset",
      { kind: "datasec", name: "", size: 0, vars: [{ typeId: 0, offset: -1, size: 0 }] },
    ],
    ["a variable's size", { kind: "datasec", name: "", size: 0, vars: [{ typeId: 0, offset: 0, size: -1 }] }],
    ["a component", { ...tag, componentIndex: 2 ** 31 }],
    ["a component before the whole", { ...tag, componentIndex: -2 }],
  ];
  test.each(tooLarge)("%s", (_, type) => {
    const types: WritableType[] = [{ kind: "ptr", typeId: 0 }, type];
    const error = btfErrorOf(() => writeBtf(types, { order: "little" }));
    expect(error).toMatchObject({ code: "unwritable", site: { typeId: 2 } });
    expect(error?.message).toMatch(/^btf: .+ in type 2 does not fit /);
  });

  test("more elements than a vlen can count", () => {
    const params = new Array(2 ** 24).fill({ name: "", typeId: 0 });
    const error = btfErrorOf(() =>
      writeBtf([{ kind: "func_proto", returnTypeId: 0, params }], { order: "little" }),
    );
    expect(error?.message).toBe("btf: 16777216 in type 1 does not fit 24 bits");
  });

  test("names that would end early", () => {
    for (const name of ["\0", "a\0b", "a\0"]) {
      const error = btfErrorOf(() => writeBtf([{ kind: "fwd", name, of: "struct" }], { order: "little" }));
      expect(error?.code).toBe("unwritable");
    }
    expect(
      btfErrorOf(() => writeBtf([struct({ ...member, name: "a\0b" })], { order: "little" }))?.message,
    ).toBe('btf: the name "a\\x00b" contains a 0');
  });
});

test("what is read is checked, not what is written: ids need not exist yet", () => {
  const bytes = writeBtf([{ kind: "ptr", typeId: 2 }], { order: "little" });
  expect(btfErrorOf(() => parseBtf(bytes))?.code).toBe("type-id");
});
