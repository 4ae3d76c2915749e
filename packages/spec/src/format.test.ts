import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { describeType, formatAccess, formatSpec, parseSpec, type RelocationKind, shorten } from "./index.js";

const t = new Types();
const int = t.int("int", 4);
const inner = t.struct("", 12, ["a", t.array(int, 2), 0], ["bit", int, 67, 5]);
const outer = t.struct("outer", 32, ["i", int, 0], ["", inner, 32], ["f", t.array(inner, 0), 128]);
const alias = t.typedef("outer_t", t.const(outer));
const small = t.enum("small", { A: 1, B: -2 });
const unsigned = t.enum("unsigned", { C: 0xffffffff - 2 ** 32, D: 0 });
const big = t.enum64("big", { E: -1n, F: 0x123456789an });
const bigUnsigned = t.enum64("", { G: 0xffffffffffffffffn });
const btf = t.btf();

const format = (kind: RelocationKind, root: number, accessStr: string): string =>
  formatSpec(parseSpec(btf, root, accessStr, kind));

describe("formatSpec", () => {
  // As bpf_core_format_spec of libbpf 1.8 writes them.
  it.each<[RelocationKind, number, string, string]>([
    ["byte_off", outer, "0", "<byte_off> [5] struct outer (0 @ offset 0)"],
    ["byte_off", outer, "3:0", "<byte_off> [5] struct outer[3].i (3:0 @ offset 96)"],
    ["byte_sz", outer, "0:1:0:1", "<byte_sz> [5] struct outer.a[1] (0:1:0:1 @ offset 8)"],
    // An index is left out only where it is the root's own.
    ["byte_sz", outer, "0:1:0:0", "<byte_sz> [5] struct outer.a[0] (0:1:0:0 @ offset 4)"],
    ["signed", outer, "0:1", "<signed> [5] struct outer (0:1 @ offset 4)"],
    ["lshift_u64", outer, "0:1:1", "<lshift_u64> [5] struct outer.bit (0:1:1 @ offset 12.3)"],
    ["rshift_u64", alias, "0:2:2:1", "<rshift_u64> [7] typedef outer_t.f[2].bit (0:2:2:1 @ offset 48.3)"],
    ["field_exists", int, "0", "<field_exists> [1] int int (0 @ offset 0)"],
    ["type_size", alias, "0", "<type_size> [7] typedef outer_t"],
    ["local_type_id", inner, "0", "<local_type_id> [3] struct <anon>"],
    ["local_type_id", 0, "0", "<local_type_id> [0] void <anon>"],
    ["target_type_id", alias - 1, "0", "<target_type_id> [6] const <anon>"],
    ["type_exists", small, "0", "<type_exists> [8] enum small"],
    ["type_matches", small, "0", "<type_matches> [8] enum small"],
    ["enumval_exists", small, "0", "<enumval_exists> [8] enum small::A = 1"],
    ["enumval_value", small, "1", "<enumval_value> [8] enum small::B = -2"],
    ["enumval_value", big, "0", "<enumval_value> [10] enum64 big::E = -1"],
    ["enumval_value", big, "1", "<enumval_value> [10] enum64 big::F = 78187493530"],
    ["enumval_value", bigUnsigned, "0", "<enumval_value> [11] enum64 <anon>::G = 18446744073709551615"],
  ])("%s of [%i] + %s", (kind, root, accessStr, text) => {
    expect(format(kind, root, accessStr)).toBe(text);
  });

  it("shows values as their enum declares them", () => {
    expect(format("enumval_value", unsigned, "0")).toBe("<enumval_value> [9] enum unsigned::C = -1");
    const plain = new Types();
    const id = plain.add({
      kind: "enum",
      name: "e",
      size: 4,
      signed: false,
      enumerators: [{ name: "A", value: 0xffffffffn }],
    });
    const spec = parseSpec(plain.btf(), id, "0", "enumval_value");
    expect(formatSpec(spec)).toBe("<enumval_value> [1] enum e::A = 4294967295");
  });

  it("cuts names that no kernel has", () => {
    const long = new Types();
    const name = "x".repeat(100_000);
    const id = long.struct(name, 4, [name, long.next(1), 0]);
    long.int("int", 4);
    const text = formatSpec(parseSpec(long.btf(), id, "0:0", "byte_off"));
    expect(text).toBe(`<byte_off> [1] struct ${"x".repeat(200)}....${"x".repeat(200)}... (0:0 @ offset 0)`);
  });
});

describe("formatAccess", () => {
  it.each<[RelocationKind, number, string, string]>([
    ["byte_off", outer, "0", ""],
    ["byte_off", outer, "1:1:0:1", "[1].a[1]"],
    ["byte_off", outer, "0:2:2:1", ".f[2].bit"],
    ["enumval_value", small, "1", "::B"],
    ["type_exists", small, "0", ""],
  ])("writes %s of [%i] + %s as C does behind the type", (kind, root, accessStr, text) => {
    expect(formatAccess(parseSpec(btf, root, accessStr, kind))).toBe(text);
  });
});

it("describeType names a type and its id", () => {
  expect(describeType(btf, outer)).toBe("struct outer [5]");
  expect(describeType(btf, inner)).toBe("struct <anon> [3]");
});

it("shorten keeps 200 UTF-16 units", () => {
  expect(shorten("x".repeat(200))).toBe("x".repeat(200));
  expect(shorten("x".repeat(201))).toBe(`${"x".repeat(200)}...`);
});
