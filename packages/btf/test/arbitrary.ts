import fc from "fast-check";
import type { WritableType } from "../src/index.js";

const u32 = fc.oneof(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat(0xffff));
const byte = fc.nat(255);

/** Names as a string section can hold them: no 0, no half of a surrogate pair. */
const anyName = fc.oneof(
  fc.constantFrom("", "a", "task_struct", "task_struct___v2", "é名😀"),
  fc.string({ unit: "binary", maxLength: 12 }).map((text) => text.replaceAll("\0", "")),
);

interface Choices {
  readonly name?: fc.Arbitrary<string>;
  readonly maxTypes?: number;
}

/**
 * Random types that parse: ids from `startId` on, every reference to one of them, to a lower one or to void, in
 * circles as often as not, and functions only of prototypes.
 */
export function typeGraph(
  startId: number,
  { name = anyName, maxTypes = 24 }: Choices = {},
): fc.Arbitrary<WritableType[]> {
  return fc.integer({ min: 1, max: maxTypes }).chain((count) => {
    const typeId = fc.nat(startId + count);
    const prototype = fc.record({
      kind: fc.constant("func_proto" as const),
      returnTypeId: typeId,
      params: fc.array(fc.record({ name, typeId }), { maxLength: 4 }),
    });
    const others = fc.array(typeArbitrary(name, typeId, startId), { minLength: count, maxLength: count });
    // The first is what functions may refer to.
    return fc.tuple(prototype, others).map(([first, rest]) => [first, ...rest]);
  });
}

function typeArbitrary(
  name: fc.Arbitrary<string>,
  typeId: fc.Arbitrary<number>,
  prototypeId: number,
): fc.Arbitrary<WritableType> {
  const is = <const K extends WritableType["kind"]>(...kinds: K[]) => fc.constantFrom(...kinds);
  const plainMember = fc.record({ name, typeId, bitOffset: u32, bitSize: fc.constant(0) });
  const bitfield = fc.record({ name, typeId, bitOffset: fc.nat(0xffffff), bitSize: byte });
  const members = fc.oneof(fc.array(plainMember, { maxLength: 5 }), fc.array(bitfield, { maxLength: 5 }));
  const enumerators = (bits: number, signed: boolean) => {
    const [min, max] = signed
      ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n]
      : [0n, 2n ** BigInt(bits) - 1n];
    return fc.array(fc.record({ name, value: fc.bigInt({ min, max }) }), { maxLength: 5 });
  };
  const enumOf = (kind: "enum" | "enum64", signed: boolean) =>
    fc.record({
      kind: is(kind),
      name,
      size: fc.constantFrom(1, 2, 4, 8),
      signed: fc.constant(signed),
      enumerators: enumerators(kind === "enum" ? 32 : 64, signed),
    });
  return fc.oneof(
    fc.record({
      kind: is("int"),
      name,
      size: u32,
      bits: byte,
      bitOffset: byte,
      signed: fc.boolean(),
      char: fc.boolean(),
      bool: fc.boolean(),
    }),
    fc.record({ kind: is("ptr", "volatile", "const", "restrict"), typeId }),
    fc.record({ kind: is("array"), typeId, indexTypeId: typeId, nelems: u32 }),
    fc.record({ kind: is("struct", "union"), name, size: u32, members }),
    enumOf("enum", false),
    enumOf("enum", true),
    enumOf("enum64", false),
    enumOf("enum64", true),
    fc.record({ kind: is("fwd"), name, of: fc.constantFrom("struct" as const, "union" as const) }),
    fc.record({ kind: is("typedef"), name, typeId }),
    fc.record({ kind: is("func"), name, typeId: fc.constant(prototypeId), linkage: fc.nat(2) }),
    fc.record({
      kind: is("func_proto"),
      returnTypeId: typeId,
      params: fc.array(fc.record({ name, typeId })),
    }),
    fc.record({ kind: is("var"), name, typeId, linkage: u32 }),
    fc.record({
      kind: is("datasec"),
      name,
      size: u32,
      vars: fc.array(fc.record({ typeId, offset: u32, size: u32 }), { maxLength: 4 }),
    }),
    fc.record({ kind: is("float"), name, size: u32 }),
    fc.record({
      kind: is("decl_tag"),
      name,
      typeId,
      componentIndex: fc.oneof(fc.constant(-1), fc.nat(0x7fffffff)),
      attribute: fc.boolean(),
    }),
    fc.record({ kind: is("type_tag"), name, typeId, attribute: fc.boolean() }),
  );
}
