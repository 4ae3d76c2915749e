import { type Btf, parseBtf } from "@core/btf";
import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import {
  parseSpec,
  pointNameOf,
  type RelocationKind,
  type Spec,
  SpecError,
  type SpecErrorCode,
} from "./index.js";

/** Every point as `via index@bits`, with the type that `index` counts in where it is not the root's. */
const pointsOf = ({ btf, points }: Spec): string[] =>
  points.map((point) => {
    const name = pointNameOf(btf, point);
    return `${point.via} ${point.index} [${point.typeId}]${name && ` ${name}`} @${point.bitOffset}`;
  });

/** What parsing throws. */
function errorOf(btf: Btf, rootId: number, accessStr: string, kind: RelocationKind = "byte_off"): SpecError {
  try {
    parseSpec(btf, rootId, accessStr, kind);
  } catch (error) {
    if (error instanceof SpecError) return error;
    throw error;
  }
  throw new Error(`${accessStr} was accepted`);
}

describe("fields", () => {
  const t = new Types();
  const int = t.int("int", 4);
  const ints = t.array(int, 7);
  // The example in relo_core.c: struct sample { int __unimportant; struct { int __1, __2, a[7]; }; }
  const inner = t.struct("", 36, ["__1", int, 0], ["__2", int, 32], ["a", ints, 64]);
  const sample = t.struct("sample", 40, ["__unimportant", int, 0], ["", inner, 32]);
  const samples = t.typedef("samples_t", t.const(t.array(t.typedef("sample_t", sample), 3)));
  const bits = t.struct("bits", 8, ["low", int, 0, 5], ["high", int, 37, 3]);
  const outer = t.union("outer", 40, ["s", t.const(sample), 0], ["b", bits, 0]);
  const btf = t.btf();

  it("have a point for every index, the anonymous ones too", () => {
    expect(pointsOf(parseSpec(btf, sample, "0:1:2:3", "byte_off"))).toEqual([
      `root 0 [${sample}] @0`,
      `anonymous 1 [${sample}] @32`,
      `member 2 [${inner}] a @96`,
      `element 3 [${int}] @192`,
    ]);
  });

  it("may begin at an element other than the first", () => {
    expect(pointsOf(parseSpec(btf, sample, "2:0", "byte_off"))).toEqual([
      `root 2 [${sample}] @640`,
      `member 0 [${sample}] __unimportant @640`,
    ]);
  });

  it("are reached through modifiers and typedefs, which are no steps", () => {
    expect(pointsOf(parseSpec(btf, samples, "0:2:1:0", "byte_off"))).toEqual([
      `root 0 [${samples - 2}] @0`,
      `element 2 [${sample}] @640`,
      `anonymous 1 [${sample}] @672`,
      `member 0 [${inner}] __1 @672`,
    ]);
    expect(pointsOf(parseSpec(btf, outer, "0:0:0", "byte_off")).at(-1)).toBe(
      `member 0 [${sample}] __unimportant @0`,
    );
  });

  it("keep the root id that the relocation names", () => {
    const spec = parseSpec(btf, samples, "0", "field_exists");
    expect(spec).toMatchObject({ btf, rootId: samples, kind: "field_exists" });
  });

  it("may be bitfields, whose offsets are in the lower 24 bits", () => {
    expect(pointsOf(parseSpec(btf, outer, "0:1:1", "byte_off")).at(-1)).toBe(`member 1 [${bits}] high @37`);
  });

  it("may be an integer or a pointer itself", () => {
    expect(pointsOf(parseSpec(btf, int, "3", "byte_off"))).toEqual([`root 3 [${int}] @96`]);
  });

  it.each<[string, string, SpecErrorCode, string]>([
    ["a member that is not there", "0:2", "index", "struct sample [4] has 2 members, none at index 2"],
    ["an element that is not there", "0:1:2:7", "index", "int[7] [2] has 7 elements, none at index 7"],
    [
      "a part of something without parts",
      "0:0:0",
      "type",
      'index 2 of access string "0:0:0" leads into int [1] of kind int, which has no parts',
    ],
  ])("cannot be %s", (_, accessStr, code, message) => {
    const error = errorOf(btf, sample, accessStr);
    expect(error.name).toBe("SpecError");
    expect(error.code).toBe(code);
    expect(error.message).toBe(`spec: ${message}`);
    // The id that the message names.
    expect(error.site).toEqual({ typeId: Number(/\[(\d+)\] (?:has|of)/.exec(message)?.[1]) });
  });
});

