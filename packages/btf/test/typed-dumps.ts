import type { WritableType } from "../src/index.js";
import type { TypedDumpOptions } from "../src/values/index.js";
import { int, struct, union } from "./build.js";

// What libbpf was asked to dump, and in test/typed-dumps.json what it printed.

const enumOf = (
  kind: "enum" | "enum64",
  name: string,
  size: number,
  signed: boolean,
  values: Readonly<Record<string, bigint>>,
): WritableType => ({
  kind,
  name,
  size,
  signed,
  enumerators: Object.entries(values).map(([enumerator, value]) => ({ name: enumerator, value })),
});

const array = (typeId: number, nelems: number): WritableType => ({
  kind: "array",
  typeId,
  indexTypeId: 2,
  nelems,
});

/** Types by the names that the cases use; what a type refers to is given by position. */
const named: readonly (readonly [string, WritableType])[] = [
  /* 1 */ ["char", int("char", 1)],
  /* 2 */ ["int", int("int", 4)],
  /* 3 */ ["u8", int("unsigned char", 1, false)],
  /* 4 */ ["u16", int("short unsigned int", 2, false)],
  /* 5 */ ["s64", int("long int", 8)],
  /* 6 */ ["u64", int("long unsigned int", 8, false)],
  /* 7 */ ["s128", int("__int128", 16)],
  /* 8 */ ["odd", int("odd", 3)],
  /* 9 */ ["float", { kind: "float", name: "float", size: 4 }],
  /* 10 */ ["double", { kind: "float", name: "double", size: 8 }],
  /* 11 */ ["long double", { kind: "float", name: "long double", size: 16 }],
  /* 12 */ ["color", enumOf("enum", "color", 4, false, { RED: 0n, GREEN: 1n, LAST: 0xffffffffn })],
  /* 13 */ ["sign", enumOf("enum", "sign", 4, true, { ZERO: 0n, MINUS: -1n, MINUS_TWO: -2n })],
  /* 14 */ ["small", enumOf("enum", "small", 1, true, { SMALL: 1n, NEGATIVE: -1n })],
  /* 15 */ ["big", enumOf("enum64", "big", 8, false, { BIG: 0x100000000n })],
  /* 16 */ ["sbig", enumOf("enum64", "sbig", 8, true, { BELOW: -0x100000000n })],
  /* 17 */ ["pointer", { kind: "ptr", typeId: 0 }],
  /* 18 */ [
    "proto",
    {
      kind: "func_proto",
      returnTypeId: 2,
      params: [
        { name: "data", typeId: 17 },
        { name: "n", typeId: 2 },
        { name: "", typeId: 0 },
      ],
    },
  ],
  /* 19 */ ["callback", { kind: "ptr", typeId: 18 }],
  /* 20 */ ["callbacks", array(19, 2)],
  /* 21 */ ["text", array(1, 8)],
  /* 22 */ ["ints", array(2, 3)],
  /* 23 */ ["matrix", array(22, 2)],
  /* 24 */ ["to array", { kind: "ptr", typeId: 22 }],
  /* 25 */ ["const", { kind: "const", typeId: 2 }],
  /* 26 */ ["typedef", { kind: "typedef", name: "int_t", typeId: 25 }],
  /* 27 */ [
    "pair",
    struct("pair", 8, [
      ["first", 2, 0],
      ["second", 2, 32],
    ]),
  ],
  /* 28 */ ["pairs", array(27, 2)],
  /* 29 */ [
    "anonymous",
    union("", 4, [
      ["i", 2, 0],
      ["bytes", 30, 0],
    ]),
  ],
  /* 30 */ ["bytes", array(3, 4)],
  /* 31 */ [
    "outer",
    struct("outer", 24, [
      ["in", 27, 0],
      ["", 29, 64],
      ["to", 17, 128],
    ]),
  ],
  /* 32 */ [
    "bits",
    struct("bits", 8, [
      ["a", 2, 0, 3],
      ["b", 4, 3, 13],
      ["c", 6, 16, 40],
      ["d", 13, 56, 3],
    ]),
  ],
  /* 33 */ [
    "enum bits",
    struct("enum_bits", 4, [
      ["a", 12, 0, 2],
      ["b", 13, 2, 30],
    ]),
  ],
  /* 34 */ [
    "packed",
    struct("packed", 9, [
      ["c", 1, 0],
      ["e", 12, 8],
      ["i", 2, 40],
    ]),
  ],
  /* 35 */ [
    "mixed",
    struct("mixed", 16, [
      ["name", 36, 0],
      ["n", 22, 32],
    ]),
  ],
  /* 36 */ ["name", array(1, 4)],
  /* 37 */ [
    "after",
    struct("after", 8, [
      ["name", 36, 0],
      ["x", 1, 32],
      ["y", 3, 40],
      ["z", 3, 48],
    ]),
  ],
  /* 38 */ ["twin", struct("pair", 4, [["only", 2, 0]])],
  /* 39 */ [
    "twins",
    struct("twins", 24, [
      ["a", 40, 0],
      ["b", 41, 64],
      ["c", 40, 128],
    ]),
  ],
  /* 40 */ ["to pair", { kind: "ptr", typeId: 27 }],
  /* 41 */ ["to twin", { kind: "ptr", typeId: 38 }],
  /* 42 */ ["variable", { kind: "var", name: "counter", typeId: 26, linkage: 0 }],
  /* 43 */ ["extern", { kind: "var", name: "limits", typeId: 27, linkage: 2 }],
  /* 44 */ [
    "section",
    {
      kind: "datasec",
      name: ".data",
      size: 12,
      vars: [
        { typeId: 42, offset: 0, size: 4 },
        { typeId: 43, offset: 4, size: 8 },
      ],
    },
  ],
  /* 45 */ ["empty", struct("empty", 0, [])],
  /* 46 */ ["none", array(2, 0)],
  /* 47 */ ["forward", { kind: "fwd", name: "forward", of: "union" }],
  /* 48 */ ["tag", { kind: "decl_tag", name: "tag", typeId: 27, componentIndex: -1, attribute: false }],
  /* 49 */ ["to forward", { kind: "ptr", typeId: 47 }],
  /* 50 */ [
    "straddling",
    struct("straddling", 5, [
      ["a", 3, 0, 4],
      ["b", 2, 4, 32],
    ]),
  ],
];

