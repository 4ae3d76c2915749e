import { describe, expect, test } from "vitest";
import { btfErrorOf } from "../test/errors.js";
import { EVERY_KIND } from "../test/every-kind.js";
import { info, KIND, rawBtf } from "../test/raw.js";
import { type Btf, parseBtf, sizeOf, skipModifiers, typeIdAt, type WritableType, writeBtf } from "./index.js";

const INT: WritableType = {
  kind: "int",
  name: "int",
  size: 4,
  bits: 32,
  bitOffset: 0,
  signed: true,
  char: false,
  bool: false,
};
const btfOf = (...types: WritableType[]): Btf => parseBtf(writeBtf(types, { order: "little" }));
const sizeAt = (btf: Btf, id: number) => sizeOf(btf, typeIdAt(btf, id));
const sizeErrorAt = (btf: Btf, id: number) => btfErrorOf(() => sizeAt(btf, id))?.code;

/** An int, and above it as many types as `count`, each around the one before. The last id is count + 1. */
const chain = (count: number, around: (typeId: number) => WritableType): Btf =>
  btfOf(INT, ...Array.from({ length: count }, (_, i) => around(i + 1)));

describe("skipModifiers", () => {
  test("skips what libbpf's skip_mods_and_typedefs does, and nothing else", () => {
    const every = parseBtf(writeBtf(EVERY_KIND, { order: "little" }));
    const skipped = EVERY_KIND.flatMap((type, i) => {
      const end = skipModifiers(every, typeIdAt(every, i + 1));
      return end === i + 1 ? [] : [[type.kind, end]];
    });
    expect(skipped).toEqual([
      ["typedef", 5],
      ["volatile", 5],
      ["const", 5],
      ["restrict", 4],
      ["type_tag", 5],
      ["type_tag", 5],
    ]);
    expect(skipModifiers(every, typeIdAt(every, 0))).toBe(0);
  });

  test("may end at void", () => {
    const btf = btfOf({ kind: "const", typeId: 0 });
    expect(skipModifiers(btf, typeIdAt(btf, 1))).toBe(0);
  });

  test("follows 1,024 of them, and no more", () => {
    const btf = chain(1025, (typeId) => ({ kind: "const", typeId }));
    expect(skipModifiers(btf, typeIdAt(btf, 1025))).toBe(1);
    const error = btfErrorOf(() => skipModifiers(btf, typeIdAt(btf, 1026)));
    expect(error).toMatchObject({ code: "modifier-chain", site: { typeId: 1026 } });
  });

  test("does not run in circles", () => {
    const itself = btfOf({ kind: "typedef", name: "t", typeId: 1 });
    const pair = btfOf(
      { kind: "const", typeId: 2 },
      { kind: "type_tag", name: "t", typeId: 1, attribute: false },
    );
    for (const btf of [itself, pair]) {
      expect(btfErrorOf(() => skipModifiers(btf, typeIdAt(btf, 1)))?.code).toBe("modifier-chain");
    }
  });
});

