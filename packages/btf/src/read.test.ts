import { describe, expect, test } from "vitest";
import { btfErrorOf } from "../test/errors.js";
import { EVERY_KIND, EVERY_KIND_RAW } from "../test/every-kind.js";
import { info, KIND, rawBtf, TWO_TYPES } from "../test/raw.js";
import {
  arrayElementOf,
  arrayIndexOf,
  arrayNelemsOf,
  type Btf,
  declTagIndexOf,
  enumeratorBits,
  enumeratorNameOff,
  intBitsOf,
  intEncodingOf,
  intOffsetOf,
  KINDS,
  kflagOf,
  kindOf,
  memberBitOffset,
  memberBitSize,
  memberNameOff,
  memberTypeOf,
  nameOf,
  nameOffOf,
  ownSizeOf,
  paramNameOff,
  paramTypeOf,
  parseBtf,
  referredTypeOf,
  secVarOffset,
  secVarSize,
  secVarTypeOf,
  stringAt,
  stringBytesAt,
  type TypeId,
  typeIdAt,
  varLinkageOf,
  vlenOf,
} from "./index.js";

const kinds = EVERY_KIND.map((type) => type.kind);
const idsOf = (...wanted: string[]): number[] =>
  kinds.flatMap((kind, i) => (wanted.includes(kind) ? [i + 1] : []));

