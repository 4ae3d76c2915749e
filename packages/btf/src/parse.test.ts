import { describe, expect, test } from "vitest";
import { btfErrorOf } from "../test/errors.js";
import { EVERY_KIND, EVERY_KIND_RAW } from "../test/every-kind.js";
import { HEADER, info, KIND, KNOWN_LAYOUT, rawBtf, TWO_TYPES } from "../test/raw.js";
import { typesOf } from "../test/types-of.js";
import { type Btf, kindOf, nameOf, parseBtf, typeById, typeIdAt } from "./index.js";

const ORDERS = ["little", "big"] as const;

describe.each(ORDERS)("%s-endian", (order) => {
  test("every kind", () => {
    const btf = parseBtf(rawBtf({ ...EVERY_KIND_RAW, order }));
    expect(btf.order).toBe(order);
    expect(btf.base).toBeUndefined();
    expect([btf.startId, btf.endId]).toEqual([1, 1 + EVERY_KIND.length]);
    expect(typesOf(btf)).toEqual(EVERY_KIND);
  });

  // 30 bytes hold half of a field. Objects of Debian's have 32 with both layout fields 0.
  test.each([24, 25, 28, 30, 31, 32, 33, 36, 40, 64])("a header of %d bytes", (headerLength) => {
    const btf = parseBtf(rawBtf({ ...EVERY_KIND_RAW, order, headerLength }));
    expect(typesOf(btf)).toEqual(EVERY_KIND);
  });

  // What is behind the fields that are known may be anything (libbpf: btf_parse_hdr).
  test.each([31, 33, 40, 100])("a header of %d bytes that are not 0", (headerLength) => {
    const btf = parseBtf(rawBtf({ ...EVERY_KIND_RAW, order, headerLength, filler: 0xff }));
    expect(typesOf(btf)).toEqual(EVERY_KIND);
  });

  test.each([32, 35, 40])("a header of %d bytes with a layout section", (headerLength) => {
    const plan = { ...EVERY_KIND_RAW, order, headerLength, filler: 0xff, layout: KNOWN_LAYOUT };
    expect(typesOf(parseBtf(rawBtf(plan)))).toEqual(EVERY_KIND);
  });

  test("gaps between the sections, and bytes behind them", () => {
    const words = [9, 9, ...TWO_TYPES.types, 7];
    const header = { typeOff: 8, typeLen: 28, strOff: 41, strLen: 4 };
    const btf = parseBtf(
      rawBtf({ order, types: words, strings: "x\0int\0y", header: { ...header, strLen: 5 } }),
    );
    expect(nameOf(btf, typeIdAt(btf, 1))).toBe("int");
    expect(btf.endId).toBe(3);
  });
});

test("BTF without types", () => {
  const btf = parseBtf(rawBtf({}));
  expect([btf.startId, btf.endId]).toEqual([1, 1]);
  expect(kindOf(btf, typeIdAt(btf, 0))).toBe("void");
});

describe("the bytes", () => {
  const bytes = rawBtf(EVERY_KIND_RAW);

  test.each([1, 2, 3])("at offset %d of what they are a part of", (offset) => {
    const around = new Uint8Array(bytes.length + 8).fill(0xee);
    around.set(bytes, offset);
    expect(typesOf(parseBtf(around.subarray(offset, offset + bytes.length)))).toEqual(EVERY_KIND);
  });

  test("in shared memory", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 1), 1);
    shared.set(bytes);
    expect(typesOf(parseBtf(shared))).toEqual(EVERY_KIND);
  });

  test("in a Buffer of Node's pool", () => {
    expect(typesOf(parseBtf(Buffer.from(bytes)))).toEqual(EVERY_KIND);
  });

  test("are not copied", () => {
    const own = bytes.slice();
    const btf = parseBtf(own);
    own[24 + 8] = 2;
    expect(typeById(btf, 1)).toMatchObject({ size: 2 });
  });
});

