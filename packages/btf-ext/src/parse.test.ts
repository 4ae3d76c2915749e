import { BtfError } from "@core/btf";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  btfOf,
  type ExtPlan,
  extBytes,
  offsetOf,
  PART_AT,
  SAMPLE,
  SAMPLE_SECTIONS,
} from "../test/builder.js";
import { extErrorOf } from "../test/errors.js";
import { sectionsOf } from "../test/sections.js";
import { type BtfExt, type BtfExtError, type BtfExtErrorCode, parseBtfExt } from "./index.js";

const btf = btfOf();
const parse = (plan: ExtPlan): BtfExt => parseBtfExt(extBytes(plan), btf);
const errorOf = (plan: ExtPlan) => extErrorOf(() => parse(plan));

describe.each(["little", "big"] as const)("%s-endian", (order) => {
  test("three parts", () => {
    const bytes = extBytes({ ...SAMPLE, order });
    const ext = parseBtfExt(bytes, btf);
    expect(ext.bytes).toBe(bytes);
    expect(ext.order).toBe(order);
    expect(ext.headerLength).toBe(32);
    expect(sectionsOf(ext)).toEqual(SAMPLE_SECTIONS);
    expect(
      [ext.funcInfo, ext.lineInfo, ext.coreRelos].map((part) => part && [part.offset, part.length]),
    ).toEqual([
      [32, 44],
      [76, 52],
      [128, 44],
    ]);
  });

  // Extra words of clang 9 are not 0, and belong to nobody.
  test.each([32, 33, 36, 40, 64])("a header of %d bytes", (headerLength) => {
    for (const filler of [0, 0xff]) {
      const ext = parse({ ...SAMPLE, order, headerLength, filler });
      expect(ext.headerLength).toBe(headerLength);
      expect(sectionsOf(ext)).toEqual(SAMPLE_SECTIONS);
    }
  });

  // Clang 8; and headers that end within the fields of the third part.
  test.each([24, 25, 28, 31])("a header of %d bytes has no place for CO-RE relocations", (headerLength) => {
    const ext = parse({ ...SAMPLE, order, headerLength });
    expect(sectionsOf(ext)).toEqual({ ...SAMPLE_SECTIONS, coreRelos: undefined });
  });

  // libbpf takes them in its own byte order only.
  test("records that are longer than what is known of them", () => {
    const longer = {
      funcInfo: { ...SAMPLE.funcInfo, recordSize: 12 },
      lineInfo: { ...SAMPLE.lineInfo, recordSize: 32 },
      coreRelos: { ...SAMPLE.coreRelos, recordSize: 20 },
    };
    expect(sectionsOf(parse({ ...longer, order }))).toEqual(SAMPLE_SECTIONS);
  });

  test("parts in another order, with something in between and behind", () => {
    const arrangement = ["coreRelos", "funcInfo", "lineInfo"] as const;
    expect(sectionsOf(parse({ ...SAMPLE, order, arrangement, gap: 12 }))).toEqual(SAMPLE_SECTIONS);
  });
});

test("parts that are not there", () => {
  const { funcInfo, lineInfo, coreRelos } = SAMPLE;
  const nothing = { funcInfo: undefined, lineInfo: undefined, coreRelos: undefined };
  expect(sectionsOf(parse({ funcInfo }))).toEqual({ ...nothing, funcInfo: SAMPLE_SECTIONS.funcInfo });
  expect(sectionsOf(parse({ lineInfo }))).toEqual({ ...nothing, lineInfo: SAMPLE_SECTIONS.lineInfo });
  expect(sectionsOf(parse({ coreRelos }))).toEqual({ ...nothing, coreRelos: SAMPLE_SECTIONS.coreRelos });
});

test("the offset of a part that is not there may be anything", () => {
  const words = { [PART_AT.coreRelos]: 0xffffffff, [PART_AT.coreRelos + 4]: 0 };
  expect(parse({ ...SAMPLE, words }).coreRelos).toBeUndefined();
});

test("parts may overlap", () => {
  const words = { [PART_AT.coreRelos]: 44, [PART_AT.coreRelos + 4]: 52 };
  const ext = parse({ ...SAMPLE, words });
  expect(ext.coreRelos?.offset).toBe(ext.lineInfo?.offset);
  expect(ext.coreRelos?.sections[1]?.records()[0]).toEqual({
    insnOff: 0xfffffff8,
    typeId: 1,
    accessStrOff: 2,
    kind: 0xffffffff,
  });
});

test("a section may have no name, as far as this layer is concerned", () => {
  expect(
    parse({ funcInfo: { recordSize: 8, sections: [{ name: 0, records: [[0, 1]] }] } }).funcInfo?.sections[0]
      ?.name,
  ).toBe("");
});

describe("the bytes", () => {
  const bytes = extBytes(SAMPLE);

  test("at an odd offset of what they are a part of", () => {
    const around = new Uint8Array(bytes.length + 4);
    around.set(bytes, 3);
    expect(sectionsOf(parseBtfExt(around.subarray(3, 3 + bytes.length), btf))).toEqual(SAMPLE_SECTIONS);
  });

  test("in shared memory", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    expect(sectionsOf(parseBtfExt(shared, btf))).toEqual(SAMPLE_SECTIONS);
  });
});

