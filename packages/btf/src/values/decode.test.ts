import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { typeGraph } from "../../test/arbitrary.js";
import { btfOf, int, struct, union } from "../../test/build.js";
import { btfErrorOf } from "../../test/errors.js";
import { idOf, TYPES } from "../../test/typed-dumps.js";
import type { WritableType } from "../index.js";
import { decodeValue, formatData, type Value } from "./index.js";

const ORDERS = ["little", "big"] as const;

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

/** The first of some types, decoded from bytes. */
const decoded = (types: readonly WritableType[], hex: string, order: "little" | "big" = "little"): Value =>
  decodeValue(btfOf(types, order), 1, bytesOf(hex));

const enumOf = (size: number, signed: boolean, values: Readonly<Record<string, bigint>>): WritableType => ({
  kind: "enum",
  name: "e",
  size,
  signed,
  enumerators: Object.entries(values).map(([name, value]) => ({ name, value })),
});

describe("a value", () => {
  test("of an integer is a number up to 32 bits, and a bigint from there on", () => {
    expect(decoded([int("s8", 1)], "ff")).toBe(-1);
    expect(decoded([int("u16", 2, false)], "fffe")).toBe(0xfeff);
    expect(decoded([int("u16", 2, false)], "fffe", "big")).toBe(0xfffe);
    expect(decoded([int("s32", 4)], "000000ff")).toBe(-0x1000000);
    expect(decoded([int("u64", 8, false)], "ffffffffffffffff")).toBe(2n ** 64n - 1n);
    expect(decoded([int("s64", 8)], "80000000000000ff", "big")).toBe(-(2n ** 63n) + 255n);
    expect(decoded([int("s128", 16)], "ffffffffffffffffffffffffffffffff")).toBe(-1n);
    expect(decoded([int("u24", 3, false)], "010203")).toBe(0x030201);
  });

  test("of a bool is a boolean", () => {
    const bool: WritableType = { ...int("_Bool", 1, false), bool: true } as WritableType;
    expect(decoded([bool], "00")).toBe(false);
    expect(decoded([bool], "01")).toBe(true);
  });

  test("of a pointer is its address", () => {
    expect(decoded([{ kind: "ptr", typeId: 0 }], "0102030405060788")).toBe(0x8807060504030201n);
    const narrow = [{ kind: "ptr", typeId: 0 }, int("long int", 4)] satisfies WritableType[];
    expect(decoded(narrow, "01020384")).toBe(0x84030201);
  });

  test("of a float is a number, or its bytes", () => {
    const float = (size: number): WritableType => ({ kind: "float", name: "f", size });
    expect(decoded([float(4)], "0000c03f")).toBe(1.5);
    expect(decoded([float(8)], "3ff8000000000000", "big")).toBe(1.5);
    expect(decoded([float(16)], "0102030405060708090a0b0c0d0e0f10")).toEqual(
      bytesOf("0102030405060708090a0b0c0d0e0f10"),
    );
  });

  test("of an enum is the first name of its value, or the value", () => {
    expect(decoded([enumOf(4, false, { A: 1n, B: 1n })], "01000000")).toBe("A");
    expect(decoded([enumOf(4, false, { A: 1n })], "02000000")).toBe(2);
    expect(decoded([enumOf(4, true, { A: -1n })], "ffffffff")).toBe("A");
    expect(decoded([enumOf(4, false, { A: 0xffffffffn })], "ffffffff")).toBe("A");
    expect(decoded([enumOf(1, true, { A: -2n })], "fe")).toBe("A");
    expect(
      decoded(
        [{ ...enumOf(8, false, { A: 2n ** 63n }), kind: "enum64" } as WritableType],
        "0000000000000080",
      ),
    ).toBe("A");
    expect(decoded([enumOf(8, true, {})], "feffffffffffffff")).toBe(-2n);
  });

  test("of an array is an array, of char a string on demand", () => {
    const types: WritableType[] = [
      { kind: "array", typeId: 2, indexTypeId: 2, nelems: 4 },
      { kind: "const", typeId: 3 },
      int("char", 1),
    ];
    const btf = btfOf(types);
    expect(decodeValue(btf, 1, bytesOf("61c3a900"))).toEqual([0x61, 0xc3 - 256, 0xa9 - 256, 0]);
    expect(decodeValue(btf, 1, bytesOf("61c3a900"), { strings: true })).toBe("aé");
    expect(decodeValue(btf, 1, bytesOf("61626364"), { strings: true })).toBe("abcd");
    const unsigned = btfOf([types[0]!, types[1]!, int("unsigned char", 1, false)]);
    expect(decodeValue(unsigned, 1, bytesOf("61000000"), { strings: true })).toEqual([0x61, 0, 0, 0]);
    const flexible = btfOf([{ kind: "array", typeId: 2, indexTypeId: 2, nelems: 0 }, int("char", 1)]);
    expect(decodeValue(flexible, 1, bytesOf("6162"))).toEqual([]);
  });

  test("of a struct has the fields of its anonymous members among its own", () => {
    const types: WritableType[] = [
      struct("s", 12, [
        ["a", 2, 0],
        ["", 3, 32],
        ["in", 3, 64],
      ]),
      int("int", 4),
      union("", 4, [
        ["i", 2, 0],
        ["c", 4, 0],
      ]),
      int("char", 1),
    ];
    expect(decoded(types, "010000000200000003000000")).toEqual({ a: 1, i: 2, c: 2, in: { i: 3, c: 3 } });
  });

  test("of a struct is an object without a prototype, whatever its members are called", () => {
    const types = [
      struct("s", 8, [
        ["__proto__", 2, 0],
        ["constructor", 2, 32],
      ]),
      struct("inner", 4, [["polluted", 3, 0]]),
      int("int", 4),
    ];
    const value = decoded(types, "0100000002000000");
    expect(Object.getPrototypeOf(value)).toBe(null);
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(Object.hasOwn({}, "polluted") || "polluted" in {}).toBe(false);
  });

  test("of a section and of what it has are objects without a prototype, too", () => {
    const types: WritableType[] = [
      { kind: "datasec", name: ".data", size: 8, vars: [{ typeId: 2, offset: 0, size: 8 }] },
      { kind: "var", name: "__proto__", typeId: 3, linkage: 0 },
      struct("__proto__", 8, [
        ["__proto__", 4, 0],
        ["polluted", 5, 32],
      ]),
      struct("constructor", 4, [["prototype", 5, 0]]),
      int("int", 4),
    ];
    const value = decoded(types, "0100000002000000");
    expect(JSON.stringify(value)).toBe('{"__proto__":{"__proto__":{"prototype":1},"polluted":2}}');
    expect("polluted" in {} || "prototype" in {}).toBe(false);
  });

  test("of a section has its variables", () => {
    const types: WritableType[] = [
      { kind: "datasec", name: ".data", size: 8, vars: [{ typeId: 2, offset: 4, size: 4 }] },
      { kind: "var", name: "counter", typeId: 3, linkage: 0 },
      int("int", 4),
    ];
    expect(decoded(types, "0000000007000000")).toEqual({ counter: 7 });
  });

  test("of a bitfield as it was before Linux 4.20", () => {
    const types: WritableType[] = [
      struct("s", 4, [
        ["a", 2, 0],
        ["b", 3, 0],
      ]),
      { ...int("a", 4, false), bits: 3 } as WritableType,
      { ...int("b", 4), bits: 5, bitOffset: 3 } as WritableType,
    ];
    expect(decoded(types, "fd000000")).toEqual({ a: 5, b: -1 });
    expect(decoded(types, "bf000000", "big")).toEqual({ a: 5, b: -1 });
  });
});

