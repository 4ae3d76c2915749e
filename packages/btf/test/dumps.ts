import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ByteOrder } from "@core/bytes";
import { type Btf, parseBtf, type WritableType, writeBtf } from "../src/index.js";
import { int, struct, union } from "./build.js";

// Types that bpftool was asked to dump; test/dumps/<name>.txt has what it wrote.

export interface DumpCase {
  readonly name: string;
  readonly types: readonly WritableType[];
  /** What the types are split from. */
  readonly base?: readonly WritableType[];
  /** Types to dump alone, too. */
  readonly roots?: readonly (readonly number[])[];
}

const ptr = (typeId: number): WritableType => ({ kind: "ptr", typeId });
const constOf = (typeId: number): WritableType => ({ kind: "const", typeId });
const volatileOf = (typeId: number): WritableType => ({ kind: "volatile", typeId });
const restrictOf = (typeId: number): WritableType => ({ kind: "restrict", typeId });
const typedef = (name: string, typeId: number): WritableType => ({ kind: "typedef", name, typeId });
const array = (typeId: number, nelems: number): WritableType => ({
  kind: "array",
  typeId,
  indexTypeId: 1,
  nelems,
});
const fwd = (name: string, of: "struct" | "union" = "struct"): WritableType => ({ kind: "fwd", name, of });
const tag = (name: string, typeId: number, attribute = false): WritableType => ({
  kind: "type_tag",
  name,
  typeId,
  attribute,
});
const enumOf = (
  name: string,
  values: Readonly<Record<string, bigint>>,
  {
    kind = "enum",
    size = 4,
    signed = false,
  }: { kind?: "enum" | "enum64"; size?: number; signed?: boolean } = {},
): WritableType => ({
  kind,
  name,
  size,
  signed,
  enumerators: Object.entries(values).map(([enumerator, value]) => ({ name: enumerator, value })),
});
const proto = (
  returnTypeId: number,
  ...params: readonly (readonly [name: string, typeId: number])[]
): WritableType => ({
  kind: "func_proto",
  returnTypeId,
  params: params.map(([name, typeId]) => ({ name, typeId })),
});
const func = (name: string, typeId: number): WritableType => ({ kind: "func", name, typeId, linkage: 0 });
const declTag = (name: string, typeId: number, componentIndex = -1): WritableType => ({
  kind: "decl_tag",
  name,
  typeId,
  componentIndex,
  attribute: false,
});

const LONG_NAME = "n".repeat(252);

/** Numbers of 1, 2, 4 and 8 bytes, with the ids 1 to 4, and a `long` as wide as a pointer, 5. */
const numbers = (pointerSize: 4 | 8): readonly WritableType[] => [
  int("char", 1),
  int("short int", 2),
  int("int", 4),
  int("long long int", 8),
  int("long int", pointerSize),
];

const GAPS: readonly WritableType[] = [
  struct("at_ends", 24, [["middle", 1, 64]]),
  struct("of_chars", 8, [
    ["first", 1, 0],
    ["second", 1, 24],
    ["third", 1, 40],
  ]),
  struct("of_shorts", 16, [
    ["first", 2, 0],
    ["second", 2, 48],
    ["third", 1, 80],
  ]),
  struct("of_ints", 40, [
    ["first", 3, 0],
    ["second", 3, 96],
    ["third", 1, 160],
    ["fourth", 4, 256],
  ]),
  struct("natural", 24, [
    ["first", 1, 0],
    ["second", 4, 64],
    ["third", 1, 128],
  ]),
  struct("too_long", 64, [["only", 4, 0]]),
  struct("with_bitfields", 16, [
    ["one", 3, 0, 1],
    ["two", 3, 1, 2],
    ["seven", 3, 7, 5],
    ["sixteen", 3, 16, 4],
    ["thirty_two", 3, 32, 31],
    ["whole", 3, 64, 0],
    ["last", 1, 120, 3],
  ]),
  struct("packed", 13, [
    ["first", 1, 0],
    ["second", 4, 8],
    ["third", 3, 72],
  ]),
  struct("packed_by_size", 9, [
    ["first", 4, 0],
    ["second", 1, 64],
  ]),
  struct("packed_with_gap", 15, [
    ["first", 4, 8],
    ["second", 1, 112],
  ]),
  union("either", 16, [
    ["small", 1, 0],
    ["large", 4, 0],
    ["bits", 3, 0, 5],
  ]),
  union("gap_in_union", 16, [["late", 3, 64]]),
  struct("empty", 0, []),
  struct("sized_but_empty", 12, []),
  array(3, 0),
  struct("flexible", 8, [
    ["length", 4, 0],
    ["rest", 20, 64],
  ]),
  array(16, 3),
  struct("of_unions", 64, [
    ["unions", 22, 64],
    ["end", 1, 448],
  ]),
  struct("overlapping", 8, [
    ["first", 4, 0],
    ["second", 3, 16],
  ]),
];

