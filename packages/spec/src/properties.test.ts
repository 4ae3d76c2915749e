import { parseBtf, type TypeId, type WritableType, writeBtf } from "@core/btf";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseSpec, RELOCATION_KINDS, rawSpec, SpecError } from "./index.js";

const MAX_TYPES = 12;
const name = fc.constantFrom("a", "b", "c", "s___v2", "");
const typeId = fc.nat(MAX_TYPES).map((id) => id as TypeId);
const size = fc.oneof(fc.constantFrom(0, 1, 4, 8), fc.nat(0xffffffff));

const member = fc.record({
  name,
  typeId,
  bitOffset: fc.nat(0xffffff),
  bitSize: fc.constantFrom(0, 0, 3),
});
const enumerator = fc.record({ name, value: fc.bigInt(0n, 2n ** 31n - 1n) });

/** Any type, that refers to any other or to itself. */
const type: fc.Arbitrary<WritableType> = fc.oneof(
  fc.record({
    kind: fc.constant("int" as const),
    name,
    size,
    bits: fc.constant(32),
    bitOffset: fc.constantFrom(0, 0, 0, 4),
    signed: fc.boolean(),
    char: fc.boolean(),
    bool: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom("ptr" as const, "const" as const, "volatile" as const), typeId }),
  fc.record({ kind: fc.constant("typedef" as const), name, typeId }),
  fc.record({
    kind: fc.constant("array" as const),
    typeId,
    indexTypeId: typeId,
    nelems: fc.oneof(fc.nat(3), fc.nat(0xffffffff)),
  }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("struct" as const, "union" as const),
      name,
      size,
      members: fc.array(member, { maxLength: 4 }),
    }),
  },
  fc.record({
    kind: fc.constantFrom("enum" as const, "enum64" as const),
    name,
    size,
    signed: fc.boolean(),
    enumerators: fc.array(enumerator, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant("fwd" as const),
    name,
    of: fc.constantFrom("struct" as const, "union" as const),
  }),
);

const graph = fc.array(type, { minLength: MAX_TYPES, maxLength: MAX_TYPES });
const order = fc.constantFrom("little" as const, "big" as const);
const kind = fc.constantFrom(...RELOCATION_KINDS);
const indices = fc.array(fc.oneof(fc.nat(3), fc.nat(0x7fffffff)), { minLength: 1, maxLength: 66 });
const accessStr = fc.oneof(
  fc.constant("0"),
  indices.map((list) => list.join(":")),
  indices.map((list) => `0:${list.join(":")}`),
  fc.string({ unit: fc.constantFrom("0", "1", "2", ":", "-", "+", " ", "x"), maxLength: 12 }),
);

/** As compilers write it. */
const CANONICAL = /^(0|[1-9][0-9]*)(:(0|[1-9][0-9]*))*$/;

it("whatever is parsed, its points are the access string, and whatever is not throws a SpecError", () => {
  const count = { parsed: 0, refused: 0 };
  fc.assert(
    fc.property(
      graph,
      order,
      fc.nat(MAX_TYPES + 1),
      accessStr,
      kind,
      (types, byteOrder, root, access, relocation) => {
        const btf = parseBtf(writeBtf(types, { order: byteOrder }));
        try {
          const spec = parseSpec(btf, root, access, relocation);
          expect(rawSpec(spec)).toEqual((access.match(/[0-9]+/g) ?? []).map(Number));
          if (CANONICAL.test(access)) expect(rawSpec(spec).join(":")).toBe(access);
          for (const { bitOffset } of spec.points) expect(bitOffset).toBeLessThanOrEqual(0xffffffff);
          count.parsed++;
        } catch (error) {
          if (!(error instanceof SpecError)) throw error;
          count.refused++;
        }
      },
    ),
    { numRuns: 3000 },
  );
  expect(count.parsed).toBeGreaterThan(300);
  expect(count.refused).toBeGreaterThan(300);
});