export const TYPES: readonly WritableType[] = named.map(([, type]) => type);

/** The number of a type. */
export const idOf = (name: string): number => named.findIndex(([known]) => known === name) + 1;

export interface Case {
  readonly type: string;
  /** In hex: the same bytes for either byte order. */
  readonly data: string;
  readonly options: TypedDumpOptions;
}

const compact: TypedDumpOptions = { compact: true };
const zeroes: TypedDumpOptions = { compact: true, emitZeroes: true };
const strings: TypedDumpOptions = { compact: true, emitStrings: true };
const plain: TypedDumpOptions = {};

const cases: readonly (readonly [type: string, data: string, ...options: TypedDumpOptions[]])[] = [
  ["char", "41", plain],
  ["char", "ff", plain],
  ["int", "ffffffff", plain, { skipNames: true }, { level: 2 }, { level: 3, indent: "  " }],
  ["int", "0102", plain],
  ["u8", "ff", plain],
  ["u16", "fffe", plain],
  ["s64", "ff000000000000fe", plain],
  ["u64", "ff000000000000fe", plain],
  ["s128", "01000000000000000000000000000000", plain],
  ["s128", "010000000000000f0000000000000002", plain],
  ["odd", "010203", plain],
  ["float", "0000c03f", plain],
  ["float", "3fc00000", plain],
  ["float", "7f800000", plain],
  ["float", "0000c0ff", plain],
  ["double", "000000000000803f", plain],
  ["double", "3f80000000000000", plain],
  ["double", "7fefffffffffffff", plain],
  ["double", "ffffffffffffef7f", plain],
  ["double", "9a9999999999b9bf", plain],
  ["double", "0100000000000080", plain],
  ["long double", "000000000000008000400000000000000000", plain],
  ["long double", "3fff8000000000000000000000000000", plain],
  ["long double", "0000000000000080ff3f000000000000", plain],
  ["long double", "7fff0000000000000000000000000000", plain],
  ["color", "00000000", plain],
  ["color", "01000000", plain],
  ["color", "00000001", plain],
  ["color", "ffffffff", plain],
  ["color", "07070707", plain],
  ["sign", "ffffffff", plain],
  ["sign", "fdfdfdfd", plain],
  ["small", "ff", plain],
  ["small", "05", plain],
  ["big", "0000000001000000", plain],
  ["big", "0000000100000000", plain],
  ["big", "ffffffffffffffff", plain],
  ["sbig", "00000000ffffffff", plain],
  ["sbig", "ffffffff00000000", plain],
  ["sbig", "feffffffffffffff", plain],
  ["pointer", "0000000000000000", plain],
  ["pointer", "80ffffffff12340f", plain],
  ["callback", "0000000000000001", plain],
  ["callbacks", "00000000000000010000000000000000", plain, compact],
  ["to array", "0000000000000001", plain],
  ["to forward", "0000000000000001", plain],
  ["text", "68656c6c6f000000", plain, compact, strings, { emitStrings: true }],
  ["text", "0068656c6c6f0000", compact, strings],
  ["text", "68656c6c6f206f6b", compact, strings],
  ["text", "68c3a90a22000000", compact, strings],
  ["ints", "010000000000000003000000", plain, compact, { skipNames: true }],
  ["matrix", "010000000200000003000000040000000500000006000000", plain, compact],
  ["const", "2a00002a", plain],
  ["typedef", "2a00002a", plain],
  ["pair", "0100000100000000", plain, compact, zeroes, { skipNames: true }, { level: 1, indent: "  " }],
  ["pair", "0000000000000000", plain, compact],
  ["pairs", "00000000000000000100000100000000", plain, compact],
  ["outer", "010000010000000005000000000000000000000000000001", plain, compact, zeroes],
  ["outer", "000000000100000000000000000000000000000000000000", compact, zeroes],
  ["bits", "0f1e2d3c4b5a6978", plain, zeroes],
  ["bits", "0000000000000000", compact, zeroes],
  ["bits", "0100000000000007", compact],
  ["enum bits", "01000000", compact, zeroes],
  ["enum bits", "fdffffff", compact],
  ["packed", "010100000001000001", compact, zeroes],
  ["straddling", "f1ffffff0f", compact],
  ["mixed", "6100000000000000000000000100000b", compact, strings],
  ["mixed", "0000000000000000000000000100000b", compact],
  ["after", "6162630061006200", compact, strings, zeroes, { emitStrings: true }],
  ["twins", "010000000000000002000000000000000300000000000000", compact],
  ["variable", "2a00002a", plain, { level: 1 }],
  ["section", "2a00002a0100000102000002", plain, compact],
  ["empty", "", plain, compact],
  ["none", "", plain, compact],
  ["forward", "", plain],
  ["tag", "0000000000000000", plain],
  ["pair", "01000001", compact],
  ["ints", "0100000102", compact],
  ["outer", "0100000100000000050000", compact],
  ["bits", "0f1e", compact],
];

export const CASES: readonly Case[] = cases.flatMap(([type, data, ...options]) =>
  options.map((one) => ({ type, data, options: one })),
);
