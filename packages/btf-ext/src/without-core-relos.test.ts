import { describe, expect, test } from "vitest";
import { btfOf, type ExtPlan, extBytes, PART_AT, SAMPLE } from "../test/builder.js";
import { sectionsOf } from "../test/sections.js";
import { parseBtfExt, withoutCoreRelos } from "./index.js";

const btf = btfOf();
const ORDERS = ["little", "big"] as const;

function without(plan: ExtPlan) {
  const original = extBytes(plan);
  const ext = parseBtfExt(original, btf);
  const { bytes, removed } = withoutCoreRelos(ext);
  // Read again as strictly as libbpf does: nothing else may have changed.
  const again = parseBtfExt(bytes, btf);
  expect(again.coreRelos).toBeUndefined();
  expect(sectionsOf(again)).toEqual({ ...sectionsOf(ext), coreRelos: undefined });
  expect(again.headerLength).toBe(ext.headerLength);
  return { original, bytes, removed };
}

/** The bytes that differ, but for the header's fields of the part. */
const changedBytes = (before: Uint8Array, after: Uint8Array): number[] =>
  [...after.keys()].filter(
    (i) => before[i] !== after[i] && !(i >= PART_AT.coreRelos && i < PART_AT.coreRelos + 8),
  );

describe.each(ORDERS)("%s-endian", (order) => {
  test.each([32, 40, 35])("last, behind a header of %d bytes: the end is gone", (headerLength) => {
    const { original, bytes, removed } = without({ ...SAMPLE, order, headerLength, filler: 0xff });
    expect(removed).toEqual({ start: headerLength + 96, end: headerLength + 140 });
    expect(bytes).toHaveLength(headerLength + 96);
    expect(changedBytes(original, bytes)).toEqual([]);
    expect([...bytes.subarray(24, 32)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test.each([
    ["in the middle", ["funcInfo", "coreRelos", "lineInfo"], 76],
    ["first", ["coreRelos", "lineInfo", "funcInfo"], 32],
  ] as const)("%s: its bytes are 0", (_, arrangement, start) => {
    const { original, bytes, removed } = without({ ...SAMPLE, order, arrangement });
    expect(removed).toEqual({ start, end: start + 44 });
    expect(bytes).toHaveLength(original.length);
    expect(bytes.subarray(start, start + 44).every((byte) => byte === 0)).toBe(true);
    expect(changedBytes(original, bytes).every((i) => i >= start && i < start + 44)).toBe(true);
  });

  test("last, with something behind it: its bytes are 0", () => {
    const { original, bytes, removed } = without({ ...SAMPLE, order, gap: 4 });
    expect(removed).toEqual({ start: 136, end: 180 });
    expect(bytes).toHaveLength(original.length);
    expect([...bytes.subarray(180)]).toEqual([0xcd, 0xcd, 0xcd, 0xcd]);
    expect(bytes.subarray(136, 180).every((byte) => byte === 0)).toBe(true);
  });

  test("alone: its bytes are 0, as a header with nothing behind it is refused", () => {
    const { original, bytes, removed } = without({ coreRelos: SAMPLE.coreRelos, order });
    expect(removed).toEqual({ start: 32, end: 76 });
    expect(bytes).toHaveLength(original.length);
    expect(bytes.subarray(24).every((byte) => byte === 0)).toBe(true);
  });

  // Func info is at 32 to 76, line info to 128, and the relocations would be to 172.
  test.each([
    ["the same bytes as another part", 76, 52],
    ["a part of another part", 100, 4],
    ["the end of another part and more", 124, 48],
    ["the start of another part", 32, 16],
    ["all parts", 32, 140],
  ])("%s: they stay", (_, offset, length) => {
    const original = extBytes({ ...SAMPLE, order });
    const ext = parseBtfExt(original, btf);
    const { bytes, removed } = withoutCoreRelos({ ...ext, coreRelos: { offset, length, sections: [] } });
    expect(removed).toBeUndefined();
    expect(bytes).toHaveLength(original.length);
    expect(changedBytes(original, bytes)).toEqual([]);
    expect(parseBtfExt(bytes, btf).coreRelos).toBeUndefined();
  });

  test.each([
    ["there are none", { funcInfo: SAMPLE.funcInfo, lineInfo: SAMPLE.lineInfo }],
    ["the header is too short for them", { ...SAMPLE, headerLength: 24 }],
    ["they are somewhere, but of no length", { ...SAMPLE, words: { [PART_AT.coreRelos + 4]: 0 } }],
  ])("%s: a copy", (_, plan) => {
    const { original, bytes, removed } = without({ ...plan, order });
    expect(removed).toBeUndefined();
    expect(bytes).toEqual(original);
    expect(bytes.buffer).not.toBe(original.buffer);
  });
});

test("a second time changes nothing", () => {
  const { bytes } = without(SAMPLE);
  expect(withoutCoreRelos(parseBtfExt(bytes, btf)).bytes).toEqual(bytes);
});

test("the input stays as it is, a Buffer, whose slice() is a view, included", () => {
  const bytes = extBytes(SAMPLE);
  const buffer = Buffer.from(bytes);
  const result = withoutCoreRelos(parseBtfExt(buffer, btf)).bytes;
  expect([...buffer]).toEqual([...bytes]);
  result.fill(0xff);
  expect([...buffer]).toEqual([...bytes]);
});
