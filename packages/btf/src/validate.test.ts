import { describe, expect, test } from "vitest";
import { btfErrorOf } from "../test/errors.js";
import { info, KIND, rawBtf, TWO_TYPES } from "../test/raw.js";
import { parseBtf } from "./index.js";

describe("references", () => {
  const END = 3;
  const errorOf = (...types: number[]) =>
    btfErrorOf(() => parseBtf(rawBtf({ types: [...TWO_TYPES.types, ...types], strings: TWO_TYPES.strings })));
  /** Records with one type id, by what has it. */
  const withId: Record<string, (id: number) => number[]> = {
    ptr: (id) => [0, info(KIND.ptr), id],
    typedef: (id) => [1, info(KIND.typedef), id],
    volatile: (id) => [0, info(KIND.volatile), id],
    const: (id) => [0, info(KIND.const), id],
    restrict: (id) => [0, info(KIND.restrict), id],
    var: (id) => [1, info(KIND.var), id, 0],
    decl_tag: (id) => [1, info(KIND.decl_tag), id, 0],
    type_tag: (id) => [1, info(KIND.type_tag), id],
    "array element": (id) => [0, info(KIND.array), 0, id, 1, 1],
    "array index": (id) => [0, info(KIND.array), 0, 1, id, 1],
    "struct member": (id) => [0, info(KIND.struct, 2), 4, 1, 1, 0, 1, id, 0],
    "union member": (id) => [0, info(KIND.union, 1), 4, 1, id, 0],
    parameter: (id) => [0, info(KIND.func_proto, 2), 0, 1, 1, 1, id],
    // libbpf does not look at this one.
    "return type": (id) => [0, info(KIND.func_proto), id],
    "variable in a section": (id) => [1, info(KIND.datasec, 1), 8, id, 0, 8],
  };

  test.each(Object.entries(withId))("type id of %s", (_, record) => {
    expect(errorOf(...record(0))).toBeUndefined();
    expect(errorOf(...record(END))).toBeUndefined();
    for (const id of [END + 1, 0x80000000, 0xffffffff]) {
      const error = errorOf(...record(id));
      expect(error).toMatchObject({ code: "type-id", site: { typeId: END } });
      const recordAt = 24 + 4 * TWO_TYPES.types.length;
      expect(error?.message).toBe(
        `btf: type 3 refers to type id ${id}: the last is ${END} (offset 0x${recordAt.toString(16)})`,
      );
    }
  });

  const withName: Record<string, (name: number) => number[]> = {
    ...Object.fromEntries(
      [KIND.ptr, KIND.fwd, KIND.float, KIND.typedef, KIND.type_tag].map((kind) => [
        `kind ${kind}`,
        (name: number) => [name, info(kind), 1],
      ]),
    ),
    "struct member": (name) => [1, info(KIND.struct, 2), 4, 1, 1, 0, name, 1, 0],
    "union member": (name) => [1, info(KIND.union, 1), 4, name, 1, 0],
    enumerator: (name) => [1, info(KIND.enum, 2), 4, 1, 0, name, 0],
    "64-bit enumerator": (name) => [1, info(KIND.enum64, 2), 8, 1, 0, 0, name, 0, 0],
    parameter: (name) => [0, info(KIND.func_proto, 1), 0, name, 1],
  };

  test.each(Object.entries(withName))("name of %s", (_, record) => {
    expect(errorOf(...record(TWO_TYPES.strings.length - 1))).toBeUndefined();
    for (const offset of [TWO_TYPES.strings.length, 0xffffffff]) {
      expect(errorOf(...record(offset))).toMatchObject({ code: "string-offset", site: { typeId: END } });
    }
  });

  test("what is no reference may be anything", () => {
    expect(errorOf(1, info(KIND.int), 0xffffffff, 0xffffffff)).toBeUndefined();
    expect(errorOf(1, info(KIND.struct), 0xffffffff)).toBeUndefined();
    expect(errorOf(1, info(KIND.fwd), 0xffffffff)).toBeUndefined();
    expect(errorOf(1, info(KIND.enum, 1), 0xffffffff, 1, 0xffffffff)).toBeUndefined();
    expect(errorOf(1, info(KIND.datasec, 1), 0xffffffff, 1, 0xffffffff, 0xffffffff)).toBeUndefined();
    expect(errorOf(1, info(KIND.var), 1, 0xffffffff)).toBeUndefined();
  });

  test("a function has a prototype, which may come later", () => {
    const func = (id: number) => [1, info(KIND.func, 1), id];
    expect(errorOf(...func(4), 0, info(KIND.func_proto), 0)).toBeUndefined();
    for (const id of [0, 1, 2, 3]) {
      expect(errorOf(...func(id), 0, info(KIND.func_proto), 0)).toMatchObject({
        code: "func-proto",
        site: { typeId: 3 },
      });
    }
    expect(errorOf(...func(END + 1))?.code).toBe("type-id");
  });
});