describe("bitfields", () => {
  test("are where libbpf finds them", () => {
    // The numbers are libbpf's, of test/typed-dumps.json.
    const bits = (order: "little" | "big", hex: string) =>
      decodeValue(btfOf(TYPES, order), idOf("bits"), bytesOf(hex));
    expect(bits("big", "0f1e2d3c4b5a6978")).toMatchObject({ a: 0, b: 0xf1e, c: 0x2d3c4b5a69n });
    expect(bits("little", "0100000000000007")).toMatchObject({ a: 1, b: 0, c: 0n });
  });

  /** Fields of given widths, one behind the other, and their values. */
  const fields = fc.array(
    fc.integer({ min: 1, max: 64 }).chain((width) =>
      fc.record({
        width: fc.constant(width),
        signed: fc.boolean(),
        bits: fc.bigInt({ min: 0n, max: 2n ** BigInt(width) - 1n }),
      }),
    ),
    { minLength: 1, maxLength: 12 },
  );

  test.each(ORDERS)("of any width have the values that were put there, %s-endian", (order) => {
    fc.assert(
      fc.property(fields, (all) => {
        // Written a bit at a time, in the order in which compilers fill units: from the lowest bit, or from the highest.
        const stream = all.flatMap(({ width, bits }) => {
          const digits = [...bits.toString(2).padStart(width, "0")];
          return order === "little" ? digits.reverse() : digits;
        });
        const bytes = new Uint8Array(Math.ceil(stream.length / 8));
        for (const [at, digit] of stream.entries()) {
          const bit = order === "little" ? at % 8 : 7 - (at % 8);
          if (digit === "1") bytes[Math.floor(at / 8)]! |= 1 << bit;
        }
        let bitOffset = 0;
        const members = all.map(({ width, signed }, i) => {
          const at = bitOffset;
          bitOffset += width;
          return [`f${i}`, signed ? 2 : 3, at, width] as const;
        });
        const btf = btfOf([struct("s", bytes.length, members), int("s64", 8), int("u64", 8, false)], order);
        const expected = all.map(({ width, signed, bits }, i) => {
          const value = signed ? BigInt.asIntN(width, bits) : bits;
          return [`f${i}`, width > 32 ? value : Number(value)];
        });
        expect(decodeValue(btf, 1, bytes)).toEqual(Object.fromEntries(expected));
      }),
    );
  });

  test.each(ORDERS)("and integers of any size, %s-endian", (order) => {
    const widths = [8, 16, 32, 64] as const;
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (number) => {
        const view = new DataView(new ArrayBuffer(8));
        const little = order === "little";
        for (const width of widths) {
          const value = BigInt.asIntN(width, number);
          if (width === 8) view.setInt8(0, Number(value));
          else if (width === 16) view.setInt16(0, Number(value), little);
          else if (width === 32) view.setInt32(0, Number(value), little);
          else view.setBigInt64(0, value, little);
          const btf = btfOf([int("int", width / 8)], order);
          expect(decodeValue(btf, 1, new Uint8Array(view.buffer))).toBe(width === 64 ? value : Number(value));
        }
      }),
    );
  });
});