describe("flexible arrays", () => {
  const t = new Types();
  const int = t.int("int", 4);
  const flex = t.array(int, 0);
  const last = t.struct("last", 4, ["n", int, 0], ["f", flex, 32]);
  const notLast = t.struct("not_last", 4, ["f", flex, 0], ["n", int, 0]);
  const union = t.union("u", 4, ["n", int, 0], ["f", t.typedef("flex_t", flex), 0]);
  const ofArrays = t.struct("of_arrays", 4, ["f", t.array(t.array(int, 2), 0), 32]);
  const ofFlex = t.struct("of_flex", 4, ["f", t.array(flex, 0), 32]);
  const named = t.struct("named", 8, ["n", int, 0], ["s", t.struct("", 4, ["", flex, 32]), 32]);
  const unnamed = t.struct("unnamed", 4, ["", flex, 32]);
  const btf = t.btf();

  it.each([
    ["the last member of a struct", last, "0:1:5", 32 + 5 * 32],
    ["the last member of a union, through a typedef", union, "0:1:1", 32],
    ["with elements that are arrays", ofArrays, "0:0:9:1", 32 + 9 * 64 + 32],
  ])("have any number of elements: %s", (_, root, accessStr, bitOffset) => {
    expect(parseSpec(btf, root, accessStr, "byte_off").points.at(-1)?.bitOffset).toBe(bitOffset);
  });

  it.each([
    ["not the last member", notLast, "0:0:0"],
    ["the element of another array", ofFlex, "0:0:1:0"],
    ["the root", flex, "0:0"],
    ["a member without a name", unnamed, "0:0:0"],
  ])("have none when they are %s", (_, root, accessStr) => {
    expect(errorOf(btf, root, accessStr).code).toBe("index");
  });

  // is_flex_arr of libbpf looks at the last member with a name, whatever stands between it and the array.
  it("count as the last member when they are nameless within it", () => {
    expect(parseSpec(btf, named, "0:1:0:3", "byte_off").points.at(-1)?.bitOffset).toBe(32 + 32 + 3 * 32);
  });
});

describe("types", () => {
  const t = new Types();
  const int = t.int("int", 4);
  const anonymous = t.const(t.struct("", 4, ["a", int, 0]));
  const btf = t.btf();

  const kinds = ["local_type_id", "target_type_id", "type_exists", "type_size", "type_matches"] as const;
  it.each(kinds)("of %s are a single point, the root", (kind) => {
    for (const root of [0, int, anonymous]) {
      expect(pointsOf(parseSpec(btf, root, "0", kind))).toEqual([`root 0 [${root}] @0`]);
    }
  });

  it.each(["", "1", "00", "0:0", " 0", "+0", ":0"])("have no access string %j", (accessStr) => {
    const error = errorOf(btf, int, accessStr, "type_size");
    expect(error.code).toBe("access-string");
    expect(error.message).toBe(
      `spec: access string "${accessStr}" is not "0", as it has to be for type_size`,
    );
  });

  it("have to exist", () => {
    const error = errorOf(btf, 4, "0", "type_exists");
    expect(error).toMatchObject({ code: "type", site: { typeId: 4 } });
    expect(error.message).toBe('spec: cannot follow "0" from type 4: btf: there is no type 4: the last is 3');
    expect(error.cause).toMatchObject({ name: "BtfError", code: "type-id" });
  });
});

