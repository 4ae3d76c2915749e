import type { ByteOrder } from "@core/bytes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { typeGraph } from "../../test/arbitrary.js";
import { btfOf, int, struct, union } from "../../test/build.js";
import { assertingHeader, notComingBack } from "../../test/c-asserts.js";
import { complaintsOf, hasClang } from "../../test/clang.js";
import { declarableTypes } from "../../test/declarable.js";
import { FIXTURES, fixtureOf, inputOf, WRITTEN } from "../../test/dumps.js";
import { btfErrorOf } from "../../test/errors.js";
import { info, KIND, rawBtf } from "../../test/raw.js";
import { type Btf, parseBtf, type WritableType, writeBtf } from "../index.js";
import { dumpC, textOf } from "./index.js";

const TIMEOUT = 300_000;
const ORDERS = ["little", "big"] as const;
const targetFor = (order: ByteOrder) => (order === "little" ? "bpfel" : "bpfeb");

/** What is between the header's beginning and the kfuncs. */
function bodyOf(btf: Btf): string {
  const text = textOf(dumpC(btf, { unsorted: true }));
  const body = text.slice(
    text.indexOf("#define __bpf_fastcall\n#endif\n#endif\n"),
    text.indexOf("/* BPF kfuncs */"),
  );
  return body.split("\n\n").slice(1).join("\n\n").trim();
}
const c = (...types: WritableType[]): string => bodyOf(btfOf(types));

const INT = int("int", 4);
const CHAR = int("char", 1);
const LONG = int("long int", 8);

describe.runIf(hasClang())("clang", { timeout: TIMEOUT }, () => {
  const written = WRITTEN.filter(({ name }) => name !== "gaps-32-bit");
  const CASES = [
    ...written.map((one) => ({ name: one.name, input: (order: ByteOrder) => inputOf(one, order) })),
    ...FIXTURES.map((name) => ({ name, input: (order: ByteOrder) => fixtureOf(name, order) })),
  ];

  describe.each(CASES)("$name", ({ input }) => {
    test.each(ORDERS)("%s-endian, is laid out as BTF says", (order) => {
      const { text } = assertingHeader(input(order).btf);
      expect(complaintsOf(text, targetFor(order))).toBe("");
      expect(complaintsOf(text, order === "little" ? "x86_64-linux-gnu" : "s390x-linux-gnu")).toBe("");
    });
  });

  describe.each(FIXTURES)("%s", (name) => {
    test.each(ORDERS)("%s-endian, comes back as it was", (order) => {
      expect(notComingBack(fixtureOf(name, order).btf)).toEqual([]);
    });
  });

  test("lays out random types as BTF says", () => {
    for (const [i, types] of fc.sample(declarableTypes(), { numRuns: 30, seed: 11 }).entries()) {
      const order = i % 2 === 0 ? "little" : "big";
      const { text } = assertingHeader(parseBtf(writeBtf(types, { order })));
      expect(complaintsOf(text, targetFor(order)), `sample ${i}`).toBe("");
    }
  });

  test("takes whatever is written of types that make no sense", () => {
    for (const [i, types] of fc.sample(typeGraph(1), { numRuns: 100, seed: 11 }).entries()) {
      const btf = parseBtf(writeBtf(types, { order: "little" }));
      if (btfErrorOf(() => textOf(dumpC(btf))) !== undefined) continue;
      expect(complaintsOf(textOf(dumpC(btf)), "bpfel"), `sample ${i}`).toBe("");
    }
  });
});