describe("refused", () => {
  test("too few bytes", () => {
    expect(btfErrorOf(() => decoded([int("int", 4)], "010203"))).toMatchObject({ code: "data" });
  });

  test("types without values", () => {
    expect(btfErrorOf(() => decodeValue(btfOf([int("int", 4)]), 0, bytesOf("")))?.code).toBe("no-size");
    expect(btfErrorOf(() => decodeValue(btfOf([int("int", 4)]), 2, bytesOf("")))?.code).toBe("type-id");
    expect(btfErrorOf(() => decoded([{ kind: "fwd", name: "f", of: "struct" }], ""))?.code).toBe("no-size");
    const user = [
      struct("s", 0, [["f", 2, 0]]),
      { kind: "fwd", name: "f", of: "struct" },
    ] satisfies WritableType[];
    expect(btfErrorOf(() => decoded(user, ""))?.code).toBe("no-size");
  });

  test("structs that contain themselves", () => {
    const itself = [
      struct("s", 8, [
        ["a", 1, 0],
        ["b", 1, 0],
      ]),
    ];
    expect(btfErrorOf(() => decoded(itself, "0000000000000000"))?.code).toBe("too-complex");
    const anonymous = [
      struct("s", 8, [
        ["", 1, 0],
        ["", 1, 0],
      ]),
    ];
    expect(btfErrorOf(() => decoded(anonymous, "0000000000000000"))?.code).toBe("too-complex");
    expect(btfErrorOf(() => formatData(btfOf(itself), 1, bytesOf("0000000000000000")))?.code).toBe(
      "too-complex",
    );
  });

  test("arrays of more elements than there can be", () => {
    const types: WritableType[] = [
      { kind: "array", typeId: 2, indexTypeId: 0, nelems: 0xffffffff },
      struct("empty", 0, []),
    ];
    expect(btfErrorOf(() => decoded(types, ""))?.code).toBe("too-complex");
    const large = [
      struct("s", 4, [["a", 2, 0]]),
      { kind: "array", typeId: 3, indexTypeId: 0, nelems: 0xffffffff },
      int("c", 1),
    ];
    expect(btfErrorOf(() => decoded(large as WritableType[], "00000000"))?.code).toBe("too-complex");
  });
});

test("a variable of itself, in a section, is too complex to be decoded", () => {
  const section = {
    kind: "datasec",
    name: ".data",
    size: 0,
    vars: [{ typeId: 2, offset: 0, size: 0 }],
  } as const;
  const itself = { kind: "var", name: "v", typeId: 2, linkage: 0 } as const;
  expect(btfErrorOf(() => decodeValue(btfOf([section, itself]), 1, new Uint8Array()))?.code).toBe(
    "too-complex",
  );
});

test("a section of itself is too complex to be shown", () => {
  const itself = {
    kind: "datasec",
    name: ".data",
    size: 0,
    vars: [{ typeId: 1, offset: 0, size: 0 }],
  } as const;
  expect(btfErrorOf(() => formatData(btfOf([itself]), 1, new Uint8Array()))?.code).toBe("too-complex");
});

test("any types and any bytes give a value, or a BtfError", () => {
  fc.assert(
    fc.property(typeGraph(1), fc.uint8Array({ maxLength: 64 }), fc.boolean(), (types, bytes, flag) => {
      const btf = btfOf(types);
      for (let id = 0; id < btf.endId; id++) {
        btfErrorOf(() => decodeValue(btf, id, bytes, { strings: flag }));
        const options = { compact: flag, emitStrings: flag, emitZeroes: flag };
        btfErrorOf(() => formatData(btf, id, bytes, flag ? { ...options, style: "libbpf" } : options));
      }
    }),
  );
});
