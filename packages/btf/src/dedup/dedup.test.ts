import { describe, expect, test } from "vitest";
import { btfOf, int, struct, union } from "../../test/build.js";
import { btfErrorOf } from "../../test/errors.js";
import { typesOf } from "../../test/types-of.js";
import { encodeBtf } from "../encode/index.js";
import { type BtfType, parseBtf, type WritableType, writeBtf } from "../index.js";

// What is expected is what btf__dedup of libbpf 1.8 leaves of the same types; tools/conformance asks it about real ones.

const dedup = (types: readonly WritableType[]): BtfType[] =>
  typesOf(parseBtf(encodeBtf(btfOf(types), { dedup: true })));

const to =
  (kind: "ptr" | "const" | "volatile" | "restrict") =>
  (typeId: number): WritableType => ({ kind, typeId });
const [ptr, constant, volatile, restrict] = [to("ptr"), to("const"), to("volatile"), to("restrict")] as const;
const typedef = (name: string, typeId: number): WritableType => ({ kind: "typedef", name, typeId });
const tag = (name: string, typeId: number): WritableType => ({
  kind: "type_tag",
  name,
  typeId,
  attribute: false,
});
const array = (typeId: number, nelems: number): WritableType => ({
  ...{ kind: "array", typeId, indexTypeId: 0, nelems },
});
const float = (name: string, size: number): WritableType => ({ kind: "float", name, size });
const fwd = (name: string, of: "struct" | "union" = "struct"): WritableType => ({ kind: "fwd", name, of });
const enumOf = (name: string, ...names: readonly string[]): WritableType => ({
  ...{ kind: "enum", name, size: 4, signed: false },
  enumerators: names.map((own, i) => ({ name: own, value: BigInt(i) })),
});
const enum64Of = (name: string, ...names: readonly string[]): WritableType => ({
  ...{ kind: "enum64", name, size: 8, signed: false },
  enumerators: names.map((own, i) => ({ name: own, value: BigInt(i) })),
});
const proto = (returnTypeId: number, ...params: readonly (readonly [string, number])[]): WritableType => ({
  ...{ kind: "func_proto", returnTypeId },
  params: params.map(([name, typeId]) => ({ name, typeId })),
});

/** Types of which the last is the one that is meant; `at` is the id of the first. */
type Part = (at: number) => readonly WritableType[];

const PARTS: Readonly<Record<string, Part>> = {
  "a constant int": (at) => [int("int", 4), constant(at)],
  "a constant void": () => [constant(0)],
  "a volatile float": (at) => [float("float", 4), volatile(at)],
  "a restricted pointer": (at) => [ptr(0), restrict(at)],
  "a pointer to an enum": (at) => [enumOf("e", "A", "B"), ptr(at)],
  "a pointer to an enum64": (at) => [enum64Of("e", "A", "B"), ptr(at)],
  "a pointer to something declared": (at) => [fwd("there"), ptr(at)],
  "a typedef": (at) => [int("int", 4), typedef("t", at)],
  "a tagged pointer": (at) => [int("int", 4), tag("rcu", at), ptr(at + 1)],
  "an array": (at) => [int("int", 4), array(at, 3)],
  "a prototype": (at) => [int("int", 4), proto(at, ["x", at], ["y", 0]), ptr(at + 1)],
  "a struct": (at) => [
    int("int", 4),
    struct("t", 8, [
      ["x", at, 0],
      ["y", at, 32],
    ]),
  ],
  "a union": (at) => [
    int("int", 4),
    ptr(0),
    union("t", 8, [
      ["x", at, 0],
      ["p", at + 1, 0],
    ]),
  ],
};

/** Something that differs in a word from the part of the same name. */
const OTHERS: Readonly<Record<string, Part>> = {
  "a constant int": (at) => [int("int", 8), constant(at)],
  "a constant void": (at) => [int("int", 4), constant(at)],
  "a volatile float": (at) => [float("float", 8), volatile(at)],
  "a restricted pointer": (at) => [constant(0), restrict(at)],
  "a pointer to an enum": (at) => [enumOf("e", "A", "C"), ptr(at)],
  "a pointer to an enum64": (at) => [enum64Of("e", "A", "B", "C"), ptr(at)],
  "a pointer to something declared": (at) => [fwd("there", "union"), ptr(at)],
  "a typedef": (at) => [int("int", 4), typedef("u", at)],
  "a tagged pointer": (at) => [int("int", 4), tag("user", at), ptr(at + 1)],
  "an array": (at) => [int("int", 4), array(at, 4)],
  "a prototype": (at) => [int("int", 4), proto(at, ["x", at], ["z", 0]), ptr(at + 1)],
  "a struct": (at) => [
    int("int", 4),
    struct("t", 8, [
      ["x", at, 0],
      ["z", at, 32],
    ]),
  ],
  "a union": (at) => [
    int("int", 4),
    ptr(0),
    union("t", 8, [
      ["x", at, 0],
      ["q", at + 1, 0],
    ]),
  ],
};

