import { BtfError } from "@core/btf";
import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { repeats } from "./repeats.js";

type Add = (t: Types) => number;
const int: Add = (t) => t.int("int", 4);
const long: Add = (t) => t.int("long", 8);

/** Is either a copy of the other? It makes no difference which of the two was there first. */
function areCopies(add: Add, addOther: Add): boolean {
  const [types, others] = [new Types(), new Types()];
  const [id, otherId] = [types.typedef("t", add(types)), others.typedef("t", addOther(others))];
  const [btf, other] = [types.btf(), others.btf()];
  const [a, b] = [types.next(-2), others.next(-2)];
  const answer = repeats(btf, a, other, b);
  expect(repeats(other, b, btf, a)).toBe(answer);
  // A typedef is a copy where what it stands for is one.
  expect(repeats(btf, id, other, otherId)).toBe(answer);
  return answer;
}

/** A struct, or a union, of these members. */
const composite =
  (kind: "struct" | "union", ...members: [name: string, add: Add, at: number, width?: number][]): Add =>
  (t) =>
    t[kind]("s", 16, ...members.map(([name, add, at, width]) => [name, add(t), at, width ?? 0] as const));

const pair = composite("struct", ["a", int, 0], ["b", int, 32]);

const swapped =
  (x: number, y: number): Add =>
  (t) =>
    t.struct("in", 8, ["x", int(t), x], ["y", int(t), y]);

describe("a copy is", () => {
  it.each<[string, Add, Add]>([
    ["a struct of the same members", pair, pair],
    ["a union of the same members", composite("union", ["a", int, 0]), composite("union", ["a", int, 0])],
    [
      "a struct of the same bitfields",
      composite("struct", ["a", int, 3, 5]),
      composite("struct", ["a", int, 3, 5]),
    ],
    ["an enum of the same values", (t) => t.enum("e", { A: 1, B: 2 }), (t) => t.enum("e", { A: 1, B: 2 })],
    ["an enum64", (t) => t.enum64("e", { A: 1n }), (t) => t.enum64("e", { A: 1n })],
    ["an integer", int, int],
    ["a declaration", (t) => t.fwd("s"), (t) => t.fwd("s")],
    [
      "a struct with a pointer to one of the same name, whatever is in that",
      composite("struct", ["p", (t) => t.ptr(pair(t)), 0]),
      composite("struct", ["p", (t) => t.ptr(t.struct("s", 0)), 0]),
    ],
  ])("%s", (_, add, addOther) => {
    expect(areCopies(add, addOther)).toBe(true);
  });
});

describe("no copy is", () => {
  it.each<[string, Add, Add]>([
    ["a union of a struct", composite("struct", ["a", int, 0]), composite("union", ["a", int, 0])],
    ["one of another size", pair, (t) => t.struct("s", 24, ["a", int(t), 0], ["b", int(t), 32])],
    ["one with a member more", pair, composite("struct", ["a", int, 0], ["b", int, 32], ["c", int, 64])],
    ["one with a member elsewhere", pair, composite("struct", ["a", int, 0], ["b", int, 64])],
    ["one with a member of another name", pair, composite("struct", ["a", int, 0], ["c", int, 32])],
    ["one with a member of another type", pair, composite("struct", ["a", int, 0], ["b", long, 32])],
    [
      "one with a wider bitfield",
      composite("struct", ["a", int, 3, 5]),
      composite("struct", ["a", int, 3, 6]),
    ],
    [
      "a union in which one name is twice",
      composite("union", ["a", int, 0], ["a", int, 0]),
      composite("union", ["a", int, 0], ["b", int, 0]),
    ],
    [
      "one of which a member has a member more",
      composite("struct", ["in", (t) => t.struct("in", 4, ["x", int(t), 0]), 0]),
      composite("struct", ["in", (t) => t.struct("in", 4, ["x", int(t), 0], ["y", int(t), 0]), 0]),
    ],
    [
      "one of which a member has its own elsewhere",
      composite("struct", ["in", (t) => t.array(t.const(swapped(0, 32)(t)), 2), 0]),
      composite("struct", ["in", (t) => t.array(t.const(swapped(32, 0)(t)), 2), 0]),
    ],
    [
      "one of which a member has another size",
      composite("struct", ["in", (t) => t.struct("in", 4, ["x", int(t), 0]), 0]),
      composite("struct", ["in", (t) => t.struct("in", 8, ["x", int(t), 0]), 0]),
    ],
    [
      "one with members in another order, which are elsewhere within",
      composite("union", ["a", swapped(0, 32), 0], ["b", swapped(32, 0), 0]),
      composite("union", ["b", swapped(0, 32), 0], ["a", swapped(32, 0), 0]),
    ],
    ["an enum of other values", (t) => t.enum("e", { A: 1, B: 2 }), (t) => t.enum("e", { A: 1, B: 3 })],
    ["an enum with a value more", (t) => t.enum("e", { A: 1 }), (t) => t.enum("e", { A: 1, B: 3 })],
    ["an enum of another size", (t) => t.enum("e", { A: 1 }, 4), (t) => t.enum("e", { A: 1 }, 1)],
    ["an enum64 of an enum", (t) => t.enum("e", { A: 1 }, 8), (t) => t.enum64("e", { A: 1n }, 8)],
    ["an integer of another size", int, (t) => t.int("int", 8)],
    ["a type of any kind that is never like another", (t) => t.float("f", 4), (t) => t.float("f", 4)],
    [
      "one that holds itself, which no comparison ends for",
      (t) => t.struct("s", 4, ["a", t.next(), 0]),
      (t) => t.struct("s", 4, ["a", t.next(), 0]),
    ],
  ])("%s", (_, add, addOther) => {
    expect(areCopies(add, addOther)).toBe(false);
  });
});

it("what repeats at every level is compared once", () => {
  const types = () => {
    const t = new Types();
    let id = t.int("int", 4);
    for (let i = 0; i < 31; i++) id = t.struct("s", 4, ["a", id, 0], ["b", id, 0]);
    return [t.btf(), id] as const;
  };
  expect(repeats(...types(), ...types())).toBe(true);
});

it("malformed types are errors, as everywhere", () => {
  const t = new Types();
  const id = t.struct("s", 4, ["a", t.const(t.next()), 0]);
  const btf = t.btf();
  expect(() => repeats(btf, id, btf, id)).toThrow(BtfError);
});