describe("members", () => {
  test("leave no gap to alignment", () => {
    expect(
      c(
        INT,
        LONG,
        struct("s", 32, [
          ["a", 1, 0],
          ["b", 2, 128],
        ]),
      ),
    ).toBe("struct s {\n\tint a;\n\tint: 32;\n\tlong: 64;\n\tlong int b;\n\tlong: 64;\n};");
  });

  test("that are not aligned are packed", () => {
    expect(
      c(
        CHAR,
        LONG,
        struct("s", 9, [
          ["a", 1, 0],
          ["b", 2, 8],
        ]),
      ),
    ).toBe("struct s {\n\tchar a;\n\tlong int b;\n} __attribute__((packed));");
  });

  test("are packed when the size is not aligned, in unions too", () => {
    expect(c(LONG, union("u", 9, [["a", 1, 0]]))).toBe(
      "union u {\n\tlong int a;\n\tstruct {\n\t\tlong: 64;\n\t\tchar: 8;\n\t} __attribute__((packed));\n} __attribute__((packed));",
    );
  });

  test("that overlap, or go backwards, are in branches of a union", () => {
    expect(
      c(
        INT,
        struct("s", 8, [
          ["a", 1, 32],
          ["b", 1, 16],
        ]),
      ),
    ).toBe(
      "struct s {\n\tunion {\n" +
        "\t\tstruct {\n\t\t\tint: 32;\n\t\t\tint a;\n\t\t} __attribute__((packed));\n" +
        "\t\tstruct {\n\t\t\tshort: 16;\n\t\t\tint b;\n\t\t} __attribute__((packed));\n" +
        "\t} __attribute__((packed));\n} __attribute__((packed));",
    );
  });

  test("of a union that are not at its beginning are put there", () => {
    expect(
      c(
        INT,
        union("u", 8, [
          ["a", 1, 0],
          ["b", 1, 32],
        ]),
      ),
    ).toBe("union u {\n\tint a;\n\tstruct {\n\t\tint: 32;\n\t\tint b;\n\t} __attribute__((packed));\n};");
  });

  test("without a name are written out, whatever their type is called", () => {
    expect(c(INT, struct("inner", 4, [["a", 1, 0]]), struct("outer", 4, [["", 2, 0]]))).toContain(
      "struct outer {\n\tstruct {\n\t\tint a;\n\t};\n};",
    );
  });

  test("are flexible arrays at the end alone", () => {
    const array: WritableType = { kind: "array", typeId: 1, indexTypeId: 1, nelems: 0 };
    const members = [
      ["a", 2, 0],
      ["n", 1, 0],
      ["b", 2, 32],
    ] as const;
    expect(c(INT, array, struct("s", 4, members))).toBe("struct s {\n\tint a[0];\n\tint n;\n\tint b[];\n};");
    expect(
      c(
        INT,
        array,
        union("u", 4, [
          ["n", 1, 0],
          ["b", 2, 0],
        ]),
      ),
    ).toContain("int b[0];");
  });

  test("are bitfields also where their type says so", () => {
    const types = [...[1, info(KIND.int), 4, (5 << 16) | 3], ...[5, info(KIND.struct, 1), 4, 7, 1, 8]];
    expect(bodyOf(parseBtf(rawBtf({ types, strings: "\0int\0s\0f\0" })))).toBe(
      "struct s {\n\tshort: 13;\n\tint f: 3;\n};",
    );
  });

  const missing: readonly (readonly [string, readonly WritableType[], string])[] = [
    ["of void", [struct("s", 4, [["f", 0, 0]])], "f at bit 0 is missing: void has no size"],
    [
      "behind the end",
      [INT, struct("s", 4, [["f", 1, 32]])],
      "f at bit 32 is missing: it ends behind the end",
    ],
    ["within a byte", [INT, struct("s", 8, [["f", 1, 3]])], "f at bit 3 is missing: it begins within a byte"],
    ["without a name", [INT, struct("s", 4, [["", 1, 0]])], "a member at bit 0 is missing: it has no name"],
    [
      "of more bits than their type",
      [CHAR, struct("s", 4, [["f", 1, 0, 9]])],
      "f at bit 0 is missing: it has more bits than its type",
    ],
  ];
  test.each(missing)("%s are missing, and their place is kept free", (_, types, comment) => {
    const text = c(...types);
    expect(text).toContain(`/* ${comment} */`);
    expect(text).toMatch(/(int: 32|char: 8|long: 64);\n\};$/);
  });
});

