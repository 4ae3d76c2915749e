import type { RelocationKind } from "@core/spec";
import { type MemberPlan, Types } from "@core/written-types";
import { expect, it } from "vitest";
import { decide } from "../test/decide.js";
import { MatcherError } from "./index.js";

const int = (t: Types) => t.int("int", 4);

/** Of a relocation of a struct s, or of a typedef, against its own BTF. */
const ofStruct =
  (...members: ((t: Types) => MemberPlan)[]) =>
  (t: Types): number =>
    t.struct("s", 16, ...members.map((member) => member(t)));
const deepArray = (t: Types): number => {
  let id = int(t);
  for (let i = 0; i < 1025; i++) id = t.array(id, 1);
  return id;
};
const deepPointer = (t: Types): number => {
  let id = int(t);
  for (let i = 0; i < 32; i++) id = t.ptr(id);
  return t.typedef("t", id);
};

it.each<[RelocationKind, string, (t: Types) => number, string, object]>([
  [
    "type_exists",
    "0",
    (t) => t.struct("", 4),
    "type 1 has no name to look for in a target",
    { code: "anonymous-root", site: { typeId: 1 } },
  ],
  [
    "field_exists",
    "0:1",
    ofStruct(
      (t) => ["", t.next(1), 0],
      (t) => ["a", int(t), 0],
    ),
    "the access leads through more than 64 members and elements of the target",
    { code: "too-deep", site: {} },
  ],
  [
    "field_exists",
    "0:0",
    ofStruct((t) => ["a", deepArray(t), 0]),
    "the target's type 1026 is an array of more than 1024 dimensions, or behind as many typedefs",
    { code: "too-deep", site: { typeId: 1026 } },
  ],
  [
    "type_exists",
    "0",
    deepPointer,
    "the target's type 34 is nested more than 32 deep",
    { code: "too-deep", site: { typeId: 34 } },
  ],
  [
    "signed",
    "0",
    ofStruct(),
    "signed cannot be applied to an array element",
    { code: "array-element", site: { typeId: 1 } },
  ],
  [
    "byte_off",
    "0:0",
    ofStruct((t) => ["a", t.int("none", 0), 0, 3]),
    "type 1 of a bitfield has size 0",
    { code: "bitfield", site: { typeId: 1 } },
  ],
  [
    "byte_off",
    "0:0",
    ofStruct((t) => ["a", int(t), 62, 30]),
    "a bitfield of 30 bits at bit 62 does not fit a load of 8 bytes",
    { code: "bitfield", site: { typeId: 1 } },
  ],
])("%s + %s: an error says what it is about", (kind, accessStr, add, message, expected) => {
  const types = new Types();
  const root = add(types);
  const btf = types.btf();
  const { verdict } = decide(btf, root, accessStr, kind, btf);
  const error = verdict.kind === "invalid" ? verdict.error : undefined;
  expect(error).toBeInstanceOf(MatcherError);
  expect(error).toMatchObject({ name: "MatcherError", message: `matcher: ${message}`, ...expected });
});