describe.each(["little", "big"] as const)("%s-endian", (order) => {
  const btf = parseBtf(rawBtf({ ...EVERY_KIND_RAW, order }));
  /** What a reader gives for the types of some kinds; for all others it must throw. */
  function read<T>(reader: (btf: Btf, id: TypeId) => T, ...wanted: string[]): T[] {
    const ids = idsOf(...wanted);
    for (let id = 0; id < btf.endId; id++) {
      if (ids.includes(id)) continue;
      const error = btfErrorOf(() => reader(btf, typeIdAt(btf, id)));
      expect(error).toMatchObject({ code: "wrong-kind", site: { typeId: id } });
      expect(error?.message).toContain(`type ${id} is of kind ${id === 0 ? "void" : kinds[id - 1]}`);
    }
    return ids.map((id) => reader(btf, typeIdAt(btf, id)));
  }

  test("kind", () => {
    expect(Array.from({ length: btf.endId }, (_, id) => kindOf(btf, typeIdAt(btf, id)))).toEqual([
      "void",
      ...kinds,
    ]);
    expect(new Set(["void", ...kinds])).toEqual(new Set(KINDS));
  });

  test("vlen, kflag and name", () => {
    const table = Array.from({ length: btf.endId }, (_, id) => {
      const typeId = typeIdAt(btf, id);
      return [vlenOf(btf, typeId), kflagOf(btf, typeId), nameOf(btf, typeId)];
    });
    expect(table[0]).toEqual([0, false, ""]);
    expect(table[5]).toEqual([2, false, "node"]);
    expect(table[6]).toEqual([2, true, ""]);
    expect(table[11]).toEqual([0, true, "epoll"]);
    expect(table[17]).toEqual([1, false, "visit"]);
    expect(nameOffOf(btf, typeIdAt(btf, 0))).toBe(0);
    expect(nameOffOf(btf, typeIdAt(btf, 1))).toBe(1);
  });

  test("the type that a type refers to", () => {
    const referring = ["ptr", "typedef", "volatile", "const", "restrict", "func", "func_proto", "var"];
    expect(read(referredTypeOf, ...referring, "decl_tag", "type_tag")).toEqual([
      5, 5, 12, 13, 4, 1, 16, 1, 5, 17, 5, 5,
    ]);
  });

  test("own size", () => {
    expect(read(ownSizeOf, "int", "struct", "union", "enum", "datasec", "float", "enum64")).toEqual([
      4, 1, 4, 24, 8, 4, 1, 4096, 16, 8, 8,
    ]);
  });

  test("int", () => {
    expect(read(intEncodingOf, "int")).toEqual([1, 4, 2]);
    expect(read(intOffsetOf, "int")).toEqual([0, 0, 3]);
    expect(read(intBitsOf, "int")).toEqual([32, 8, 5]);
  });

  test("array", () => {
    expect(read(arrayElementOf, "array")).toEqual([5]);
    expect(read(arrayIndexOf, "array")).toEqual([1]);
    expect(read(arrayNelemsOf, "array")).toEqual([0xffffffff]);
  });

  test("variable and tag", () => {
    expect(read(varLinkageOf, "var")).toEqual([2]);
    expect(read(declTagIndexOf, "decl_tag")).toEqual([1, -1]);
  });

  /** The same for elements, at an index that all types of these kinds here have. */
  const readAt = <T>(
    reader: (btf: Btf, id: TypeId, index: number) => T,
    index: number,
    ...wanted: string[]
  ): T[] => read((btf, id) => reader(btf, id, index), ...wanted);

  test("members", () => {
    const members = ["struct", "union"];
    expect(readAt(memberNameOff, 1, ...members).map((offset) => stringAt(btf, offset))).toEqual(["", "flag"]);
    expect(readAt(memberTypeOf, 1, ...members)).toEqual([6, 1]);
    expect(readAt(memberBitOffset, 1, ...members)).toEqual([0xffffffff, 0xffffff]);
    expect(readAt(memberBitSize, 1, ...members)).toEqual([0, 255]);
    expect(readAt(memberBitSize, 0, ...members)).toEqual([0, 0]);
  });

  test("enumerators: 32 bits are sign-extended, as libbpf's bpf_core_calc_enumval_relo does", () => {
    const names = readAt(enumeratorNameOff, 0, "enum", "enum64").map((offset) => stringAt(btf, offset));
    expect(names).toEqual(["minus", "last", "top", "low"]);
    expect(readAt(enumeratorBits, 0, "enum", "enum64")).toEqual([
      0xffffffff80000000n,
      0xffffffffffffffffn,
      0xfedcba9876543210n,
      0xfffffffffffffffen,
    ]);
    expect(enumeratorBits(btf, typeIdAt(btf, 8), 1)).toBe(0x7fffffffn);
  });

  test("parameters", () => {
    expect(readAt(paramNameOff, 0, "func_proto").map((offset) => stringAt(btf, offset))).toEqual(["first"]);
    expect(readAt(paramTypeOf, 0, "func_proto")).toEqual([4]);
    expect(readAt(paramTypeOf, 1, "func_proto")).toEqual([0]);
  });

  test("variables of a section", () => {
    expect(readAt(secVarTypeOf, 1, "datasec")).toEqual([18]);
    expect(readAt(secVarOffset, 1, "datasec")).toEqual([4092]);
    expect(readAt(secVarSize, 1, "datasec")).toEqual([4]);
  });

  test("elements that are not there", () => {
    const readers = {
      struct: [memberNameOff, memberTypeOf, memberBitOffset, memberBitSize],
      union: [memberNameOff, memberTypeOf, memberBitOffset, memberBitSize],
      enum: [enumeratorNameOff, enumeratorBits],
      enum64: [enumeratorNameOff, enumeratorBits],
      func_proto: [paramNameOff, paramTypeOf],
      datasec: [secVarTypeOf, secVarOffset, secVarSize],
    };
    for (const [kind, ofKind] of Object.entries(readers)) {
      for (const id of idsOf(kind)) {
        const typeId = typeIdAt(btf, id);
        for (const reader of ofKind) {
          expect(() => reader(btf, typeId, vlenOf(btf, typeId) - 1)).not.toThrow();
          for (const index of [vlenOf(btf, typeId), -1, 0.5, NaN, Infinity, 2 ** 32]) {
            expect(btfErrorOf(() => reader(btf, typeId, index))).toMatchObject({
              code: "index",
              site: { typeId: id },
            });
          }
        }
      }
    }
  });
});

