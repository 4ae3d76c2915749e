import { describe, expect, test } from "vitest";
import { btfErrorOf } from "../test/errors.js";
import { info, KIND, rawBtf, TWO_TYPES } from "../test/raw.js";
import { typesOf } from "../test/types-of.js";
import { nameOf, parseBtf, pointerSizeOf, typeById, typeIdAt, writeBtf } from "./index.js";

describe("split BTF", () => {
  const base = parseBtf(rawBtf({ ...TWO_TYPES }));
  // String offsets and type ids go on after the base's.
  const module = rawBtf({
    types: [5, info(KIND.struct, 1), 8, 1, 2, 0, 0, info(KIND.ptr), 3],
    strings: "own\0",
  });
  const split = parseBtf(module, { base });
  const third = parseBtf(
    rawBtf({ types: [9, info(KIND.typedef), 4, 5, info(KIND.typedef), 1], strings: "top\0", order: "big" }),
    { base: split },
  );

  test("continues its base", () => {
    expect([split.startId, split.endId]).toEqual([3, 5]);
    expect(split.base).toBe(base);
    expect(typesOf(split)).toEqual([
      {
        kind: "struct",
        name: "own",
        size: 8,
        members: [{ name: "int", typeId: 2, bitOffset: 0, bitSize: 0 }],
      },
      { kind: "ptr", typeId: 3 },
    ]);
    expect(typeById(split, 1)).toEqual(typeById(base, 1));
    expect(typeById(split, 0)).toEqual({ kind: "void" });
  });

  test("on split BTF: ids and string offsets count through all bases, each in its own byte order", () => {
    expect([third.startId, third.endId]).toEqual([5, 7]);
    expect(typesOf(third)).toEqual([
      { kind: "typedef", name: "top", typeId: 4 },
      { kind: "typedef", name: "own", typeId: 1 },
    ]);
    expect(typeById(third, 3)).toEqual(typeById(split, 3));
    expect(typeById(third, 1)).toMatchObject({ kind: "int", name: "int" });
  });

  test("without strings of its own", () => {
    const without = parseBtf(rawBtf({ types: [1, info(KIND.typedef), 1], strings: "" }), { base });
    expect(typeById(without, 3)).toEqual({ kind: "typedef", name: "int", typeId: 1 });
  });

  test("needs its base", () => {
    expect(btfErrorOf(() => parseBtf(module))?.message).toContain("is this a split BTF that needs its base?");
  });

  test("cannot refer to what lies behind it", () => {
    const types = (id: number) => rawBtf({ types: [0, info(KIND.ptr), id], strings: "" });
    expect(btfErrorOf(() => parseBtf(types(3), { base }))).toBeUndefined();
    expect(btfErrorOf(() => parseBtf(types(4), { base }))).toMatchObject({
      code: "type-id",
      site: { typeId: 3 },
    });
    const names = (offset: number) => rawBtf({ types: [offset, info(KIND.fwd), 0], strings: "own\0" });
    expect(btfErrorOf(() => parseBtf(names(8), { base }))).toBeUndefined();
    expect(btfErrorOf(() => parseBtf(names(9), { base }))?.code).toBe("string-offset");
  });

  test("may have a function with a prototype of its base", () => {
    const protos = parseBtf(rawBtf({ types: [0, info(KIND.func_proto), 0], strings: "\0f\0" }));
    const func = (id: number) => rawBtf({ types: [1, info(KIND.func), id], strings: "" });
    expect(btfErrorOf(() => parseBtf(func(1), { base: protos }))).toBeUndefined();
    expect(btfErrorOf(() => parseBtf(func(2), { base: protos }))?.code).toBe("func-proto");
  });

  test("of a thousand layers", () => {
    let top = base;
    for (let i = 0; i < 1000; i++) {
      top = parseBtf(
        writeBtf([{ kind: "typedef", name: `t${i}`, typeId: top.endId - 1 }], { order: "little", base: top }),
        {
          base: top,
        },
      );
    }
    expect(nameOf(top, typeIdAt(top, 3))).toBe("t0");
    expect(typeById(top, top.endId - 1)).toEqual({ kind: "typedef", name: "t999", typeId: top.endId - 2 });
    expect(pointerSizeOf(top)).toBe(8);
  });
});
