import type { ByteOrder } from "@core/bytes";
import type { RelocationKind } from "@core/spec";
import { type MemberPlan, Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { decide, outcomeOf } from "../test/decide.js";

/** The outcome of a field of a local struct s, by its members here and in the target. */
function outcome(
  kind: RelocationKind,
  accessStr: string,
  localMembers: (t: Types) => MemberPlan[],
  targetMembers = localMembers,
  order: ByteOrder = "little",
): string {
  const [local, target] = [new Types(), new Types()];
  const root = local.struct("s", 24, ...localMembers(local));
  target.struct("s", 40, ...targetMembers(target));
  return outcomeOf(decide(local.btf(order), root, accessStr, kind, target.btf(order)));
}

const u32 = (t: Types) => t.int("u32", 4);
const i32 = (t: Types) => t.int("int", 4, { signed: true });

describe("a member", () => {
  const local = (t: Types): MemberPlan[] => [["a", t.const(u32(t)), 32]];
  const target = (t: Types): MemberPlan[] => [["a", t.int("s64", 8, { signed: true }), 128]];

  it.each<[RelocationKind, string]>([
    ["byte_off", "resolved 4 -> 16, 4 bytes -> 8 bytes, poisoned"],
    ["byte_sz", "resolved 4 -> 8"],
    ["field_exists", "resolved 1 -> 1"],
    ["signed", "resolved 0 -> 1"],
    ["lshift_u64", "resolved 32 -> 0"],
    ["rshift_u64", "resolved 32 -> 0"],
  ])("has %s", (kind, expected) => {
    expect(outcome(kind, "0:0", local, target)).toBe(expected);
  });

  it.each<[RelocationKind, string]>([
    ["lshift_u64", "resolved 32 -> 0"],
    ["rshift_u64", "resolved 32 -> 0"],
    ["byte_off", "resolved 4 -> 16, 4 bytes -> 8 bytes, poisoned"],
  ])("has the same %s in big-endian order", (kind, expected) => {
    expect(outcome(kind, "0:0", local, target, "big")).toBe(expected);
  });

  it.each<[string, (t: Types) => number, string]>([
    ["bytes", (t) => t.int("u8", 1), "resolved 56 -> 56"],
    ["a whole 64-bit word", (t) => t.ptr(0), "resolved 0 -> 0"],
    // libbpf reckons shifts in unsigned 32 bits.
    ["more than 64 bits", (t) => t.array(t.ptr(0), 2), "resolved 4294967232 -> 4294967232"],
  ])("is shifted by what is left of 64 bits: %s", (_, type, expected) => {
    const members = (t: Types): MemberPlan[] => [["a", type(t), 64]];
    expect(outcome("rshift_u64", "0:0", members)).toBe(expected);
    expect(outcome("lshift_u64", "0:0", members)).toBe(expected);
    expect(outcome("lshift_u64", "0:0", members, members, "big")).toBe(expected);
  });

  it.each<[string, (t: Types) => number, number]>([
    ["a signed integer", i32, 1],
    ["an unsigned integer", u32, 0],
    ["a char that is signed", (t) => t.int("char", 1, { signed: true, char: true }), 1],
    ["an enum with a negative value", (t) => t.enum("e", { A: -1 }), 1],
    ["an enum without", (t) => t.enum("e", { A: 1 }), 0],
    ["an enum64 with a negative value", (t) => t.typedef("e_t", t.enum64("e", { A: -1n })), 1],
    ["a pointer", (t) => t.ptr(0), 0],
    ["a struct with bitfields", (t) => t.struct("b", 4, ["x", i32(t), 0, 3]), 0],
    ["a float", (t) => t.float("float", 4), 0],
    ["an array of signed integers", (t) => t.array(i32(t), 2), 0],
  ])("is signed or not: %s", (_, type, expected) => {
    expect(outcome("signed", "0:0", (t) => [["a", type(t), 0]])).toBe(`resolved ${expected} -> ${expected}`);
  });

  it("that starts in the middle of a byte is at that byte", () => {
    expect(outcome("byte_off", "0:0", (t) => [["a", u32(t), 13]])).toBe(
      "resolved 1 -> 1, 4 bytes -> 4 bytes",
    );
  });

  it.each<RelocationKind>(["byte_off", "byte_sz", "signed", "lshift_u64", "rshift_u64"])(
    "without a size has no %s, but exists",
    (kind) => {
      const members = (t: Types): MemberPlan[] => [["a", t.fwd("f"), 0]];
      expect(outcome(kind, "0:0", members)).toBe("invalid no-size");
      expect(outcome("field_exists", "0:0", members)).toBe("resolved 1 -> 1");
    },
  );
});

describe("a bitfield", () => {
  // Offset and width in bits; then the load that covers it, in bytes, and the left shift in both orders.
  it.each<[string, number, number, number, number, number, number, number]>([
    ["at the start", 4, 0, 5, 0, 4, 59, 32],
    ["within its word", 4, 37, 3, 4, 4, 56, 37],
    ["a whole word", 4, 32, 32, 4, 4, 32, 32],
    ["up to the end of its word", 4, 61, 3, 4, 4, 32, 61],
    ["over the end of its word, which doubles it", 4, 62, 3, 0, 8, -1, 62],
    ["that doubles a byte twice", 1, 14, 12, 0, 4, 38, 46],
    ["that doubles a byte and moves down", 1, 7, 2, 0, 2, 55, 55],
    ["of a byte", 1, 9, 3, 1, 1, 60, 57],
    ["of 8 bytes", 8, 65, 60, 8, 8, 3, 1],
    ["of 60 bits behind 4", 4, 4, 60, 0, 8, 0, 4],
    ["in a load of 16 bytes", 16, 133, 5, 16, 16, 54, -59],
  ])("%s", (_, size, offset, width, byteOffset, byteSize, left, leftBig) => {
    const members = (t: Types): MemberPlan[] => [["a", t.int("int", size, { signed: true }), offset, width]];
    if (left < 0) {
      // 62 + 3 bits do not fit 8 bytes either.
      for (const kind of ["byte_off", "byte_sz", "signed", "lshift_u64", "rshift_u64"] as const)
        expect(outcome(kind, "0:0", members)).toBe("invalid bitfield");
      expect(outcome("field_exists", "0:0", members)).toBe("resolved 1 -> 1");
      return;
    }
    const unsigned = (value: number) => BigInt.asUintN(32, BigInt(value));
    expect(outcome("byte_off", "0:0", members)).toBe(`resolved ${byteOffset} -> ${byteOffset}, unchecked`);
    expect(outcome("byte_sz", "0:0", members)).toBe(`resolved ${byteSize} -> ${byteSize}, unchecked`);
    expect(outcome("field_exists", "0:0", members)).toBe("resolved 1 -> 1");
    expect(outcome("signed", "0:0", members)).toBe("resolved 1 -> 1");
    expect(outcome("rshift_u64", "0:0", members)).toBe(`resolved ${64 - width} -> ${64 - width}`);
    expect(outcome("lshift_u64", "0:0", members)).toBe(`resolved ${left} -> ${left}, unchecked`);
    const big = unsigned(leftBig);
    expect(outcome("lshift_u64", "0:0", members, members, "big")).toBe(
      `resolved ${big} -> ${big}, unchecked`,
    );
  });

  const bitfield = (t: Types): MemberPlan[] => [["a", u32(t), 36, 7]];
  const plain = (t: Types): MemberPlan[] => [["a", u32(t), 64]];

  it("here and a plain field there has no size to compare, so that loads are poisoned", () => {
    expect(outcome("byte_off", "0:0", bitfield, plain)).toBe(
      "resolved 4 -> 8, 0 bytes -> 4 bytes, poisoned, unchecked",
    );
    expect(outcome("byte_sz", "0:0", bitfield, plain)).toBe("resolved 4 -> 4, unchecked");
    expect(outcome("rshift_u64", "0:0", bitfield, plain)).toBe("resolved 57 -> 32");
    expect(outcome("lshift_u64", "0:0", bitfield, plain)).toBe("resolved 53 -> 32, unchecked");
  });

  it("there and a plain field here is checked, and poisons loads", () => {
    expect(outcome("byte_off", "0:0", plain, bitfield)).toBe("resolved 8 -> 4, 4 bytes -> 0 bytes, poisoned");
    expect(outcome("lshift_u64", "0:0", plain, bitfield)).toBe("resolved 32 -> 53");
  });

  it("may be of an enum", () => {
    const members = (t: Types): MemberPlan[] => [["a", t.enum("e", { A: -1 }), 3, 2]];
    expect(outcome("signed", "0:0", members)).toBe("resolved 1 -> 1");
    expect(outcome("byte_sz", "0:0", members)).toBe("resolved 4 -> 4, unchecked");
  });

  it.each<[string, (t: Types) => number, string]>([
    ["of size 0, by which libbpf divides", (t) => t.int("int", 0), "bitfield"],
    [
      "that states no size, of which libbpf takes the id of another type for one",
      (t) => t.ptr(1),
      "wrong-kind",
    ],
  ])("is an error when its type is one %s", (_, type, code) => {
    expect(outcome("byte_off", "0:0", (t) => [["a", type(t), 0, 3]])).toBe(`invalid ${code}`);
  });
});

describe("an element, and the root", () => {
  const array = (t: Types): MemberPlan[] => [["a", t.array(t.array(u32(t), 3), 2), 64]];

  it.each<[string, RelocationKind, string]>([
    ["0", "byte_off", "resolved 0 -> 0, 24 bytes -> 40 bytes, poisoned"],
    ["2", "byte_off", "resolved 48 -> 80, 24 bytes -> 40 bytes, poisoned"],
    ["0", "byte_sz", "resolved 24 -> 40"],
    ["0:0:1", "byte_off", "resolved 20 -> 20, 4 bytes -> 4 bytes"],
    ["0:0:1", "byte_sz", "resolved 12 -> 12"],
    ["0:0:1:2", "byte_off", "resolved 28 -> 28, 4 bytes -> 4 bytes"],
    ["0:0:1:2", "byte_sz", "resolved 4 -> 4"],
    ["0:0:1:2", "field_exists", "resolved 1 -> 1"],
    ["0:0", "byte_sz", "resolved 24 -> 24"],
  ])("%s has %s", (accessStr, kind, expected) => {
    expect(outcome(kind, accessStr, array)).toBe(expected);
  });

  it.each<RelocationKind>(["signed", "lshift_u64", "rshift_u64"])("have no %s", (kind) => {
    expect(outcome(kind, "0:0:1", array)).toBe("invalid array-element");
    expect(outcome(kind, "0", array)).toBe("invalid array-element");
  });
});

describe("a load or store of a field of another size", () => {
  const sized = (type: (t: Types) => number, targetType: (t: Types) => number, accessStr = "0:0"): string =>
    outcome(
      "byte_off",
      accessStr,
      (t) => [["a", type(t), 0]],
      (t) => [["a", targetType(t), 0]],
    );

  it.each<[string, (t: Types) => number, (t: Types) => number, string]>([
    ["unsigned integers", u32, (t) => t.int("u64", 8), "4 bytes -> 8 bytes"],
    [
      "pointers, in a kernel where long has 4 bytes",
      (t) => t.ptr(0),
      (t) => t.int("long", 4) && t.ptr(0),
      "8 bytes -> 4 bytes",
    ],
    [
      "a char, signed or not",
      (t) => t.int("char", 1, { signed: true, char: true }),
      u32,
      "1 bytes -> 4 bytes",
    ],
  ])("is adjusted: %s", (_, local, target, sizes) => {
    expect(sized(local, target)).toBe(`resolved 0 -> 0, ${sizes}`);
  });

  it.each<[string, (t: Types) => number, (t: Types) => number]>([
    ["a signed integer here", i32, (t) => t.int("u64", 8)],
    ["a signed integer there", u32, (t) => t.int("s64", 8, { signed: true })],
    ["enums", (t) => t.enum("e", {}), (t) => t.enum64("e", {})],
    ["structs", (t) => t.struct("x", 4), (t) => t.struct("x", 8)],
    ["floats", (t) => t.float("float", 4), (t) => t.float("double", 8)],
    ["arrays as a whole", (t) => t.array(u32(t), 2), (t) => t.array(t.int("u64", 8), 2)],
  ])("is poisoned: %s", (_, local, target) => {
    expect(sized(local, target)).toMatch(/, poisoned$/);
  });

  it("looks at elements, whatever the length", () => {
    expect(
      sized(
        (t) => t.array(t.array(i32(t), 2), 3),
        (t) => t.array(t.array(i32(t), 5), 9),
      ),
    ).toBe("resolved 0 -> 0, 4 bytes -> 4 bytes");
    const elements = sized(
      (t) => t.array(u32(t), 2),
      (t) => t.array(t.int("u64", 8), 2),
      "0:0:1",
    );
    expect(elements).toBe("resolved 4 -> 8, 4 bytes -> 8 bytes");
  });
});

describe("types", () => {
  const local = new Types();
  const root = local.typedef("t", local.array(u32(local), 3));
  const fwd = local.typedef("f", local.fwd("s"));
  const localBtf = local.btf();
  const target = new Types();
  target.ptr(0);
  target.typedef("t", target.array(target.int("u64", 8), 5));
  target.typedef("f", target.fwd("s"));
  const targetBtf = target.btf();

  it.each<[RelocationKind, string]>([
    ["type_size", "resolved 12 -> 40"],
    ["type_exists", "resolved 1 -> 1"],
    ["type_matches", "absent 1 -> 0"],
    ["local_type_id", "resolved 3 -> 3, unchecked"],
    ["target_type_id", "resolved 3 -> 4, unchecked"],
  ])("have %s", (kind, expected) => {
    expect(outcomeOf(decide(localBtf, root, "0", kind, targetBtf))).toBe(expected);
  });

  it.each<RelocationKind>(["type_size", "type_exists", "target_type_id"])(
    "are found as a whole: %s",
    (kind) => {
      const { verdict } = decide(localBtf, root, "0", kind, targetBtf);
      expect(verdict).toMatchObject({
        spec: { rootId: 4, points: [{ via: "root", index: 0, typeId: 4, bitOffset: 0 }] },
      });
    },
  );

  it("without a size have no type_size, but exist", () => {
    expect(outcomeOf(decide(localBtf, fwd, "0", "type_size", targetBtf))).toBe("invalid no-size");
    expect(outcomeOf(decide(localBtf, fwd, "0", "type_exists", targetBtf))).toBe("resolved 1 -> 1");
  });

  it.each([0, root - 1, 1])("of any kind have a local_type_id: [%i]", (id) => {
    expect(outcomeOf(decide(localBtf, id, "0", "local_type_id", new Types().btf()))).toBe(
      `resolved ${id} -> ${id}, unchecked`,
    );
  });
});

describe("enumerators", () => {
  const local = new Types();
  const small = local.typedef("e_t", local.enum("e", { A___x: -1, B: 2 }));
  const big = local.enum64("big", { C: 0x123456789an, D: -2n, E: -1n });
  const localBtf = local.btf();
  const target = new Types();
  const inTarget = target.enum64("e___y", { B___z: -0x100000000n, A: 7n, A___x: 8n });
  target.typedef("e_t", inTarget);
  target.enum("big", { D: -5, C: 0x7fffffff }, 1);
  const targetBtf = target.btf();

  it.each<[number, string, RelocationKind, string]>([
    [small, "0", "enumval_exists", "resolved 1 -> 1"],
    [small, "0", "enumval_value", "resolved -1 -> 7"],
    [small, "1", "enumval_value", "resolved 2 -> -4294967296"],
    [big, "0", "enumval_value", "resolved 78187493530 -> 2147483647"],
    [big, "1", "enumval_value", "resolved -2 -> -5"],
    [big, "2", "enumval_value", "poison -1"],
    [big, "2", "enumval_exists", "absent 1 -> 0"],
  ])("[%i] + %s have %s", (id, accessStr, kind, expected) => {
    expect(outcomeOf(decide(localBtf, id, accessStr, kind, targetBtf))).toBe(expected);
  });

  it("of 32 bits are sign-extended, whatever their enum declares", () => {
    const t = new Types();
    const id = t.add({
      kind: "enum",
      name: "e",
      size: 4,
      signed: false,
      enumerators: [{ name: "A", value: 0xffffffffn }],
    });
    const btf = t.btf();
    expect(outcomeOf(decide(btf, id, "0", "enumval_value", btf))).toBe("resolved -1 -> -1");
  });

  it("are not in a type that is no enum", () => {
    const t = new Types();
    t.typedef("e_t", t.int("int", 4));
    const resolution = decide(localBtf, small, "0", "enumval_value", t.btf());
    expect(outcomeOf(resolution)).toBe("poison -1");
    expect(resolution.attempts).toMatchObject([
      { matched: false, rejection: { code: "no-enum", typeId: 1 } },
    ]);
  });

  it("that are missing are told of", () => {
    const resolution = decide(localBtf, big, "2", "enumval_value", targetBtf);
    expect(resolution.attempts).toMatchObject([
      { matched: false, rejection: { code: "no-such-enumerator", in: 3, point: resolution.local.points[0] } },
    ]);
  });
});
