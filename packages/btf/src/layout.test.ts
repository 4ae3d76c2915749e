import { describe, expect, test } from "vitest";
import { btfErrorOf } from "../test/errors.js";
import { info, KIND, KNOWN_LAYOUT, rawBtf, TWO_TYPES } from "../test/raw.js";
import { typesOf } from "../test/types-of.js";
import { type Btf, parseBtf, typeById } from "./index.js";

const ORDERS = ["little", "big"] as const;

describe("the layout section", () => {
  // Kinds 20 to 127: 20 as a pointer, 21 with a word and elements of two words, 22 with impossible sizes.
  const layout = [
    ...KNOWN_LAYOUT,
    ...Array.from(
      { length: 108 },
      (_, i): [number, number] =>
        ([
          [0, 0],
          [4, 8],
          [3, 4],
          [4, 2],
        ][i] as [number, number]) ?? [255, 255],
    ),
  ];
  const behind = [1, info(KIND.int), 4, 32];

  describe.each(ORDERS)("%s-endian", (order) => {
    test.each([
      ["kind 20, without elements", 20, 0, []],
      ["kind 20, of which the vlen means something else", 20, 0xffffff, []],
      ["kind 21, without elements", 21, 0, [7]],
      ["kind 21, with three elements", 21, 3, [7, 1, 1, 2, 2, 3, 3]],
    ])("%s", (_, rawKind, vlen, rest) => {
      const types = [1, info(rawKind, vlen), 4, ...rest, ...behind];
      const btf = parseBtf(rawBtf({ order, types, strings: TWO_TYPES.strings, layout }));
      expect(typesOf(btf)).toEqual([
        { kind: "unknown", rawKind, name: "int", vlen },
        expect.objectContaining({ kind: "int" }),
      ]);
    });

    test("a record of kind 0", () => {
      const types = [1, info(0, 5, true), 4, ...behind];
      const btf = parseBtf(rawBtf({ order, types, strings: TWO_TYPES.strings, layout }));
      expect(typeById(btf, 1)).toEqual({ kind: "unknown", rawKind: 0, name: "int", vlen: 5 });
    });
  });

  const errorOf = (types: readonly number[], plan: object = { layout }, base?: Btf) =>
    btfErrorOf(() =>
      parseBtf(rawBtf({ types, strings: TWO_TYPES.strings, ...plan }), base === undefined ? {} : { base }),
    );

  test("says nothing about a kind behind its end", () => {
    expect(errorOf([0, info(21), 0, 7], { layout: layout.slice(0, 22) })).toBeUndefined();
    expect(errorOf([0, info(21), 0, 7], { layout: layout.slice(0, 21) })?.code).toBe("kind");
  });

  test("may know more kinds than there can be", () => {
    const more = [...layout, ...layout];
    expect(errorOf([0, info(21), 0, 7], { layout: more })).toBeUndefined();
    expect(errorOf([0, info(127), 0], { layout: more })?.code).toBe("kind");
  });

  test("with sizes that are no multiples of 4 is an error only where they are needed", () => {
    expect(errorOf(TWO_TYPES.types)).toBeUndefined();
    expect(errorOf([0, info(22), 0, 7])?.message).toContain("not multiples of 4");
    expect(errorOf([0, info(23), 0, 7])?.message).toContain("not multiples of 4");
  });

  test("cannot change a kind that is known", () => {
    const wrong = KNOWN_LAYOUT.map((): [number, number] => [8, 8]);
    expect(errorOf(TWO_TYPES.types, { layout: wrong })).toBeUndefined();
  });

  test("whose elements are longer than the section", () => {
    expect(errorOf([0, info(21, 0xffffff), 0, 7])?.code).toBe("record");
  });

  test.each([
    ["at no multiple of 4", { layoutOff: 30, layoutLen: 4 }],
    ["of no multiple of 4", { layoutLen: 7 }],
    ["inside the types", { layoutOff: 24 }],
    ["that runs into the strings", { layoutLen: 4 * layout.length + 4 }],
    ["behind the strings", { layoutOff: 0x7ffffffc, layoutLen: 4 }],
    ["of which the end does not fit 32 bits", { layoutOff: 28, layoutLen: 0xfffffffc }],
  ])("%s", (_, header) => {
    expect(errorOf(TWO_TYPES.types, { layout, header })?.code).toBe("header");
  });

  test("may be anywhere when it is empty", () => {
    expect(
      errorOf(TWO_TYPES.types, { headerLength: 32, header: { layoutOff: 0xffffffff, layoutLen: 0 } }),
    ).toBeUndefined();
  });

  test("of the immediate base serves split BTF that has none", () => {
    const base = parseBtf(rawBtf({ ...TWO_TYPES, layout }));
    expect(errorOf([0, info(21), 0, 7], {}, base)).toBeUndefined();
    const middle = parseBtf(rawBtf({ strings: "" }), { base });
    expect(errorOf([0, info(21), 0, 7], {}, middle)?.code).toBe("kind");
  });

  test("of its own is the only one for split BTF", () => {
    const base = parseBtf(rawBtf({ ...TWO_TYPES, layout }));
    expect(errorOf([0, info(21), 0, 7], { layout: KNOWN_LAYOUT }, base)?.code).toBe("kind");
  });
});
