import { type Btf, parseBtf, type WritableType, writeBtf } from "@core/btf";
import type { ByteOrder } from "@core/bytes";
import type { Target } from "@core/relocate";
import { RELOCATION_KINDS } from "@core/spec";
import fc from "fast-check";
import { expect, it } from "vitest";
import { decisionsOf, parseMinimized } from "../test/decisions.js";
import { type Ask, objectOf } from "../test/object.js";
import { minimize } from "./index.js";

const TYPES = 9;
const RUNS = 300;

// So few names that most are somewhere else as well, with and without flavors.
const typeName = fc.constantFrom("s", "s___a", "s___b", "t", "u");
const fieldName = fc.constantFrom("", "a", "b", "c", "a___x");
const size = fc.constantFrom(1, 2, 4, 8);
const bitOffset = fc.integer({ min: 0, max: 12 }).map((bytes) => bytes * 8);

/** A type that refers to others below `end`, mostly. Nothing keeps them from forming cycles. */
function arbitraryType(end: number): fc.Arbitrary<WritableType> {
  const typeId = fc.nat(end - 1);
  const member = fc.record({
    name: fieldName,
    typeId,
    bitOffset,
    bitSize: fc.constantFrom(0, 0, 0, 3),
  });
  const composite = fc.record({
    kind: fc.constantFrom("struct" as const, "struct" as const, "union" as const),
    name: fc.oneof(typeName, fc.constant("")),
    size: fc.constantFrom(8, 16),
    members: fc.array(member, { maxLength: 4 }),
  });
  const enumerator = fc.record({ name: fieldName, value: fc.bigInt({ min: 0n, max: 3n }) });
  return fc.oneof(
    { arbitrary: composite, weight: 6 },
    {
      arbitrary: fc.record({
        kind: fc.constant("int" as const),
        name: fc.constantFrom("int", "long", "t"),
        size,
        bits: fc.constant(8),
        bitOffset: fc.constantFrom(0, 0, 0, 0, 3),
        signed: fc.boolean(),
        char: fc.constant(false),
        bool: fc.constant(false),
      }),
      weight: 3,
    },
    fc.record({ kind: fc.constantFrom("ptr" as const, "const" as const, "volatile" as const), typeId }),
    fc.record({ kind: fc.constant("ptr" as const), typeId }),
    fc.record({ kind: fc.constant("typedef" as const), name: typeName, typeId }),
    fc.record({
      kind: fc.constant("array" as const),
      typeId,
      indexTypeId: typeId,
      nelems: fc.constantFrom(0, 0, 2, 3),
    }),
    fc.record({
      kind: fc.constantFrom("enum" as const, "enum64" as const),
      name: fc.oneof(typeName, fc.constant("")),
      size,
      signed: fc.boolean(),
      enumerators: fc.array(enumerator, { maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant("fwd" as const),
      name: typeName,
      of: fc.constantFrom("struct" as const, "union" as const),
    }),
    fc.record({
      kind: fc.constant("func_proto" as const),
      returnTypeId: typeId,
      params: fc.array(fc.record({ name: fieldName, typeId }), { maxLength: 2 }),
    }),
    fc.record({
      kind: fc.constant("var" as const),
      name: typeName,
      typeId,
      linkage: fc.constant(0),
    }),
    fc.record({
      kind: fc.constant("type_tag" as const),
      name: typeName,
      typeId,
      attribute: fc.constant(false),
    }),
  );
}

/** `count` types from id `start` on. Cycles are rare, for they take long to compare. */
function arbitraryTypes(start: number, count: number): fc.Arbitrary<WritableType[]> {
  const types = Array.from({ length: count }, (_, i) => {
    const backwards = arbitraryType(start + i);
    return fc.oneof(
      { arbitrary: backwards, weight: 12 },
      { arbitrary: arbitraryType(start + count), weight: 1 },
    );
  });
  return fc.tuple(...types).map((list) => [...list]);
}

/** Some types of an object, and a kernel of which many are the same, with two modules on top. */
const inputs = fc.record({
  local: arbitraryTypes(1, TYPES),
  kernel: arbitraryTypes(1, TYPES),
  same: fc.array(fc.boolean(), { minLength: TYPES, maxLength: TYPES }),
  modules: fc.array(arbitraryTypes(TYPES + 1, 4), { maxLength: 2 }),
  orders: fc.record({
    local: fc.constantFrom<ByteOrder>("little", "big"),
    target: fc.constantFrom<ByteOrder>("little", "big"),
  }),
});

const PATHS = [
  "0",
  "1",
  ...["0", "1", "2", "3"].flatMap((i) => [`0:${i}`, `0:${i}:0`, `0:${i}:1`, `0:${i}:2`]),
];

function* asksOf(types: readonly WritableType[]): Generator<Ask> {
  for (const [i, type] of types.entries()) {
    if (!("name" in type) || type.name === "") continue;
    for (const kind of RELOCATION_KINDS) for (const path of PATHS) yield [kind, i + 1, path];
  }
}

function targetOf(
  kernelTypes: readonly WritableType[],
  modules: readonly WritableType[][],
  order: ByteOrder,
): Target {
  const kernel = parseBtf(writeBtf(kernelTypes, { order }));
  const btfOf = (types: readonly WritableType[]): Btf =>
    parseBtf(writeBtf(types, { order, base: kernel }), { base: kernel });
  return { kernel, modules: modules.map((types, i) => ({ name: `module_${i}`, btf: btfOf(types) })) };
}

it("decides everything as on the whole target, whatever the types", { timeout: 300_000 }, () => {
  fc.assert(
    fc.property(inputs, ({ local, kernel, same, modules, orders }) => {
      const kernelTypes = kernel.map((type, i) => (same[i] ? (local[i] ?? type) : type));
      const target = targetOf(kernelTypes, modules, orders.target);
      const object = objectOf(parseBtf(writeBtf(local, { order: orders.local }), { pointerSize: 8 }), [
        ...asksOf(local),
      ]);
      const minimized = parseMinimized(minimize([object], target));
      expect(decisionsOf(object, minimized)).toEqual(decisionsOf(object, target));
    }),
    { numRuns: RUNS },
  );
});

it("and also for one relocation alone, where the rest does not help", { timeout: 300_000 }, () => {
  fc.assert(
    fc.property(inputs, fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), (input, picks) => {
      const { local, kernel, same, modules, orders } = input;
      const kernelTypes = kernel.map((type, i) => (same[i] ? (local[i] ?? type) : type));
      const target = targetOf(kernelTypes, modules, orders.target);
      const btf = parseBtf(writeBtf(local, { order: orders.local }), { pointerSize: 8 });
      const sensible = objectOf(btf, [...asksOf(local)]).relocations.filter(({ spec }) => "points" in spec);
      const relocations = picks.flatMap((pick) => sensible[pick % sensible.length] ?? []);
      const object = { ...objectOf(btf, []), relocations };
      const minimized = parseMinimized(minimize([object], target));
      expect(decisionsOf(object, minimized)).toEqual(decisionsOf(object, target));
    }),
    { numRuns: RUNS },
  );
});
