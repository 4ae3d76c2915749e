import { parseSpec, type RelocationKind } from "@core/spec";
import { type MemberPlan, Types } from "@core/written-types";
import { describe, expect, test } from "vitest";
import { expectCandidates, findCandidates, type Resolution, resolve } from "./index.js";
import { expectObject, findKnownMatch, keepMatch } from "./known-matches.js";
import { shapeOf } from "./shape.js";

/** A field of a local struct `s`. */
type Access = readonly [members: (t: Types) => MemberPlan[], accessStr: string, kind?: RelocationKind];

/** Relocates fields, in turn, against one target which is not the first object's, and against a new copy of it each. */
function inTurn(
  accesses: readonly Access[],
  targetMembers: (t: Types) => MemberPlan[],
): readonly [warm: Resolution, cold: Resolution][] {
  const target = () => {
    const types = new Types();
    types.struct("s", 32, ...targetMembers(types));
    return { kernel: types.btf() };
  };
  const warm = target();
  const none = new Types().btf();
  for (let objects = 0; objects < 2; objects++) expectCandidates(none, [], warm);
  return accesses.map(([members, accessStr, kind = "byte_off"]) => {
    const types = new Types();
    const root = types.struct("s", 64, ...members(types));
    const spec = parseSpec(types.btf(), root, accessStr, kind);
    const [known, unknown] = [warm, target()].map((kernel) =>
      resolve(spec, findCandidates(spec.btf, root, kernel)),
    );
    if (known === undefined || unknown === undefined) throw new Error("unreachable");
    return [known, unknown];
  });
}

const plain = ({ attempts, verdict }: Resolution) => ({
  verdict: verdict.kind,
  change: "change" in verdict ? verdict.change : undefined,
  attempts: attempts.map((attempt) => (attempt.matched ? attempt.spec.points : attempt.rejection)),
});

const int = (t: Types) => t.int("int", 4);
const one =
  (name: string) =>
  (t: Types): MemberPlan[] => [[name, int(t), 0]];
const struct =
  (name: string) =>
  (t: Types): MemberPlan[] => [[name, t.struct("c", 4), 0]];
const enumeration =
  (type: string) =>
  (t: Types): MemberPlan[] => [["a", t.enum(type, { A: 0 }), 0]];
const pointer =
  (name: string) =>
  (t: Types): MemberPlan[] => [[name, t.ptr(0), 0]];

/** `a` is an int in an anonymous struct, and a pointer behind it. */
const twice = (t: Types): MemberPlan[] => {
  const inner = t.struct("", 8, ["x", int(t), 0], ["a", int(t), 32]);
  return [
    ["b", int(t), 0],
    ["", inner, 64],
    ["a", t.ptr(0), 128],
  ];
};

