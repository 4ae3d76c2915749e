import type { Btf, TypeId } from "@core/btf";
import { Types } from "@core/written-types";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  accessors,
  bitOffsetOf,
  MAX_POINTS,
  type Point,
  parseSpec,
  pointNameOf,
  rawSpec,
  type Spec,
} from "./index.js";

const t = new Types();
const int = t.int("int", 4);
const inner = t.struct("", 8, ["a", int, 0], ["b", int, 32]);
const outer = t.struct("outer", 16, ["", t.union("", 8, ["", inner, 0]), 64]);
const colors = t.enum("colors", { RED: 0, GREEN: 1 });
const btf = t.btf();
const spec = parseSpec(btf, outer, "1:0:0:1", "byte_off");

it("rawSpec is the access string again", () => {
  expect(rawSpec(spec)).toEqual([1, 0, 0, 1]);
});

it("accessors are the points that the source names", () => {
  expect(accessors(spec)).toEqual([spec.points[0], spec.points[3]]);
});

it("bitOffsetOf is where the last point leads, anonymous or not", () => {
  expect(bitOffsetOf(spec)).toBe(128 + 64 + 32);
  expect(bitOffsetOf(parseSpec(btf, outer, "0:0:0", "byte_off"))).toBe(64);
  expect(bitOffsetOf(parseSpec(btf, outer, "0", "type_size"))).toBe(0);
});

it("pointNameOf is the name of what has one", () => {
  expect(spec.points.map((point) => pointNameOf(btf, point))).toEqual(["", "", "", "b"]);
  const [enumerator] = parseSpec(btf, colors, "1", "enumval_value").points;
  expect(enumerator && pointNameOf(btf, enumerator)).toBe("GREEN");
});

it("MAX_POINTS is BPF_CORE_SPEC_MAX_LEN of libbpf", () => {
  expect(MAX_POINTS).toBe(64);
});

describe("types", () => {
  it("a point is reached in one of five ways", () => {
    expectTypeOf<Point["via"]>().toEqualTypeOf<"root" | "anonymous" | "element" | "member" | "enumerator">();
  });

  it("a spec is read-only, and its ids are those of its BTF", () => {
    expectTypeOf<Spec["points"]>().toEqualTypeOf<readonly Point[]>();
    expectTypeOf<Spec["rootId"]>().toEqualTypeOf<TypeId>();
    expectTypeOf<Spec["btf"]>().toEqualTypeOf<Btf>();
    expectTypeOf<Readonly<Spec>>().toEqualTypeOf<Spec>();
  });
});
