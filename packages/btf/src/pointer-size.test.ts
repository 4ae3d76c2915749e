import { describe, expect, test } from "vitest";
import { type Btf, parseBtf, pointerSizeOf, type WritableType, writeBtf } from "./index.js";

const int = (name: string, size: number): WritableType => ({
  kind: "int",
  name,
  size,
  bits: 8 * size,
  bitOffset: 0,
  signed: true,
  char: false,
  bool: false,
});

const bytesOf = (types: WritableType[], base?: Btf) =>
  writeBtf(types, base === undefined ? { order: "big" } : { order: "big", base });
const guess = (...types: WritableType[]) => pointerSizeOf(parseBtf(bytesOf(types)));

// All spellings of libbpf's determine_ptr_size.
test.each([
  "long",
  "long int",
  "int long",
  "unsigned long",
  "long unsigned",
  "unsigned long int",
  "unsigned int long",
  "long unsigned int",
  "long int unsigned",
  "int unsigned long",
  "int long unsigned",
])("is the size of %j", (name) => {
  expect(guess(int(name, 4))).toBe(4);
  expect(guess(int("int", 4), int(name, 8))).toBe(8);
});

test.each(["long long", "long long int", "unsigned int", "signed long", "longs", "Long", "long "])(
  "is not the size of %j",
  (name) => {
    expect(guess(int(name, 4))).toBe(8);
  },
);

test("is that of the first long of 4 or 8 bytes", () => {
  expect(guess(int("long", 16), int("long", 4), int("unsigned long", 8))).toBe(4);
  expect(guess(int("unsigned long", 8), int("long", 4))).toBe(8);
});

test("a typedef, struct or enum is no long", () => {
  expect(guess({ kind: "struct", name: "long", size: 4, members: [] })).toBe(8);
  expect(guess({ kind: "enum", name: "long", size: 4, signed: false, enumerators: [] })).toBe(8);
  expect(guess({ kind: "float", name: "long", size: 4 })).toBe(8);
});

test("is 8 when there is nothing to guess from", () => {
  expect(guess()).toBe(8);
});

test("is what the caller says", () => {
  const bytes = bytesOf([int("long", 4)]);
  expect(pointerSizeOf(parseBtf(bytes, { pointerSize: 8 }))).toBe(8);
  expect(pointerSizeOf(parseBtf(bytesOf([]), { pointerSize: 4 }))).toBe(4);
});

describe("of split BTF", () => {
  const long4 = [int("long", 4)];
  const long8 = [int("long", 8)];

  test("is its base's", () => {
    const base = parseBtf(bytesOf(long4));
    const split = parseBtf(bytesOf(long8, base), { base });
    expect(pointerSizeOf(split)).toBe(4);
    expect(pointerSizeOf(parseBtf(bytesOf([], split), { base: split }))).toBe(4);
  });

  test("is what the caller said of the base", () => {
    const base = parseBtf(bytesOf(long4), { pointerSize: 8 });
    expect(pointerSizeOf(parseBtf(bytesOf(long4, base), { base }))).toBe(8);
    expect(pointerSizeOf(parseBtf(bytesOf([], base), { base, pointerSize: 4 }))).toBe(4);
  });

  test("is guessed from its own long when the base has none", () => {
    const base = parseBtf(bytesOf([int("int", 4)]));
    expect(pointerSizeOf(parseBtf(bytesOf(long4, base), { base }))).toBe(4);
    expect(pointerSizeOf(base)).toBe(8);
    expect(pointerSizeOf(parseBtf(bytesOf(long4, base), { base }))).toBe(4);
  });
});