describe("refuses", () => {
  test("other bytes", () => {
    for (let length = 0; length < 24; length++) {
      expect(extErrorOf(() => parseBtfExt(new Uint8Array(length), btf))?.code).toBe("header");
    }
    const error = extErrorOf(() => parseBtfExt(new Uint8Array(40).fill(0x7f), btf));
    expect(error?.message).toBe("btf-ext: not .BTF.ext: starts with 0x7f7f, not with 0xeb9f (offset 0x0)");
    expect(error?.code).toBe("magic");
  });

  test.each<[string, BtfExtErrorCode, ExtPlan]>([
    ["another version", "version", { bytes: { 2: 2 } }],
    ["version 0", "version", { bytes: { 2: 0 } }],
    ["flags", "version", { bytes: { 3: 1 } }],
    ["a header of 0 bytes", "header", { words: { 4: 0 } }],
    ["a header without line info", "header", { words: { 4: 23 } }],
    ["a header longer than the input", "header", { words: { 4: 1000 } }],
    ["a header of 4 GiB", "header", { words: { 4: 0xffffffff } }],
    ["a part that is not aligned", "part", { words: { 8: 2 } }],
    ["a part behind the end", "part", { words: { 8: 0x1000 } }],
    ["a part of which the end does not fit 32 bits", "part", { words: { 8: 0xfffffffc } }],
    ["a part that runs past the end", "part", { words: { 20: 0x1000 } }],
    ["a part of 4 GiB", "part", { words: { 20: 0xffffffff } }],
    ["a part of 3 bytes", "part", { words: { 12: 3 } }],
    ["a part without sections", "part", { funcInfo: { recordSize: 8, sections: [] } }],
    ["records that are too small", "record-size", { words: { 32: 4 } }],
    ["records of no bytes", "record-size", { words: { 32: 0 } }],
    ["records of 10 bytes", "record-size", { words: { 32: 10 } }],
    ["line info of 12 bytes", "record-size", { words: { 76: 12 } }],
    ["CO-RE relocations of 12 bytes", "record-size", { words: { 128: 12 } }],
    ["records of 4 GiB", "records", { words: { 32: 0xfffffffc } }],
    ["half the head of a section", "records", { words: { 12: 44 - 4 } }],
    ["half the head of a section at the end of the input", "records", { gap: 4, words: { 28: 48 } }],
    ["a section without records", "records", { words: { 40: 0 } }],
    ["more records than there are", "records", { words: { 56: 3 } }],
    ["2^32 - 1 records", "records", { words: { 56: 0xffffffff } }],
    ["a section name behind the strings", "section-name", { words: { 36: 1000 } }],
    ["a section name at the end of the 32 bits", "section-name", { words: { 36: 0xffffffff } }],
  ])("%s", (_, code, plan) => {
    for (const order of ["little", "big"] as const)
      expect(errorOf({ ...SAMPLE, order, ...plan })?.code).toBe(code);
  });

  test("a header with nothing behind it", () => {
    expect(errorOf({})?.code).toBe("header");
    expect(errorOf({ headerLength: 24 })?.code).toBe("header");
  });

  test("and says where and why", () => {
    expect(errorOf({ ...SAMPLE, words: { 8: 2 } })?.message).toBe(
      "btf-ext: func_info at 34 of 44 bytes is not a multiple of 4 behind the header (offset 0x8)",
    );
    expect(errorOf({ ...SAMPLE, words: { 20: 0x1000 } })?.message).toBe(
      "btf-ext: line_info at 76 of 4096 bytes runs past the 172 there are (offset 0x10)",
    );
    expect(errorOf({ ...SAMPLE, words: { 56: 3 } })).toMatchObject({ site: { offset: 52 } });
    expect(errorOf({ ...SAMPLE, words: { 56: 3 } })?.message).toBe(
      "btf-ext: func_info: 3 records of 8 bytes, with room for 16 bytes (offset 0x34)",
    );
    const error = errorOf({ ...SAMPLE, words: { 36: 1000 } });
    expect(error?.message).toBe("btf-ext: no section name at string offset 1000 (offset 0x24)");
    expect(error?.cause).toBeInstanceOf(BtfError);
  });

  test("section names that would be gigabytes when all are read", () => {
    const strings = new Uint8Array(1100).fill(0x61, 1, 1099);
    const named = (name: number) =>
      extErrorOf(() =>
        parseBtfExt(
          extBytes({ funcInfo: { recordSize: 8, sections: [{ name, records: [[0, 0]] }] } }),
          btfOf(strings),
        ),
      );
    expect(named(1099 - 1024)).toBeUndefined();
    expect(named(1099 - 1025)).toMatchObject({ code: "section-name", site: { offset: 36 } });
  });
});

test("what records refer to is not looked at", () => {
  const records = [[7, 0xffffffff, 0xffffffff, 99]];
  const ext = parse({ coreRelos: { recordSize: 16, sections: [{ name: offsetOf(".text"), records }] } });
  expect(ext.coreRelos?.sections[0]?.records()).toEqual([
    { insnOff: 7, typeId: 0xffffffff, accessStrOff: 0xffffffff, kind: 99 },
  ]);
});

test("codes are literals", () => {
  expectTypeOf<BtfExtError["code"]>().toEqualTypeOf<BtfExtErrorCode>();
  expectTypeOf<string>().not.toExtend<BtfExtErrorCode>();
});
