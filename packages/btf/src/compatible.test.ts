import { expect, test } from "vitest";
import { btfOf, int, struct, union } from "../test/build.js";
import { fieldClass, fieldsCompatible } from "./compatible.js";
import { typeIdAt, type WritableType } from "./index.js";

const enumOf = (name: string): WritableType => ({
  ...{ kind: "enum", name, size: 4, signed: false },
  enumerators: [{ name: "A", value: 1n }],
});
const enum64Of = (name: string): WritableType =>
  ({ ...enumOf(name), kind: "enum64", size: 8 }) as WritableType;
const fwd = (name: string, of: "struct" | "union" = "struct"): WritableType => ({ kind: "fwd", name, of });
const float = (name: string, size: number): WritableType => ({ kind: "float", name, size });
const ptr = (typeId: number): WritableType => ({ kind: "ptr", typeId });
const proto: WritableType = { kind: "func_proto", returnTypeId: 0, params: [] };
const arrays = (dimensions: number): WritableType[] =>
  Array.from({ length: dimensions }, (_, i) => ({
    kind: "array",
    typeId: i === dimensions - 1 ? dimensions + 1 : i + 2,
    indexTypeId: dimensions + 1,
    nelems: 1,
  }));

const INT = int("int", 4);
const OLD_BITFIELD = { ...INT, bits: 3, bitOffset: 5 } as WritableType;

// relo_core.c: bpf_core_fields_are_compat, whose answers these are.
test.each<[string, WritableType | WritableType[], WritableType | WritableType[], boolean | undefined]>([
  ["structs of two names", struct("a", 0, []), struct("b", 8, []), true],
  ["a struct and a union", struct("a", 0, []), union("a", 0, []), true],
  ["a union and a struct", union("a", 0, []), struct("a", 0, []), true],
  ["a struct and its declaration", struct("a", 0, []), fwd("a"), false],
  ["pointers to anything", [ptr(2), INT], ptr(0), true],
  ["a pointer and an integer", ptr(0), int("long int", 8), false],
  ["floats of two sizes", float("float", 4), float("double", 8), true],
  ["a float and an integer", float("float", 4), INT, false],
  ["declarations of one name", fwd("a"), fwd("a", "union"), true],
  ["declarations of two names", fwd("a"), fwd("b"), false],
  ["declarations of two flavors", fwd("a___x"), fwd("a___y"), true],
  ["enums of one name", enumOf("a"), enum64Of("a"), true],
  ["enums of two names", enumOf("a"), enum64Of("b"), false],
  ["an enum without a name, and any", enumOf(""), enumOf("b"), true],
  ["any enum, and one without a name", enum64Of("a"), enumOf(""), true],
  ["integers of two sizes and signs", INT, int("unsigned char", 1, false), true],
  ["an integer, and one that is a bitfield of old", INT, OLD_BITFIELD, false],
  ["a bitfield of old, and an integer", OLD_BITFIELD, INT, false],
  ["arrays of integers", [...arrays(1), INT], [...arrays(1), int("char", 1)], true],
  ["arrays of other elements", [...arrays(1), INT], [...arrays(1), ptr(0)], false],
  ["an array and its element", [...arrays(1), INT], INT, false],
  ["arrays of as many dimensions", [...arrays(1024), INT], [...arrays(1024), INT], true],
  // libbpf goes on; here there is no answer.
  ["arrays of one more dimension", [...arrays(1025), INT], [...arrays(1025), INT], undefined],
  ["prototypes", proto, proto, false],
])("%s", (_, one, other, expected) => {
  const [a, b] = [btfOf([one].flat()), btfOf([other].flat())];
  expect(fieldsCompatible(a, typeIdAt(a, 1), b, typeIdAt(b, 1))).toBe(expected);
});

test("typedefs and modifiers are looked through", () => {
  const a = btfOf([{ kind: "typedef", name: "t", typeId: 2 }, { kind: "const", typeId: 3 }, INT]);
  const b = btfOf([{ kind: "volatile", typeId: 2 }, INT]);
  expect(fieldsCompatible(a, typeIdAt(a, 1), b, typeIdAt(b, 1))).toBe(true);
});

test("types of one class are compatible with each other, and with the same other types", () => {
  const EVERY: readonly WritableType[][] = [
    [struct("a", 0, [])],
    [union("b", 8, [])],
    [fwd("a")],
    [fwd("b")],
    [enumOf("a")],
    [enum64Of("b")],
    [enumOf("")],
    [INT],
    [int("char", 1)],
    [OLD_BITFIELD],
    [float("float", 4)],
    [float("double", 8)],
    [ptr(0)],
    [ptr(1)],
    [proto],
    [{ kind: "typedef", name: "t", typeId: 2 }, INT],
    [{ kind: "const", typeId: 1 }],
    ...[1, 2, 8, 9].flatMap((dimensions) => [
      [...arrays(dimensions), INT],
      [...arrays(dimensions), int("char", 1)],
      [...arrays(dimensions), union("a", 0, [])],
    ]),
  ];
  const all = EVERY.map((types) => btfOf(types));
  const answersOf = (a: (typeof all)[number]) =>
    all.map((b) => fieldsCompatible(a, typeIdAt(a, 1), b, typeIdAt(b, 1)));
  const classes = new Map<string | undefined, typeof all>();
  for (const btf of all) {
    const found = fieldClass(btf, typeIdAt(btf, 1));
    classes.set(found, [...(classes.get(found) ?? []), btf]);
  }
  // Without one: what has a name, prototypes, a bitfield of old, a modifier of itself, arrays of 9 dimensions.
  expect(classes.get(undefined)?.length).toBe(5 + 1 + 1 + 1 + 3);
  classes.delete(undefined);
  // Structs and unions, integers, floats, pointers, and arrays of three dimensions of two of these.
  expect(classes.size).toBe(4 + 3 * 2);
  for (const alike of classes.values()) {
    const [first, ...others] = alike.map(answersOf);
    for (const other of others) expect(other).toEqual(first);
    for (const a of alike)
      for (const b of alike) expect(fieldsCompatible(a, typeIdAt(a, 1), b, typeIdAt(b, 1))).toBe(true);
  }
});
