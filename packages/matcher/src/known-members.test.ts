import { parseSpec } from "@core/spec";
import { type MemberPlan, Types } from "@core/written-types";
import { describe, expect, test } from "vitest";
import { findCandidates, type Resolution, resolve } from "./index.js";

/** Relocates fields of local structs `s`, in turn, against one target, and against a new copy of it each. */
function inTurn(
  accesses: readonly [members: (t: Types) => MemberPlan[], accessStr: string][],
  targetMembers: (t: Types) => MemberPlan[],
): readonly [warm: Resolution, cold: Resolution][] {
  const target = () => {
    const types = new Types();
    types.struct("s", 32, ...targetMembers(types));
    return { kernel: types.btf() };
  };
  const warm = target();
  return accesses.map(([members, accessStr]) => {
    const types = new Types();
    const root = types.struct("s", 64, ...members(types));
    const spec = parseSpec(types.btf(), root, accessStr, "byte_off");
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
  ])("%s", (_, members) => {
    for (const [warm, cold] of inTurn(
      members.map((plan) => [plan, "0:0"]),
      twice,
    )) {
      expect(plain(warm)).toEqual(plain(cold));
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