describe("enumerators", () => {
  const t = new Types();
  const small = t.enum("small", { A: 1, B: 2 });
  const big = t.enum64("big", { C: -1n });
  const alias = t.typedef("alias", t.const(small));
  const struct = t.struct("s", 0);
  const btf = t.btf();

  it.each(["enumval_exists", "enumval_value"] as const)("of %s are a single point", (kind) => {
    expect(pointsOf(parseSpec(btf, small, "1", kind))).toEqual([`enumerator 1 [${small}] B @0`]);
    expect(pointsOf(parseSpec(btf, big, "0", kind))).toEqual([`enumerator 0 [${big}] C @0`]);
    expect(pointsOf(parseSpec(btf, alias, "0", kind))).toEqual([`enumerator 0 [${small}] A @0`]);
  });

  it.each<[string, number, string, SpecErrorCode, string]>([
    ["a missing one", alias, "2", "index", "enum small [1] has 2 enumerators, none at index 2"],
    ["one of a struct", struct, "0", "type", "struct s [5] is of kind struct and has no enumerators"],
    [
      "one within one",
      small,
      "0:0",
      "access-string",
      'access string "0:0" has more than the one index of an enumerator',
    ],
  ])("cannot be %s", (_, root, accessStr, code, message) => {
    const error = errorOf(btf, root, accessStr, "enumval_value");
    expect(error.code).toBe(code);
    expect(error.message).toBe(`spec: ${message}`);
  });
});

describe("access strings", () => {
  const t = new Types();
  const int = t.int("int", 4);
  let deep = int;
  for (let i = 0; i < 63; i++) deep = t.struct("", 4, ["m", deep, 0]);
  const struct = t.struct("s", 8, ["a", int, 0], ["b", int, 32]);
  const tooDeep = t.struct("", 4, ["m", deep, 0]);
  const btf = t.btf();
  const indicesOf = (accessStr: string): number[] =>
    parseSpec(btf, struct, accessStr, "field_exists").points.map(({ index }) => index);

  // Every one of these was put to sscanf("%d") as libbpf does it.
  it.each([
    ["0:1", [0, 1]],
    ["00:01", [0, 1]],
    ["+0:+1", [0, 1]],
    ["-0", [0]],
    [" 0", [0]],
    ["0: 1", [0, 1]],
    ["0 1", [0, 1]],
    ["0+1", [0, 1]],
    ["0\t\n\v\f\r1", [0, 1]],
  ])("may be %j", (accessStr, indices) => {
    expect(indicesOf(accessStr)).toEqual(indices);
    expect(Object.is(indicesOf(accessStr)[0], 0)).toBe(true);
  });

  it.each([
    "",
    ":",
    ":0",
    "0:",
    "0::1",
    "0 :1",
    "0 ",
    "-1",
    "0:-1",
    "0-1",
    "0x0",
    "a",
    "0:b",
    "0:1b",
    "0,1",
    "0.0",
    "+",
    "0\u00a01",
    "0\b1",
    "\u0660",
  ])("may not be %j", (accessStr) => {
    const error = errorOf(btf, struct, accessStr);
    expect(error.code).toBe("access-string");
    expect(error.site).toEqual({});
  });

  it.each([
    ["", "is empty"],
    [":0", "has no index before its first separator"],
    ["0:1b", "has no index from 0 to 2^31 - 1 at character 3"],
  ])("may not be %j, and are told so", (accessStr, flaw) => {
    expect(errorOf(btf, struct, accessStr).message).toBe(`spec: access string "${accessStr}" ${flaw}`);
  });

  it("hold indices up to 2^31 - 1", () => {
    expect(parseSpec(btf, t.next() - 1, "0", "field_exists").points).toHaveLength(1);
    const error = errorOf(btf, struct, "0:2147483648");
    expect(error.message).toBe(
      'spec: access string "0:2147483648" has no index from 0 to 2^31 - 1 at character 1',
    );
    // sscanf of glibc takes the lower 32 bits of this one, 1.
    expect(errorOf(btf, struct, "0:4294967297").code).toBe("access-string");
    expect(errorOf(btf, struct, `0:${"9".repeat(400)}`).code).toBe("access-string");
    expect(errorOf(btf, struct, "0:2147483647")).toMatchObject({ code: "index" });
  });

  it("hold up to 64 indices", () => {
    const accessStr = Array(64).fill("0").join(":");
    expect(parseSpec(btf, deep, accessStr, "byte_off").points).toHaveLength(64);
    const error = errorOf(btf, tooDeep, `0:${accessStr}`);
    expect(error.code).toBe("too-deep");
    expect(error.message).toBe("spec: an access string of more than 64 indices");
  });

  it("are quoted up to a length", () => {
    const error = errorOf(btf, struct, `${"0".repeat(100_000)}x`);
    expect(error.message.length).toBeLessThan(400);
    expect(errorOf(btf, struct, "x".repeat(100_000), "type_size").message.length).toBeLessThan(400);
  });
});

