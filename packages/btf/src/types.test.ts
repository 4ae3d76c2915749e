import { describe, expect, expectTypeOf, test } from "vitest";
import { btfErrorOf } from "../test/errors.js";
import { EVERY_KIND, EVERY_KIND_RAW } from "../test/every-kind.js";
import { info, rawBtf } from "../test/raw.js";
import {
  type BtfError,
  type BtfErrorCode,
  type BtfType,
  intEncodingOf,
  type Kind,
  kindOf,
  memberAt,
  parseBtf,
  type TypeId,
  typeById,
  typeIdAt,
  type WritableType,
} from "./index.js";

const btf = parseBtf(rawBtf(EVERY_KIND_RAW));

test("typeById takes any number that is an id", () => {
  expect(typeById(btf, 0)).toEqual({ kind: "void" });
  for (const [i, type] of EVERY_KIND.entries()) expect(typeById(btf, i + 1)).toEqual(type);
  for (const id of [btf.endId, -1, 0.5, NaN])
    expect(btfErrorOf(() => typeById(btf, id))?.code).toBe("type-id");
});

test("memberAt is one of the members that typeById lists", () => {
  for (const id of [5, 6]) {
    const type = typeById(btf, id);
    if (type.kind !== "struct" && type.kind !== "union") throw new Error("the fixture has changed");
    for (const [i, member] of type.members.entries())
      expect(memberAt(btf, typeIdAt(btf, id), i)).toEqual(member);
  }
  expect(btfErrorOf(() => memberAt(btf, typeIdAt(btf, 5), 2))?.code).toBe("index");
  expect(btfErrorOf(() => memberAt(btf, typeIdAt(btf, 1), 0))?.code).toBe("wrong-kind");
});

test("an int's encoding is three flags; the bit that has no meaning is ignored", () => {
  const ints = parseBtf(rawBtf({ types: [0, info(1), 4, 0xff000020, 0, info(1), 4, 0x08000020] }));
  expect(typeById(ints, 1)).toMatchObject({ signed: true, char: true, bool: true, bits: 32, bitOffset: 0 });
  expect(typeById(ints, 2)).toMatchObject({ signed: false, char: false, bool: false });
  // Relocation tells signed from anything else by all four (BTF_INT_ENCODING).
  expect([1, 2].map((id) => intEncodingOf(ints, typeIdAt(ints, id)))).toEqual([15, 8]);
});

describe("types", () => {
  test("a number is no type id until it was checked", () => {
    expectTypeOf<number>().not.toExtend<TypeId>();
    expectTypeOf<TypeId>().toExtend<number>();
    expectTypeOf(typeIdAt).returns.toEqualTypeOf<TypeId>();
    expectTypeOf(kindOf).parameter(1).toEqualTypeOf<TypeId>();
    // @ts-expect-error A plain number.
    expect(kindOf(btf, 1)).toBe("int");
  });

  test("the kind tells what else there is", () => {
    expectTypeOf<BtfType["kind"]>().toEqualTypeOf<Kind>();
    const named = (type: BtfType): string => {
      switch (type.kind) {
        case "void":
        case "ptr":
        case "array":
        case "volatile":
        case "const":
        case "restrict":
        case "func_proto":
          expectTypeOf(type).not.toHaveProperty("name");
          return "";
        case "int":
        case "struct":
        case "union":
        case "enum":
        case "enum64":
        case "fwd":
        case "typedef":
        case "func":
        case "var":
        case "datasec":
        case "float":
        case "decl_tag":
        case "type_tag":
        case "unknown":
          expectTypeOf(type.name).toEqualTypeOf<string>();
          return type.name;
        default:
          expectTypeOf(type).toBeNever();
          return type;
      }
    };
    expect(named(typeById(btf, 5))).toBe("node");
  });

  test("what was read can be written, and what is written needs no checked ids", () => {
    expectTypeOf<Exclude<BtfType, { kind: "void" | "unknown" }>>().toExtend<WritableType>();
    expectTypeOf<{ kind: "ptr"; typeId: number }>().toExtend<WritableType>();
    expectTypeOf<{ kind: "void" }>().not.toExtend<WritableType>();
    expectTypeOf<WritableType["kind"]>().toEqualTypeOf<Exclude<Kind, "void" | "unknown">>();
  });

  test("codes are literals", () => {
    expectTypeOf<BtfError["code"]>().toEqualTypeOf<BtfErrorCode>();
    expectTypeOf<string>().not.toExtend<BtfErrorCode>();
  });
});
