import { parseSpec, type RelocationKind } from "@core/spec";
import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { shapeOf } from "./shape.js";

type Add = (t: Types) => number;
const int: Add = (t) => t.int("int", 4);

/** The shape of an access to a struct's first member, which is called `a` unless it is said. */
function shape(add: Add, { accessStr = "0:0", kind = "byte_off" as RelocationKind, name = "a" } = {}) {
  const t = new Types();
  const root = t.struct("s", 16, [name, add(t), 0]);
  return shapeOf(parseSpec(t.btf(), root, accessStr, kind));
}

const dimensions =
  (count: number): Add =>
  (t) => {
    let id = int(t);
    for (let i = 0; i < count; i++) id = t.array(id, 2);
    return id;
  };

describe("accesses have the same shape", () => {
  it.each<[string, Add, Add]>([
    ["to structs and unions", (t) => t.struct("x", 8), (t) => t.const(t.union("y", 4))],
    ["to any pointers", (t) => t.ptr(0), (t) => t.typedef("p", t.ptr(int(t)))],
    ["to any floats", (t) => t.float("float", 4), (t) => t.float("double", 8)],
    ["to any integers", int, (t) => t.typedef("u", t.int("char", 1, { signed: true }))],
    ["to arrays of any length", (t) => t.array(int(t), 3), (t) => t.array(t.const(t.int("char", 1)), 0)],
  ])("%s", (_, add, addOther) => {
    expect(shape(add)).toEqual(expect.any(String));
    expect(shape(add)).toBe(shape(addOther));
  });

  it("within anonymous members or without them", () => {
    const within = shape((t) => t.struct("", 4, ["a", int(t), 0]), { name: "", accessStr: "0:0:0" });
    expect(within).toBe(shape(int));
  });
});

it("accesses that may come to something else have another shape", () => {
  const big = new Types();
  const root = big.struct("s", 16, ["a", int(big), 0]);
  const shapes = [
    shape(int),
    shape(int, { name: "b" }),
    shape(int, { accessStr: "0" }),
    shape(int, { accessStr: "1:0" }),
    shape(int, { kind: "byte_sz" }),
    shapeOf(parseSpec(big.btf("big"), root, "0:0", "byte_off")),
    shapeOf(parseSpec(big.btf("big"), root, "0:0", "byte_sz")),
    shape((t) => t.struct("x", 8)),
    shape((t) => t.struct("x", 8, ["b", int(t), 0]), { accessStr: "0:0:0" }),
    shape((t) => t.ptr(0)),
    shape((t) => t.float("float", 4)),
    shape(dimensions(1)),
    shape(dimensions(1), { accessStr: "0:0:0" }),
    shape(dimensions(1), { accessStr: "0:0:1" }),
    shape(dimensions(2)),
    shape((t) => t.array(t.struct("x", 8), 2)),
    shape((t) => t.array(t.ptr(0), 2)),
    shape((t) => t.array(t.float("float", 4), 2)),
  ];
  expect(shapes).not.toContain(undefined);
  expect(new Set(shapes).size).toBe(shapes.length);
});

describe("there is no shape", () => {
  it.each<[string, Add]>([
    ["of an enum, which goes by its name", (t) => t.enum("e", { A: 1 })],
    ["of a declaration, which does, too", (t) => t.fwd("s")],
    [
      "of an integer that was a bitfield once, which goes with nothing",
      (t) => t.int("old", 4, { bitOffset: 4 }),
    ],
    ["of an array of those", (t) => t.array(t.int("old", 4, { bitOffset: 4 }), 2)],
    ["of over 8 dimensions", dimensions(9)],
    ["of modifiers in a cycle", (t) => t.const(t.next())],
  ])("%s", (_, add) => {
    expect(shape(add)).toBeUndefined();
  });

  it("of what is about no field", () => {
    const t = new Types();
    const root = t.enum("e", { A: 1 });
    for (const kind of ["type_exists", "enumval_value"] as const) {
      expect(shapeOf(parseSpec(t.btf(), root, "0", kind))).toBeUndefined();
    }
  });

  it("of a name that is not UTF-8, of which two may look the same", () => {
    expect(shape(int, { name: "a\ufffd" })).toBeUndefined();
  });

  it("of over 1024 characters", () => {
    const rest = shape(int)?.length ?? 0;
    expect(shape(int, { name: "x".repeat(1025 - rest) })).toHaveLength(1024);
    expect(shape(int, { name: "x".repeat(1026 - rest) })).toBeUndefined();
  });
});

it("8 dimensions have a shape", () => {
  expect(shape(dimensions(8))).toEqual(expect.any(String));
});

it("what is no error of a BTF is not hidden", () => {
  const t = new Types();
  const root = t.struct("s", 16, ["a", int(t), 0]);
  const spec = parseSpec(t.btf(), root, "0:0", "byte_off");
  const broken = { ...spec.btf, kinds: undefined as unknown as Uint8Array };
  expect(() => shapeOf({ ...spec, btf: broken })).toThrow(TypeError);
});