describe("malformed types", () => {
  it("whose modifiers form a cycle are errors", () => {
    const t = new Types();
    const cycle = t.const(t.next());
    const error = errorOf(t.btf(), cycle, "0");
    expect(error).toMatchObject({ code: "type", site: { typeId: cycle }, cause: { code: "modifier-chain" } });
  });

  it.each([
    ["void", (t: Types) => t.const(0)],
    ["a forward declaration", (t: Types) => t.fwd("f")],
    ["a function", (t: Types) => t.func("f", t.proto(0))],
    ["an array in an array in a cycle", (t: Types) => t.array(t.next(), 1)],
  ])("without a size are errors: %s", (_, add) => {
    const t = new Types();
    const root = add(t);
    const holder = t.struct("holder", 0, ["a", t.array(root, 2), 0]);
    const btf = t.btf();
    for (const error of [errorOf(btf, root, "0"), errorOf(btf, holder, "0:0:1")]) {
      expect(error).toMatchObject({ code: "type", cause: { name: "BtfError", code: "no-size" } });
    }
  });

  it("whose member has an offset to an empty name are errors, though that of an anonymous one is 0", () => {
    const t = new Types();
    const int = t.int("int", 4);
    const struct = t.struct("s", 4, ["member", int, 0]);
    const bytes = t.bytes();
    const view = new DataView(bytes.buffer);
    // The member is the last of the records; its name is moved to the 0 that ends the last string.
    const strings = view.getUint32(16, true);
    view.setUint32(24 + strings - 12, view.getUint32(20, true) - 1, true);
    const error = errorOf(parseBtf(bytes), struct, "0:0");
    expect(error.code).toBe("type");
    expect(error.message).toBe("spec: member 0 of struct s [2] has a name that is empty");
  });

  it("that are larger than 2^32 bits are errors, where libbpf goes on with the lower 32", () => {
    const t = new Types();
    const int = t.int("int", 4);
    const large = t.array(int, 0x07ffffff);
    const struct = t.struct("s", 0, ["a", large, 0xffffffff], ["b", int, 0xffffffe0]);
    const btf = t.btf();
    expect(parseSpec(btf, large, "0:134217726", "byte_off").points.at(-1)?.bitOffset).toBe(0xffffffc0);
    expect(parseSpec(btf, struct, "0:0", "byte_off").points.at(-1)?.bitOffset).toBe(0xffffffff);
    expect(errorOf(btf, struct, "0:0:1")).toMatchObject({ code: "overflow" });
    expect(errorOf(btf, large, "2:0").message).toBe(
      "spec: the access leads to bit 8589934528, beyond 2^32 - 1",
    );
    expect(errorOf(btf, int, "2147483647").code).toBe("overflow");
  });
});