describe("kinds that are not known", () => {
  const layout = Array.from({ length: 128 }, (): [number, number] => [0, 0]);
  // Some are those of structs, enums, prototypes and data sections, but for a bit that older readers leave out.
  const raw = [0, 20, 31, 32, 36, 37, 38, 45, 47, 51, 127];
  const btf = parseBtf(rawBtf({ types: raw.flatMap((kind) => [0, info(kind, 3, true), 9]), layout }));

  test.each(raw.map((kind, i) => [kind, i + 1]))("%d", (_, id) => {
    const typeId = typeIdAt(btf, id);
    expect(kindOf(btf, typeId)).toBe("unknown");
    expect([vlenOf(btf, typeId), kflagOf(btf, typeId)]).toEqual([3, true]);
    for (const reader of [
      referredTypeOf,
      ownSizeOf,
      intBitsOf,
      arrayNelemsOf,
      varLinkageOf,
      declTagIndexOf,
    ]) {
      expect(btfErrorOf(() => reader(btf, typeId))?.code).toBe("wrong-kind");
    }
    for (const reader of [memberTypeOf, enumeratorBits, paramTypeOf, secVarTypeOf]) {
      expect(btfErrorOf(() => reader(btf, typeId, 0))?.code).toBe("wrong-kind");
    }
  });
});

describe("typeIdAt", () => {
  const base = parseBtf(rawBtf(TWO_TYPES));
  const split = parseBtf(rawBtf({ types: [0, info(KIND.ptr), 1], strings: "" }), { base });

  test("takes ids of all layers, void included", () => {
    for (const id of [0, 1, 2]) expect(typeIdAt(base, id)).toBe(id);
    for (const id of [0, 1, 2, 3]) expect(typeIdAt(split, id)).toBe(id);
  });

  test("refuses what is no id", () => {
    for (const id of [3, 4, -1, 0.5, 1.5, NaN, Infinity, -Infinity, 2 ** 32, 2 ** 53]) {
      expect(btfErrorOf(() => typeIdAt(base, id))).toMatchObject({ code: "type-id", site: { typeId: id } });
    }
    expect(btfErrorOf(() => typeIdAt(base, 3))?.message).toBe("btf: there is no type 3: the last is 2");
    expect(btfErrorOf(() => typeIdAt(split, 4))?.message).toBe("btf: there is no type 4: the last is 3");
  });

  test("an id of other BTF is not trusted", () => {
    const foreign = typeIdAt(split, 3);
    expect(btfErrorOf(() => kindOf(base, foreign))?.code).toBe("type-id");
    expect(btfErrorOf(() => nameOf(base, foreign))?.code).toBe("type-id");
    expect(btfErrorOf(() => memberTypeOf(base, foreign, 0))?.code).toBe("type-id");
    expect(btfErrorOf(() => intBitsOf(base, foreign))?.code).toBe("type-id");
  });
});

describe("strings", () => {
  const base = parseBtf(rawBtf({ strings: Uint8Array.of(0, 0x61, 0x62, 0, 0xc3, 0xa9, 0, 0xff, 0) }));
  const split = parseBtf(rawBtf({ strings: "cd\0" }), { base });

  test("begin anywhere and end at the next 0", () => {
    expect([0, 1, 2, 3, 4, 5, 7].map((offset) => stringAt(base, offset))).toEqual([
      "",
      "ab",
      "b",
      "",
      "é",
      "\ufffd",
      "\ufffd",
    ]);
    expect([...stringBytesAt(base, 5)]).toEqual([0xa9]);
  });

  test("of split BTF follow those of its base", () => {
    expect([1, 8, 9, 10, 11].map((offset) => stringAt(split, offset))).toEqual(["ab", "", "cd", "d", ""]);
  });

  test("are views of the input", () => {
    const bytes = rawBtf({ strings: "\0ab\0" });
    expect(stringBytesAt(parseBtf(bytes), 1).buffer).toBe(bytes.buffer);
  });

  test("that are not there", () => {
    for (const offset of [9, -1, 0.5, 1.5, NaN, Infinity, 2 ** 32]) {
      expect(btfErrorOf(() => stringAt(base, offset))?.code).toBe("string-offset");
      expect(btfErrorOf(() => stringBytesAt(base, offset))?.code).toBe("string-offset");
    }
    expect(btfErrorOf(() => stringAt(split, 12))?.message).toBe(
      "btf: there is no string at 12: strings end at 12",
    );
  });
});
