import { describe, expect, expectTypeOf, test } from "vitest";
import { type ByteOrder, BytesError, CoreError, readerOf, viewOf } from "./index.js";

const bytes = Uint8Array.of(0x01, 0x82, 0xf3, 0x04, 0x05, 0x06, 0x07, 0xf8, 0x09);
const ORDERS: readonly ByteOrder[] = ["little", "big"];

test("reads numbers of either byte order, at any offset", () => {
  const little = readerOf(bytes, "little");
  expect(little.u8(1)).toBe(0x82);
  expect(little.u16(1)).toBe(0xf382);
  expect(little.i16(1)).toBe(0xf382 - 0x10000);
  expect(little.u32(1)).toBe(0x0504f382);
  expect(little.i32(4)).toBe(0xf8070605 - 0x100000000);
  expect(little.u64(1)).toBe(0x09f807060504f382n);

  const big = readerOf(bytes, "big");
  expect(big.u8(1)).toBe(0x82);
  expect(big.u16(1)).toBe(0x82f3);
  expect(big.i16(1)).toBe(0x82f3 - 0x10000);
  expect(big.u32(1)).toBe(0x82f30405);
  expect(big.i32(1)).toBe(0x82f30405 - 0x100000000);
  expect(big.u64(1)).toBe(0x82f304050607f809n);
});

test("reads the bytes that it was given, whatever lies around them in memory", () => {
  const part = bytes.subarray(3, 7);
  for (const order of ORDERS) {
    const reader = readerOf(part, order);
    expect(reader.bytes).toBe(part);
    expect(reader.order).toBe(order);
    expect(reader.u8(0)).toBe(4);
    expect(() => reader.u8(4)).toThrow(BytesError);
    expect(() => reader.u8(-1)).toThrow(BytesError);
  }
  expect(viewOf(part).byteLength).toBe(4);
  expect(viewOf(part).getUint8(0)).toBe(4);
});

test("reads shared memory", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(9), 1);
  shared.set([1, 2, 3, 4]);
  expect(readerOf(shared, "big").u32(0)).toBe(0x01020304);
});

test("a slice is a view", () => {
  const own = bytes.slice();
  const slice = readerOf(own, "little").slice(2, 3);
  expect([...slice]).toEqual([0xf3, 0x04, 0x05]);
  own[2] = 0;
  expect(slice[0]).toBe(0);
  expect(readerOf(own, "little").slice(9, 0)).toHaveLength(0);
});

describe("bounds", () => {
  const widths = { u8: 1, u16: 2, i16: 2, u32: 4, i32: 4, u64: 8 } as const;
  const methods = Object.keys(widths) as (keyof typeof widths)[];

  test.each(methods)("%s reads what is there and throws for anything else", (method) => {
    const outside = [-(2 ** 31), -9, 2 ** 31 - 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53, Infinity, -Infinity, NaN];
    for (let length = 0; length < 12; length++) {
      for (const order of ORDERS) {
        const reader = readerOf(new Uint8Array(length), order);
        for (const at of [...Array.from({ length: 16 }, (_, i) => i - 2), ...outside]) {
          const fits = at >= 0 && at + widths[method] <= length;
          expect(reader.has(at, widths[method])).toBe(fits);
          if (fits) reader[method](at);
          else expect(() => reader[method](at)).toThrow(BytesError);
        }
      }
    }
  });

  test("a slice ends where the bytes do", () => {
    const reader = readerOf(bytes, "little");
    expect(reader.slice(0, 9)).toHaveLength(9);
    for (const [offset, length] of [
      [0, 10],
      [9, 1],
      [10, 0],
      [-1, 1],
      [1, -1],
      [0, 2 ** 53],
      [NaN, 1],
      [1, NaN],
    ] as const) {
      expect(reader.has(offset, length)).toBe(false);
      expect(() => reader.slice(offset, length)).toThrow(BytesError);
    }
  });

  test("the error says where", () => {
    const read = () => readerOf(bytes, "big").u32(7);
    expect(read).toThrow(CoreError);
    expect(read).toThrow("bytes: 4 bytes run past the end of 9 (offset 0x7)");
    expect(read).toThrow(expect.objectContaining({ code: "out-of-bounds", site: { offset: 7 } }));
  });
});

test("byte orders and codes are literals", () => {
  expectTypeOf<BytesError["code"]>().toEqualTypeOf<"out-of-bounds">();
  expectTypeOf<string>().not.toExtend<ByteOrder>();
});