// C11: 6.7.2.1, 6.7.6.2 (elements have a size), 6.7.6.3 (what functions return and take), 6.7.3 (restrict).
describe("typedefs of what C cannot declare are missing, and say why", () => {
  const typedef = (name: string, typeId: number): WritableType => ({ kind: "typedef", name, typeId });
  const ptr = (typeId: number): WritableType => ({ kind: "ptr", typeId });
  const qualified = (kind: "const" | "volatile" | "restrict", typeId: number): WritableType => ({
    kind,
    typeId,
  });
  const array = (typeId: number): WritableType => ({ kind: "array", typeId, indexTypeId: 1, nelems: 2 });
  const fwd = (name: string): WritableType => ({ kind: "fwd", name, of: "struct" });
  const proto = (returnTypeId: number, ...params: number[]): WritableType => ({
    kind: "func_proto",
    returnTypeId,
    params: params.map((typeId) => ({ name: typeId === 0 ? "" : "p", typeId })),
  });
  const enumOf = (name: string, size: number, ...names: string[]): WritableType => ({
    ...{ kind: "enum", name, size, signed: false },
    enumerators: names.map((one) => ({ name: one, value: 0n })),
  });

  const NO_TYPE = "it is of a kind of which nothing can be";
  const NO_NAME = "it has no name";
  const NO_ELEMENT = "it is an array of what has no size";
  const BAD_RETURN = "it is a function that returns an array or a function";
  const BAD_PARAM = "it is a function with a parameter of void";
  const BAD_RESTRICT = "it has restrict without a pointer";
  const EMPTY_ENUM = "it is a nameless enum without enumerators";

  // Types from id 3 on, after an int and the typedef of what is 3.
  test.each<[string, WritableType[], string | undefined]>([
    ["an array of void", [array(0)], NO_ELEMENT],
    ["an array of const void", [array(4), qualified("const", 0)], NO_ELEMENT],
    ["an array of functions", [array(4), proto(1)], NO_ELEMENT],
    ["an array of a declared struct", [array(4), fwd("d")], NO_ELEMENT],
    ["an array of a declared enum", [array(4), enumOf("d", 4)], NO_ELEMENT],
    ["an array of an enum of 3 bytes", [array(4), enumOf("e", 3, "E")], NO_ELEMENT],
    ["an array of an enum", [array(4), enumOf("e", 4, "E")], undefined],
    ["an array of pointers to void", [array(4), ptr(0)], undefined],
    ["an array of pointers to a declared struct", [array(4), ptr(5), fwd("d")], undefined],
    ["a pointer to an array of void", [ptr(4), array(0)], NO_ELEMENT],
    ["a declared enum", [enumOf("d", 4)], undefined],
    ["a nameless enum without enumerators", [enumOf("", 4)], EMPTY_ENUM],
    ["a declared struct", [fwd("d")], undefined],
    ["a declared struct without a name", [fwd("")], NO_NAME],
    ["a typedef without a name", [typedef("", 1)], NO_NAME],
    ["a function that returns an array", [proto(4), array(1)], BAD_RETURN],
    ["a function that returns a function", [proto(4), proto(1)], BAD_RETURN],
    ["a function that returns a typedef of one", [proto(4), typedef("f", 5), proto(1)], BAD_RETURN],
    ["a function that returns a pointer to one", [proto(4), ptr(5), proto(1)], undefined],
    ["a function that returns a pointer to an array of void", [proto(4), ptr(5), array(0)], NO_ELEMENT],
    ["a function of void, and more", [proto(1, 0, 1)], BAD_PARAM],
    ["a function of const void", [proto(1, 4), qualified("const", 0)], BAD_PARAM],
    ["a function of a typedef of void", [proto(1, 1, 4), typedef("nothing", 0)], BAD_PARAM],
    ["a function of nothing", [proto(0, 0)], undefined],
    ["a function of more", [proto(0, 1, 0)], undefined],
    ["a function of arrays of void", [proto(1, 4), array(0)], NO_ELEMENT],
    [
      "a pointer to a function of functions that return arrays",
      [ptr(4), proto(1, 5), proto(6), array(1)],
      BAD_RETURN,
    ],
    ["an int with restrict", [qualified("restrict", 1)], BAD_RESTRICT],
    ["a pointer to a function with restrict", [qualified("restrict", 4), ptr(5), proto(1)], BAD_RESTRICT],
    ["a pointer with restrict", [qualified("restrict", 4), ptr(1)], undefined],
    [
      "a pointer with all of them",
      [qualified("const", 4), qualified("volatile", 5), qualified("restrict", 6), typedef("p", 7), ptr(1)],
      undefined,
    ],
    ["a function itself", [{ kind: "func", name: "f", typeId: 4, linkage: 1 }, proto(1)], NO_TYPE],
    ["a variable", [{ kind: "var", name: "v", typeId: 1, linkage: 1 }], NO_TYPE],
  ])("%s", (_, types, problem) => {
    const text = c(INT, typedef("t", 3), ...types);
    if (problem === undefined) {
      expect(text).toMatch(/^typedef .*\bt\b.*;$/m);
      expect(text).not.toContain("is missing");
    } else expect(text).toContain(`/* typedef t is missing: ${problem} */`);
  });
});