/**
 * A struct with two members of one type; and another one with a type of its own for each, which come after it, so
 * that whether those are one is not known when the structs are compared.
 */
function twoOfEach(part: Part, first: Part, second: Part): WritableType[] {
  const types = [...part(1)];
  const pair = (a: number, b: number) =>
    struct("s", 16, [
      ["a", a, 0],
      ["b", b, 64],
    ]);
  types.push(pair(types.length, types.length));
  const at = types.length + 2;
  const [one, two] = [first(at), second(at + first(at).length)];
  types.push(pair(at + one.length - 1, at + one.length + two.length - 1), ...one, ...two);
  return types;
}

describe.each(Object.entries(PARTS))("%s that a compiler wrote twice", (what, part) => {
  const other = OTHERS[what] ?? part;

  test("is one, and so are the structs that have it", () => {
    const types = twoOfEach(part, part, part);
    expect(dedup(types)).toEqual(types.slice(0, part(1).length + 1));
  });

  test("is none with another, whose struct stays", () => {
    for (const types of [
      twoOfEach(part, part, other),
      twoOfEach(part, other, part),
      twoOfEach(part, other, other),
    ]) {
      const left = dedup(types);
      expect(left.slice(0, part(1).length + 1)).toEqual(types.slice(0, part(1).length + 1));
      expect(left.filter((type) => type.kind === "struct" && type.name === "s")).toHaveLength(2);
    }
  });
});

test("what is twice, deeper than sixteen members, is not taken for one", () => {
  const deep =
    (levels: number): Part =>
    (at) => [
      int("int", 4),
      ...Array.from({ length: levels }, (_, i) => struct(`t${i}`, 4, [["x", at + i, 0]])),
    ];
  const structsOf = (levels: number): number =>
    dedup(twoOfEach(deep(levels), deep(levels), deep(levels))).filter(
      (type) => type.kind === "struct" && type.name === "s",
    ).length;
  expect([structsOf(15), structsOf(16)]).toEqual([1, 2]);
});

describe("declarations", () => {
  const node = (next: number) =>
    struct("node", 16, [
      ["next", next, 0],
      ["value", 1, 64],
    ]);

  test("become the struct of their name, in a list that leads back to itself", () => {
    const whole = [int("int", 4), ptr(3), node(2)];
    expect(dedup([...whole, int("int", 4), fwd("node"), ptr(5), typedef("link", 6)])).toEqual([
      ...whole,
      typedef("link", 2),
    ]);
  });

  test("of a union are none of a struct, nor of one of several structs", () => {
    const types = [int("int", 4), struct("s", 4, [["x", 1, 0]]), fwd("s", "union"), ptr(3)];
    expect(dedup(types)).toEqual(types);
    const several = [
      int("int", 4),
      struct("s", 4, [["x", 1, 0]]),
      struct("s", 4, [["y", 1, 0]]),
      fwd("s"),
      ptr(4),
    ];
    expect(dedup(several)).toEqual(several);
  });

  test("of an enum become it, before and behind it, whatever its size", () => {
    const whole = [enumOf("e", "A"), ptr(1)];
    expect(dedup([...whole, enumOf("e"), ptr(3)])).toEqual(whole);
    expect(dedup([enumOf("e"), ptr(1), enumOf("e", "A"), ptr(3)])).toEqual([ptr(2), enumOf("e", "A")]);
    expect(dedup([enum64Of("e", "A"), ptr(1), enumOf("e"), ptr(3)])).toEqual([enum64Of("e", "A"), ptr(1)]);
  });

  test("of a base stay what they are: what is the same but for them stays, too", () => {
    const base = btfOf([int("int", 4), fwd("t"), ptr(2), struct("s", 8, [["p", 3, 0]])]);
    const own = [struct("t", 4, [["x", 1, 0]]), ptr(5), struct("s", 8, [["p", 6, 0]])];
    const split = parseBtf(writeBtf(own, { order: "little", base }), { base });
    const left = parseBtf(encodeBtf(split, { dedup: true }), { base });
    expect(typesOf(left)).toEqual(own);
  });
});

describe("what is not a part of any type", () => {
  test("is refused within a struct that another one is compared with", () => {
    const half = (at: number): WritableType[] => [
      struct("s", 8, [["p", at + 1, 0]]),
      ptr(at + 2),
      { kind: "var", name: "v", typeId: 0, linkage: 1 },
    ];
    expect(btfErrorOf(() => dedup([...half(1), ...half(4)]))?.code).toBe("wrong-kind");
  });
});