describe("what one relocation found out of a target does not change the next one", () => {
  test.each([
    ["the same field again", [one("a"), one("a")]],
    ["another field", [one("a"), one("b"), one("x")]],
    ["a field of that name, but of another type, that comes later", [one("a"), pointer("a"), one("a")]],
    ["the later one first", [pointer("a"), one("a"), pointer("a")]],
    ["no such field", [one("c"), one("c"), pointer("c")]],
    ["no such struct", [struct("c"), struct("c"), one("c")]],
  ])("%s", (_, members) => {
    for (const [warm, cold] of inTurn(
      members.map((plan) => [plan, "0:0"]),
      twice,
    )) {
      expect(plain(warm)).toEqual(plain(cold));
    }
  });

  const array =
    (...dimensions: number[]) =>
    (t: Types): MemberPlan[] => [["a", dimensions.reduce((of, nelems) => t.array(of, nelems), int(t)), 0]];
  const nested = (t: Types): MemberPlan[] => {
    const inner = t.struct("in", 16, ["b", int(t), 32], ["c", int(t), 64]);
    return [
      ["a", t.array(t.array(int(t), 4), 3), 0],
      ["in", t.array(inner, 2), 384],
    ];
  };
  const inner = (t: Types): MemberPlan[] => [["in", t.array(t.struct("in", 8, ["b", int(t), 0]), 2), 0]];
  const innerC = (t: Types): MemberPlan[] => [["in", t.array(t.struct("in", 8, ["c", int(t), 0]), 2), 0]];

  test.each<[string, Access[]]>([
    [
      "another kind of relocation",
      [
        [array(3), "0:0", "field_exists"],
        [array(4, 3), "0:0", "byte_sz"],
        [array(4, 3), "0:0", "byte_off"],
        [array(4, 3), "0:0", "signed"],
      ],
    ],
    [
      "other dimensions",
      [
        [array(3), "0:0"],
        [array(4, 3), "0:0"],
        [one("a"), "0:0"],
        [array(5, 4, 3), "0:0"],
        [array(4, 3), "0:0:1"],
        [array(4, 3), "0:0:2"],
        [array(4, 3), "0:0:2:1"],
      ],
    ],
    [
      "another element, or member of it",
      [
        [inner, "0:0"],
        [inner, "0:0:0:0"],
        [inner, "0:0:1:0"],
        [innerC, "0:0:1:0"],
        [inner, "1:0:1:0"],
        [inner, "0:0:1:0"],
      ],
    ],
  ])("%s", (_, accesses) => {
    for (const [warm, cold] of inTurn(accesses, nested)) expect(plain(warm)).toEqual(plain(cold));
  });

  test("a field behind one that another object's does not go with, while this one's does", () => {
    // An enum goes with one of its name, and with any where one of the two has no name.
    const target = (t: Types): MemberPlan[] => [
      ["", t.struct("", 4, ...enumeration("f")(t)), 32],
      ...enumeration("")(t),
    ];
    const outcomes = inTurn(
      [
        [enumeration("e"), "0:0"],
        [enumeration(""), "0:0"],
        [enumeration("e"), "0:0"],
      ],
      target,
    );
    for (const resolutions of outcomes) {
      expect(resolutions.map(({ verdict }) => "change" in verdict && verdict.change.value)).toEqual(
        resolutions === outcomes[1] ? [4n, 4n] : [0n, 0n],
      );
    }
  });

  test("what is found is what was looked for", () => {
    const outcomes = inTurn(
      [
        [one("a"), "0:0"],
        [pointer("a"), "0:0"],
        [one("a"), "0:0"],
      ],
      twice,
    );
    expect(outcomes.map(([{ verdict }]) => "change" in verdict && verdict.change.value)).toEqual([
      12n,
      16n,
      12n,
    ]);
  });
});

describe("what is kept of a target", () => {
  const types = new Types();
  const typeId = types.struct("s", 32, ...twice(types));
  const target = () => {
    const kernel = types.btf();
    for (let objects = 0; objects < 2; objects++) expectObject(kernel);
    return kernel;
  };

  test("is nothing as long as there is one object", () => {
    const match = { matched: false, step: 1, in: typeId } as const;
    const kernel = types.btf();
    for (const objects of [0, 1, 2, 3]) {
      if (objects > 0) expectObject(kernel);
      expect(findKnownMatch(kernel, typeId, "m"), `after ${objects} objects`).toBe(
        objects < 3 ? undefined : match,
      );
      keepMatch(kernel, typeId, "m", match);
    }
  });

  test("is also kept of modules", () => {
    const kernel = types.btf();
    const module = types.btf();
    const match = { matched: false, step: 1, in: typeId } as const;
    const objects = [1, 2];
    for (const _ of objects) expectCandidates(kernel, [], { kernel, modules: [{ name: "m", btf: module }] });
    keepMatch(module, typeId, "m", match);
    expect(findKnownMatch(module, typeId, "m")).toBe(match);
  });

  test("is where a field is, or that there is none", () => {
    const kernel = target();
    const shapes = ["a", "c"].map((name) => {
      const t = new Types();
      const root = t.struct("s", 4, ...one(name)(t));
      const spec = parseSpec(t.btf(), root, "0:0", "byte_off");
      resolve(spec, findCandidates(spec.btf, root, { kernel }));
      return shapeOf(spec) ?? "";
    });
    expect(shapes.map((shape) => findKnownMatch(kernel, typeId, shape))).toMatchObject([
      { matched: true, found: { points: { length: 3 } }, value: { value: 12n } },
      { matched: false, step: 1, in: typeId },
    ]);
  });

  test("are so many matches", () => {
    const match = { matched: false, step: 1, in: typeId } as const;
    const kernel = target();
    for (let i = 0; i < 65_536; i++) keepMatch(kernel, typeId, `m${i}`, match);
    keepMatch(kernel, typeId, "one too many", match);
    expect(findKnownMatch(kernel, typeId, "m0")).toBe(match);
    expect(findKnownMatch(kernel, typeId, "m65535")).toBe(match);
    expect(findKnownMatch(kernel, typeId, "one too many")).toBeUndefined();
    // Of another target as many.
    const other = target();
    keepMatch(other, typeId, "m0", match);
    expect(findKnownMatch(other, typeId, "m0")).toBe(match);
  });
});