describe("names", () => {
  test("that C has for itself, or cannot have, get a number", () => {
    const text = c(
      INT,
      struct("while", 4, [
        ["a-b", 1, 0],
        ["if", 1, 0],
        ["3d", 1, 0],
      ]),
    );
    expect(text).toContain("struct while___2 {");
    for (const name of ["a_2db___2", "if___2", "_3d___2"]) expect(text).toContain(`\tint ${name};`);
  });

  test("do not become others by their number", () => {
    const of = (name: string) => struct(name, 4, [["a", 1, 0]]);
    const text = c(INT, of("s"), of("s___2"), of("s"));
    expect([...text.matchAll(/^struct (\S+) \{/gm)].map(([, name]) => name)).toEqual(["s", "s___2", "s___3"]);
  });

  test("of declarations are those of what they declare", () => {
    const fwd: WritableType = { kind: "fwd", name: "s", of: "union" };
    const text = c(INT, struct("s", 4, [["a", 1, 0]]), fwd, union("s", 4, [["b", 1, 0]]));
    expect(text).toContain("struct s {");
    expect(text).toContain("union s___2;");
    expect(text).toContain("union s___2 {");
  });

  test("of the compiler's own types are left to it", () => {
    const tag = struct("__va_list_tag", 8, [["reg", 1, 0]]);
    const array: WritableType = { kind: "array", typeId: 2, indexTypeId: 1, nelems: 1 };
    const typedef: WritableType = { kind: "typedef", name: "__builtin_va_list", typeId: 3 };
    expect(c(LONG, tag, array, typedef)).toContain("typedef struct __va_list_tag __builtin_va_list___2[1];");
  });

  test("end no comment and no string", () => {
    const tag: WritableType = { kind: "type_tag", name: '")))\n*/', typeId: 1, attribute: false };
    const text = c(INT, tag, { kind: "ptr", typeId: 2 }, { kind: "typedef", name: "t", typeId: 3 });
    expect(text).toBe('typedef int __attribute__((btf_type_tag("\\042)))\\012*/"))) *t;');
    expect(c(struct("*/ x", 4, [["*/ y", 0, 0]]))).not.toContain("*/ ");
  });
});

describe("numbers", () => {
  test("of names that C does not know are written by their size", () => {
    const members = [
      ["a", 1, 0],
      ["b", 2, 32],
      ["c", 3, 128],
    ] as const;
    const float: WritableType = { kind: "float", name: "long double", size: 16 };
    expect(c(int("u32", 4, false), int("short int", 4), float, struct("s", 32, members))).toBe(
      "struct s {\n\tunsigned int a;\n\tsigned int b;\n\tint: 32;\n\tint: 32;\n\tstruct { unsigned char bytes[16]; } c;\n};",
    );
  });

  const enumOf = (size: number, signed: boolean, value: bigint): WritableType => ({
    kind: "enum64",
    name: "e",
    size,
    signed,
    enumerators: [{ name: "E", value }],
  });
  test.each([
    [1, false, 1n, "1ULL,\n} __attribute__((mode(byte)));"],
    [2, true, -1n, "-1LL,\n} __attribute__((mode(HI)));"],
    [4, true, -1n, "-1LL,\n};"],
    [8, true, -1n, "-1LL,\n} __attribute__((mode(DI)));"],
    [8, false, 1n << 40n, "1099511627776ULL,\n};"],
    [8, true, -(1n << 63n), "-9223372036854775807LL - 1,\n};"],
  ])("of an enum of %i bytes, signed: %s, %s", (size, signed, value, expected) => {
    expect(c(enumOf(size, signed, value))).toBe(`enum e {\n\tE = ${expected}`);
  });
});
