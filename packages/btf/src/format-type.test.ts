import { describe, expect, test } from "vitest";
import { info, KIND, rawBtf } from "../test/raw.js";
import { formatType, parseBtf, typeIdAt, type WritableType, writeBtf } from "./index.js";

/** Types that may refer to each other by a label, and the C of one of them. */
function formatted(types: Record<string, WritableType>, label: string): string {
  const btf = parseBtf(writeBtf(Object.values(types), { order: "little" }));
  return formatType(btf, typeIdAt(btf, Object.keys(types).indexOf(label) + 1));
}

const INT = {
  kind: "int",
  name: "int",
  size: 4,
  bits: 32,
  bitOffset: 0,
  signed: true,
  char: false,
  bool: false,
} as const;
const VOID = 0;
/** Id of the int in {@link stack}. */
const BASE = 1;

type Wrapper = (typeId: number) => WritableType;
const ptr: Wrapper = (typeId) => ({ kind: "ptr", typeId });
const constant: Wrapper = (typeId) => ({ kind: "const", typeId });
const volatile: Wrapper = (typeId) => ({ kind: "volatile", typeId });
const restrict: Wrapper = (typeId) => ({ kind: "restrict", typeId });
const tag: Wrapper = (typeId) => ({ kind: "type_tag", name: "user", typeId, attribute: false });
const array =
  (nelems: number): Wrapper =>
  (typeId) => ({ kind: "array", typeId, indexTypeId: BASE, nelems });
const proto =
  (...params: number[]): Wrapper =>
  (returnTypeId) => ({
    kind: "func_proto",
    returnTypeId,
    params: params.map((typeId) => ({ name: "ignored", typeId })),
  });
const typedef: Wrapper = (typeId) => ({ kind: "typedef", name: "alias", typeId });

/** An int with each wrapper around what the ones before have made of it. */
function stack(...wrappers: Wrapper[]): string {
  const types = [INT, ...wrappers.map((wrap, i) => wrap(i + 1))];
  const btf = parseBtf(writeBtf(types, { order: "little" }));
  return formatType(btf, typeIdAt(btf, types.length));
}

// Each is what cdecl, or a compiler's diagnostics, call that type.
test.each([
  ["int", []],
  ["int *", [ptr]],
  ["int **", [ptr, ptr]],
  ["const int", [constant]],
  ["const int *", [constant, ptr]],
  ["int *const", [ptr, constant]],
  ["const int *const", [constant, ptr, constant]],
  ["int *const *", [ptr, constant, ptr]],
  ["const volatile int *", [volatile, constant, ptr]],
  ["int *volatile const", [ptr, volatile, constant]],
  ["int *restrict", [ptr, restrict]],
  ["int[16]", [array(16)]],
  ["int[]", [array(0)]],
  ["int[3][5]", [array(5), array(3)]],
  ["int *[4]", [ptr, array(4)]],
  ["int (*)[4]", [array(4), ptr]],
  ["int (**)[4]", [array(4), ptr, ptr]],
  ["int *(*)[4]", [ptr, array(4), ptr]],
  ["const int[4]", [constant, array(4)]],
  ["const int[4]", [array(4), constant]],
  ["const int (*)[4]", [array(4), constant, ptr]],
  ["int *const[4]", [ptr, constant, array(4)]],
  ["int *const[4]", [ptr, array(4), constant]],
  ["int *const (*)[4]", [ptr, array(4), constant, ptr]],
  ["int (void)", [proto()]],
  ["int (int)", [proto(BASE)]],
  ["int (int, ...)", [proto(BASE, VOID)]],
  ["int (*)(void)", [proto(), ptr]],
  ["int (*)(int, int)", [proto(BASE, BASE), ptr]],
  ["int *(*)(void)", [ptr, proto(), ptr]],
  ["int (*[8])(void)", [proto(), ptr, array(8)]],
  ["int (*(*)[8])(void)", [proto(), ptr, array(8), ptr]],
  ["int (*(*)(void))(int)", [proto(BASE), ptr, proto(), ptr]],
  ["int (*(void))[2]", [array(2), ptr, proto()]],
  ["int (*const)(void)", [proto(), ptr, constant]],
  ["alias", [typedef]],
  ["alias *", [array(4), typedef, ptr]],
  ["const alias", [ptr, typedef, constant]],
  // Tags are not C.
  ["int *", [tag, ptr]],
  ["int (*)[4]", [array(4), tag, ptr]],
  ["int *const", [ptr, tag, constant]],
])("%s", (expected, wrappers) => {
  expect(stack(...wrappers)).toBe(expected);
});