export const WRITTEN: readonly DumpCase[] = [
  { name: "gaps", types: [...numbers(8), ...GAPS], roots: [[6], [19, 20, 7]] },
  { name: "gaps-32-bit", types: [...numbers(4), ...GAPS] },
  {
    name: "declarators",
    types: [
      int("int", 4),
      ptr(1),
      constOf(1),
      ptr(3),
      constOf(4),
      struct("s", 200, [
        ["pointer", 2, 0],
        ["to_const", 4, 64],
        ["const_pointer", 5, 128],
        ["restricted", 7, 192],
        ["array", 9, 256],
        ["arrays", 10, 256],
        ["array_pointer", 11, 512],
        ["const_array", 14, 576],
        ["pointers", 15, 640],
        ["function", 17, 768],
        ["functions", 18, 832],
        ["getter", 21, 960],
        ["array_of_getters", 22, 1024],
        ["tagged", 24, 1152],
        ["attributed", 26, 1216],
        ["noreturn", 29, 1280],
        ["variadic", 31, 1344],
        ["inline_struct", 33, 1408],
        ["inline_pointer", 34, 1440],
        ["inline_array", 35, 1504],
        ["", 33, 1568],
      ]),
      restrictOf(2),
      volatileOf(1),
      array(8, 2),
      array(9, 3),
      ptr(10),
      array(3, 4),
      volatileOf(12),
      constOf(13),
      array(4, 2),
      proto(0),
      ptr(16),
      array(17, 2),
      proto(1, ["", 2], ["named", 17]),
      ptr(19),
      ptr(36),
      array(21, 2),
      tag("rcu", 1),
      ptr(23),
      tag("address_space(1)", 1, true),
      ptr(25),
      proto(0, ["why", 1]),
      volatileOf(27),
      ptr(28),
      proto(1, ["format", 4], ["", 0]),
      ptr(30),
      proto(0, ["", 0]),
      struct("", 4, [["inner", 1, 0]]),
      ptr(33),
      array(33, 2),
      proto(20, ["callback", 17]),
      typedef("callback_t", 17),
      typedef("array_t", 10),
      typedef("inline_t", 33),
      typedef("takes_void_t", 32),
      typedef("nothing_t", 0),
      typedef("const_nothing_t", 43),
      constOf(0),
      ptr(43),
      typedef("pointer_to_const_nothing_t", 44),
      { kind: "float", name: "double", size: 8 },
      typedef("double_t", 46),
      proto(6, ["by_value", 6], ["inline_argument", 33]),
      typedef("by_value_t", 48),
    ],
    roots: [[6], [37, 49]],
  },
  {
    name: "dependencies",
    types: [
      int("int", 4),
      struct("leaf", 4, [["value", 1, 0]]),
      struct("holds_leaf", 16, [
        ["by_value", 2, 0],
        ["by_pointer", 4, 64],
      ]),
      ptr(5),
      struct("later", 8, [["back", 6, 0]]),
      ptr(3),
      // Needs the definition of what a nameless struct behind a pointer holds.
      struct("over_nameless", 8, [["", 8, 0]]),
      ptr(9),
      struct("", 24, [["inside", 10, 0]]),
      struct("needed", 24, [
        ["self", 11, 0],
        ["list", 12, 64],
      ]),
      ptr(10),
      typedef("list_t", 13),
      struct("list", 16, [
        ["next", 14, 0],
        ["head", 14, 64],
      ]),
      ptr(12),
      // A typedef that is needed while it is defined.
      typedef("handler_t", 16),
      ptr(17),
      proto(0, ["of", 18]),
      ptr(19),
      struct("handled", 8, [["handler", 15, 0]]),
      struct("declared_by_parameter", 8, [["call", 21, 0]]),
      ptr(22),
      proto(0, ["unseen", 23], ["seen", 24]),
      ptr(25),
      ptr(20),
      struct("unseen", 4, [["value", 1, 0]]),
      fwd("opaque"),
      fwd("opaque_union", "union"),
      struct("of_opaques", 16, [
        ["one", 29, 0],
        ["other", 30, 64],
      ]),
      ptr(26),
      ptr(27),
      typedef("opaque_t", 26),
      typedef("pointer_t", 33),
      ptr(31),
      union("union_of_pointers", 8, [
        ["leaf", 35, 0],
        ["later", 4, 0],
      ]),
      ptr(2),
      array(2, 2),
      typedef("leaves_t", 36),
      struct("of_leaves", 8, [["leaves", 37, 0]]),
    ],
    roots: [[7], [19], [34, 20]],
  },
  {
    name: "enums",
    types: [
      int("int", 4),
      enumOf("plain", { PLAIN_ONE: 1n, PLAIN_TWO: 2n }),
      enumOf("negative", { MINUS: -1n, LEAST: -0x80000000n }, { signed: true }),
      enumOf("top", { TOP: 0xffffffffn }),
      enumOf("byte", { BYTE: 1n }, { size: 1 }),
      enumOf("word", { WORD: 1n }, { size: 8 }),
      enumOf("wide", { WIDE: 1n << 40n, NARROW: 3n }, { kind: "enum64", size: 8 }),
      enumOf("wide_negative", { WIDE_MINUS: -2n }, { kind: "enum64", size: 8, signed: true }),
      enumOf("wide_but_small", { SMALL: 7n }, { kind: "enum64", size: 8 }),
      enumOf("wide_top", { WIDE_TOP: 0xffffffffffffffffn }, { kind: "enum64", size: 8 }),
      enumOf("declared", {}),
      enumOf("wide_declared", {}, { kind: "enum64", size: 8 }),
      enumOf("", { CONSTANT_A: 10n }),
      enumOf("", { CONSTANT_B: 20n }),
      enumOf("", { EMBEDDED: 1n }),
      enumOf("", {}),
      struct("with_enum", 12, [
        ["inline", 15, 0],
        ["named", 2, 32],
        ["declared", 18, 64],
      ]),
      ptr(11),
      enumOf("", { WIDE_CONSTANT: 1n << 33n }, { kind: "enum64", size: 8 }),
      enumOf("pair", { PAIR: 1n }, { size: 2 }),
    ],
    roots: [[13], [17, 3]],
  },
  {
    name: "names",
    types: [
      int("int", 4),
      struct("twin", 4, [["a", 1, 0]]),
      struct("twin", 4, [["b", 1, 0]]),
      union("twin", 4, [["c", 1, 0]]),
      fwd("twin"),
      ptr(5),
      struct("uses_twins", 32, [
        ["first", 9, 0],
        ["second", 10, 64],
        ["third", 11, 128],
        ["declared", 6, 192],
      ]),
      enumOf("twin", { ENUMERATOR: 1n, OTHER: 2n }),
      ptr(2),
      ptr(3),
      ptr(4),
      enumOf("another", { ENUMERATOR: 3n }),
      typedef("ENUMERATOR", 1),
      typedef("alias", 1),
      typedef("alias", 2),
      struct("alias", 4, [["of", 15, 0]]),
      struct(LONG_NAME, 4, [["a", 1, 0]]),
      struct(LONG_NAME, 4, [["b", 1, 0]]),
      struct("int", 4, [["a", 1, 0]]),
      struct(`${LONG_NAME}${"m".repeat(40)}`, 4, [["a", 1, 0]]),
      struct(`${LONG_NAME}${"m".repeat(40)}`, 4, [["b", 1, 0]]),
      typedef(LONG_NAME, 18),
      typedef(LONG_NAME, 17),
    ],
    roots: [[7]],
  },
  {
    name: "builtin-names",
    types: [
      int("__Poly8_t", 1),
      int("__Poly16_t", 2),
      int("__Poly64_t", 8),
      int("__Poly128_t", 16),
      struct("poly", 32, [
        ["a", 1, 0],
        ["b", 2, 16],
        ["c", 3, 64],
        ["d", 4, 128],
      ]),
      typedef("__builtin_va_list", 7),
      struct("__va_list_tag", 8, [["gp_offset", 3, 0]]),
      typedef("__gnuc_va_list", 0),
      typedef("va_list", 8),
      typedef("uses_builtin", 6),
    ],
  },
  {
    name: "kfuncs",
    types: [
      int("int", 4),
      struct("context", 4, [["value", 1, 0]]),
      ptr(2),
      proto(3, ["ctx", 3], ["flags", 1]),
      proto(0),
      func("bpf_zebra", 4),
      func("bpf_ant", 5),
      func("bpf_bee", 4),
      func("not_a_kfunc", 5),
      declTag("bpf_kfunc", 6),
      declTag("bpf_kfunc", 7),
      declTag("bpf_kfunc", 8),
      declTag("bpf_fastcall", 8),
      declTag("bpf_kfunc", 9, 0),
      declTag("bpf_kfunc_not", 9),
      declTag("bpf_fastcall", 9),
      declTag("bpf_kfunc", 2),
      declTag("bpf_kfunc", 7),
    ],
    roots: [[6, 2]],
  },
  {
    name: "order",
    types: [
      struct("zebra", 4, [["a", 2, 0]]),
      int("int", 4),
      struct("ant", 4, [["a", 2, 0]]),
      typedef("z_to_ant", 3),
      typedef("a_to_zebra", 1),
      typedef("number_t", 2),
      enumOf("late", { LATE: 1n }),
      enumOf("early", { EARLY: 1n }),
      typedef("early_t", 8),
      enumOf("", { ZZZ: 1n }),
      enumOf("", { AAA: 1n }),
      fwd("opaque"),
      ptr(12),
      typedef("opaque_t", 13),
      proto(0, ["a", 13]),
      ptr(15),
      typedef("callback_t", 16),
      struct("ant", 8, [["longer", 2, 0]]),
      struct("ant", 12, [["b", 6, 0]]),
      union("ant", 4, [["\u00e9", 2, 0]]),
      array(19, 2),
      typedef("ants_t", 21),
      enumOf("early", { EARLY_TOO: 2n }),
      struct("", 4, [["nameless", 2, 0]]),
      typedef("a_nameless_t", 24),
      { kind: "float", name: "double", size: 8 },
      typedef("\u00fcber_t", 26),
    ],
  },
  {
    // The first type of the order is one that others need.
    name: "first-is-named",
    types: [
      int("int", 4),
      enumOf("first", { FIRST: 1n }),
      ptr(2),
      enumOf("second", { SECOND: 1n }),
      struct("plain", 4, [["value", 1, 0]]),
      proto(0, ["first", 3]),
    ],
  },
  { name: "nothing", types: [] },
  { name: "only-a-number", types: [int("int", 4)] },
  {
    name: "hostile-names",
    types: [
      int("two words", 4),
      struct("a;b", 4, [["} x", 1, 0]]),
      typedef("line\nfeed", 1),
      enumOf('quo"te', { "back\\slash": 1n, "tab\tbed": 2n }),
      struct("café 名😀", 4, [["\u202e", 1, 0]]),
      typedef("\r\f\b", 2),
      tag('")))', 1),
      ptr(7),
      typedef("tagged", 8),
    ],
  },
  {
    name: "split",
    base: [
      int("int", 4),
      struct("in_base", 8, [["pointer", 3, 0]]),
      ptr(2),
      proto(3),
      func("bpf_of_base", 4),
      declTag("bpf_kfunc", 5),
      enumOf("", { IN_BASE: 1n }),
    ],
    types: [
      struct("in_module", 16, [
        ["base", 3, 0],
        ["by_value", 2, 64],
      ]),
      struct("in_base", 4, [["other", 1, 0]]),
      enumOf("", { IN_MODULE: 1n }),
      func("bpf_of_module", 4),
      declTag("bpf_kfunc", 11),
      { kind: "var", name: "counter", typeId: 8, linkage: 1 },
      { kind: "datasec", name: ".data", size: 16, vars: [{ typeId: 13, offset: 0, size: 16 }] },
    ],
    roots: [[8], [2, 9], [13]],
  },
];

/** Fixtures that clang or the fixtures' own writer made. */
export const FIXTURES = [
  "bits-plain",
  "device-every-kind",
  "enums-widths",
  "example-kernel",
  "ms-members",
  "nest-mixed",
  "records",
] as const;

const TARGETS = join(import.meta.dirname, "../../../tools/fixtures/targets");

export interface Input {
  readonly bytes: Uint8Array;
  readonly base: Uint8Array | undefined;
  readonly btf: Btf;
}

export function inputOf({ types, base }: DumpCase, order: ByteOrder): Input {
  if (base === undefined) return parsed(writeBtf(types, { order }));
  const baseBytes = writeBtf(base, { order });
  return parsed(writeBtf(types, { order, base: parseBtf(baseBytes) }), baseBytes);
}

export function fixtureOf(name: string, order: ByteOrder): Input {
  const suffix = order === "little" ? "el" : "eb";
  return parsed(new Uint8Array(readFileSync(join(TARGETS, `${name}-${suffix}.btf`))));
}

function parsed(bytes: Uint8Array, base?: Uint8Array): Input {
  return {
    bytes,
    base,
    btf: base === undefined ? parseBtf(bytes) : parseBtf(bytes, { base: parseBtf(base) }),
  };
}