describe("refuses", () => {
  const codeOf = (bytes: Uint8Array, base?: Btf) =>
    btfErrorOf(() => parseBtf(bytes, base === undefined ? {} : { base }))?.code;

  test("other bytes", () => {
    for (let length = 0; length < 24; length++) expect(codeOf(new Uint8Array(length))).toBe("header");
    expect(codeOf(new Uint8Array(24))).toBe("magic");
    const elf = new Uint8Array(64);
    elf.set([0x7f, 0x45, 0x4c, 0x46]);
    expect(btfErrorOf(() => parseBtf(elf))?.message).toBe(
      "btf: not BTF: starts with 0x7f45, not with 0xeb9f in either byte order (offset 0x0)",
    );
  });

  test.each([
    ["a header of 0 bytes", { headerLength: 0 }],
    ["a header of 20 bytes", { headerLength: 20 }],
    ["a header of 23 bytes", { headerLength: 23 }],
    ["a header longer than the input", { headerLength: 1000 }],
    ["a header of 4 GiB", { headerLength: 0xffffffff }],
    ["types at an odd offset", { typeOff: 1, typeLen: 0 }],
    ["types at no multiple of 4", { typeOff: 2, typeLen: 12 }],
    ["types that run into the strings", { typeLen: 32 }],
    ["types of which the last byte is the first of the strings", { strOff: 27 }],
    ["types behind the strings", { typeOff: 32, typeLen: 0 }],
    ["types of which the end does not fit 32 bits", { typeOff: 0xfffffffc, typeLen: 0x20 }],
    ["strings that run past the end", { strLen: 6 }],
    ["strings behind the end", { strOff: 100, strLen: 0 }],
    ["strings of which the end does not fit 32 bits", { strOff: 0xffffffff, strLen: 6 }],
  ])("%s", (_, header) => {
    for (const order of ORDERS) expect(codeOf(rawBtf({ ...TWO_TYPES, order, header }))).toBe("header");
  });

  test("the same header field is named in the error", () => {
    const error = btfErrorOf(() => parseBtf(rawBtf({ ...TWO_TYPES, header: { typeLen: 32 } })));
    expect(error?.message).toBe("btf: types at 0 + 32 run into the strings at 28 (offset 0x8)");
    expect(error?.site).toEqual({ offset: HEADER.typeOff });
  });

  test.each([
    ["no strings", "", undefined],
    ["an unterminated string", "\0int", undefined],
    ["a first string that is not empty", "int\0", undefined],
  ])("%s", (_, strings) => {
    expect(codeOf(rawBtf({ strings }))).toBe("strings");
  });

  test("an unterminated string of split BTF", () => {
    const base = parseBtf(rawBtf(TWO_TYPES));
    expect(codeOf(rawBtf({ strings: "long" }), base)).toBe("strings");
    expect(codeOf(rawBtf({ strings: "long\0" }), base)).toBeUndefined();
    expect(codeOf(rawBtf({ strings: "" }), base)).toBeUndefined();
  });

  test("more strings than 64 MiB", () => {
    const longest = new Uint8Array(2 ** 26);
    expect(codeOf(rawBtf({ strings: longest }))).toBeUndefined();
    expect(codeOf(rawBtf({ strings: new Uint8Array(2 ** 26 + 1) }))).toBe("strings");
  });
});

describe("records", () => {
  const recordError = (...types: number[]) =>
    btfErrorOf(() => parseBtf(rawBtf({ types, strings: TWO_TYPES.strings })));

  test.each([
    ["half a head", [0, info(KIND.ptr)]],
    ["an int without its bits", [1, info(KIND.int), 4]],
    ["an array without its length", [0, info(KIND.array), 0, 0, 0]],
    ["a struct with half a member", [0, info(KIND.struct, 1), 4, 1, 0]],
    ["a struct of 2^24 - 1 members, none of which is there", [0, info(KIND.struct, 0xffffff), 4]],
    [
      "an enum64 of 2^24 - 1 enumerators, one of which is there",
      [0, info(KIND.enum64, 0xffffff), 8, 1, 0, 0],
    ],
    ["a function prototype with a parameter too few", [0, info(KIND.func_proto, 2), 0, 1, 0]],
  ])("%s", (_, words) => {
    expect(recordError(...words)?.code).toBe("record");
    const second = recordError(0, info(KIND.ptr), 0, ...words);
    expect(second).toMatchObject({ code: "record", site: { typeId: 2, offset: 24 + 12 } });
    expect(second?.message).toBe("btf: type 2 runs past the type section (offset 0x24)");
  });

  test("of more elements than 16 bits can count", () => {
    const count = 0x10001;
    const enumerators = Array.from({ length: count }, (_, i) => [1, i]).flat();
    const btf = parseBtf(
      rawBtf({ types: [0, info(KIND.enum, count), 4, ...enumerators], strings: TWO_TYPES.strings }),
    );
    const type = typeById(btf, 1);
    expect(type.kind === "enum" && type.enumerators.at(-1)).toEqual({ name: "int", value: 0x10000n });
    expect(btf.endId).toBe(2);
  });

  test("of an unknown kind, and no layout section to tell their size", () => {
    for (const kind of [0, 20, 31, 127]) {
      const error = recordError(0, info(kind), 0);
      expect(error).toMatchObject({ code: "kind", site: { typeId: 1, offset: 24 } });
      expect(error?.message).toContain(`unknown kind ${kind}`);
    }
  });
});