describe("names", () => {
  const types: Record<string, WritableType> = {
    struct: { kind: "struct", name: "task_struct", size: 0, members: [] },
    union: { kind: "union", name: "", size: 0, members: [] },
    enum: { kind: "enum", name: "pid_type", size: 4, signed: false, enumerators: [] },
    enum64: { kind: "enum64", name: "", size: 8, signed: false, enumerators: [] },
    "forward struct": { kind: "fwd", name: "file", of: "struct" },
    "forward union": { kind: "fwd", name: "epoll", of: "union" },
    float: { kind: "float", name: "double", size: 8 },
    datasec: { kind: "datasec", name: ".bss", size: 0, vars: [] },
    pointer: { kind: "ptr", typeId: 1 },
    proto: { kind: "func_proto", returnTypeId: 0, params: [{ name: "task", typeId: 9 }] },
    func: { kind: "func", name: "wake_up", typeId: 10, linkage: 1 },
    var: { kind: "var", name: "current", typeId: 9, linkage: 1 },
    tag: { kind: "decl_tag", name: "t", typeId: 9, componentIndex: -1, attribute: false },
    "array of enums": { kind: "array", typeId: 3, indexTypeId: 3, nelems: 2 },
    "nameless int": { ...INT, name: "" },
  };

  test.each([
    ["struct", "struct task_struct"],
    ["union", "union <anon>"],
    ["enum", "enum pid_type"],
    ["enum64", "enum <anon>"],
    ["forward struct", "struct file"],
    ["forward union", "union epoll"],
    ["float", "double"],
    ["datasec", ".bss"],
    ["pointer", "struct task_struct *"],
    ["proto", "void (struct task_struct *)"],
    ["func", "void (struct task_struct *)"],
    ["var", "struct task_struct *"],
    ["tag", "struct task_struct *"],
    ["array of enums", "enum pid_type[2]"],
    ["nameless int", "<anon>"],
  ])("%s", (label, expected) => {
    expect(formatted(types, label)).toBe(expected);
  });

  test("void, and kinds that are not known", () => {
    const layout: [number, number][] = [[0, 0]];
    const types = [0, info(KIND.ptr), 0, 1, info(0), 0, 0, info(KIND.ptr), 2];
    const btf = parseBtf(rawBtf({ types, strings: "\0future\0", layout }));
    expect([0, 1, 2, 3].map((id) => formatType(btf, typeIdAt(btf, id)))).toEqual([
      "void",
      "void *",
      "future",
      "future *",
    ]);
  });
});

describe("what is too large for a line is cut short", () => {
  test("types that lead back to themselves", () => {
    expect(formatted({ p: { kind: "ptr", typeId: 1 } }, "p")).toBe(`... ${"*".repeat(64)}`);
    expect(formatted({ a: { kind: "array", typeId: 1, indexTypeId: 1, nelems: 2 } }, "a")).toBe(
      `...${"[2]".repeat(64)}`,
    );
    expect(formatted({ c: { kind: "const", typeId: 1 } }, "c")).toBe(`${"const ".repeat(64)}...`);
    const params = Array.from({ length: 100 }, () => ({ name: "", typeId: 1 }));
    const text = formatted({ f: { kind: "func_proto", returnTypeId: 1, params } }, "f");
    expect(text.length).toBeLessThan(5000);
    expect(text).toMatch(/^\.\.\. \(.*\.\.\.\)/);
  });

  test("parameters", () => {
    const many = (typeId: number) => Array.from({ length: 70_000 }, () => ({ name: "", typeId }));
    const ints = formatted({ int: INT, f: { kind: "func_proto", returnTypeId: 1, params: many(1) } }, "f");
    expect(ints).toBe(`int (${"int, ".repeat(12)}...)`);
    const none = formatted({ f: { kind: "func_proto", returnTypeId: 0, params: many(0) } }, "f");
    expect(none).toBe(`void (${"..., ".repeat(12)}...)`);
  });

  test("names", () => {
    const name = "x".repeat(100_000);
    expect(formatted({ s: { kind: "struct", name, size: 0, members: [] } }, "s")).toBe(
      `struct ${"x".repeat(512)}`,
    );
  });
});

test("declares something of the type", () => {
  const handler = [INT, proto(BASE)(BASE), ptr(2), array(4)(3), array(2)(BASE)];
  const btf = parseBtf(writeBtf(handler, { order: "little" }));
  const declared = [1, 2, 3, 4, 5].map((id) => formatType(btf, typeIdAt(btf, id), "x"));
  expect(declared).toEqual(["int x", "int x(int)", "int (*x)(int)", "int (*x[4])(int)", "int x[2]"]);
});