describe("sizeOf", () => {
  test("of every kind, as libbpf's btf__resolve_size has it", () => {
    const every = parseBtf(writeBtf(EVERY_KIND, { order: "little" }), { pointerSize: 8 });
    expect(
      EVERY_KIND.map((type, i) => [type.kind, sizeErrorAt(every, i + 1) ?? sizeAt(every, i + 1)]),
    ).toEqual([
      ["int", 4],
      ["int", 1],
      ["int", 4],
      ["ptr", 8],
      ["struct", 24],
      ["union", 8],
      ["array", "size-overflow"],
      ["enum", 4],
      ["enum", 1],
      ["fwd", "no-size"],
      ["fwd", "no-size"],
      ["typedef", 24],
      ["volatile", 24],
      ["const", 24],
      ["restrict", 8],
      ["func_proto", "no-size"],
      ["func", "no-size"],
      ["var", 4],
      ["datasec", 4096],
      ["float", 16],
      ["decl_tag", 24],
      ["decl_tag", "no-size"],
      ["type_tag", 24],
      ["type_tag", 24],
      ["enum64", 8],
      ["enum64", 8],
    ]);
    expect(sizeErrorAt(every, 0)).toBe("no-size");
  });

  test("of a pointer is the BTF's", () => {
    const bytes = writeBtf([{ kind: "ptr", typeId: 0 }], { order: "little" });
    expect(sizeAt(parseBtf(bytes, { pointerSize: 4 }), 1)).toBe(4);
    expect(sizeAt(parseBtf(bytes), 1)).toBe(8);
  });

  test("of a kind that is not known is not, either", () => {
    const layout: [number, number][] = [[0, 0]];
    const btf = parseBtf(rawBtf({ types: [0, info(0), 4, 0, info(KIND.const), 1], layout }));
    expect(sizeErrorAt(btf, 1)).toBe("no-size");
    expect(btfErrorOf(() => sizeAt(btf, 2))?.message).toBe(
      "btf: type 2 has no size: it leads to type 1 of kind unknown",
    );
  });

  test("of arrays of arrays", () => {
    const array = (typeId: number, nelems: number): WritableType => ({
      kind: "array",
      typeId,
      indexTypeId: 1,
      nelems,
    });
    const btf = btfOf(
      INT,
      array(1, 3),
      array(2, 5),
      { kind: "typedef", name: "grid", typeId: 3 },
      array(4, 7),
    );
    expect(sizeAt(btf, 5)).toBe(4 * 3 * 5 * 7);
    const empty = btfOf(INT, array(1, 0xffffffff), array(2, 0), array(3, 0xffffffff));
    expect(sizeAt(empty, 3)).toBe(0);
    expect(sizeAt(empty, 4)).toBe(0);
  });

  test("is below 4 GiB", () => {
    const bytes = (size: number, nelems: number): Btf =>
      btfOf(
        { kind: "struct", name: "s", size, members: [] },
        { kind: "array", typeId: 1, indexTypeId: 0, nelems },
      );
    expect(sizeAt(bytes(1, 0xffffffff), 2)).toBe(0xffffffff);
    expect(sizeAt(bytes(0xffff, 0x10001), 2)).toBe(0xffffffff);
    expect(sizeErrorAt(bytes(0x10000, 0x10000), 2)).toBe("size-overflow");
    expect(sizeErrorAt(bytes(0xffffffff, 0xffffffff), 2)).toBe("size-overflow");
    expect(sizeAt(bytes(0, 0xffffffff), 2)).toBe(0);
  });

  test("overflows on the way even if the elements have no size", () => {
    const array = (typeId: number, nelems: number): WritableType => ({
      kind: "array",
      typeId,
      indexTypeId: 1,
      nelems,
    });
    const btf = btfOf(
      { kind: "struct", name: "empty", size: 0, members: [] },
      array(1, 0x10000),
      array(2, 0x10000),
      array(3, 0x10000),
    );
    expect(sizeErrorAt(btf, 4)).toBe("size-overflow");
    expect(sizeErrorAt(btf, 3)).toBe("size-overflow");
  });

  test("looks 31 types deep (libbpf: MAX_RESOLVE_DEPTH)", () => {
    const btf = chain(32, (typeId) => ({ kind: "volatile", typeId }));
    expect(sizeAt(btf, 32)).toBe(4);
    expect(sizeErrorAt(btf, 33)).toBe("no-size");
  });

  test("does not run in circles", () => {
    expect(sizeErrorAt(btfOf({ kind: "const", typeId: 1 }), 1)).toBe("no-size");
    const array = btfOf({ kind: "array", typeId: 1, indexTypeId: 1, nelems: 1 });
    expect(sizeErrorAt(array, 1)).toBe("no-size");
    // On the 32nd time around, the last one that libbpf looks at, this has 2^32 elements.
    const doubling = btfOf({ kind: "array", typeId: 1, indexTypeId: 1, nelems: 2 });
    expect(sizeErrorAt(doubling, 1)).toBe("size-overflow");
  });
});
