import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSubArc, singleArc, W32, W64, type Width } from "./arc.js";
import { isSubBits, knownBits } from "./bits.js";
import { assume, type Comparison, oppositeOf } from "./compare.js";
import {
  between,
  compute,
  constant,
  knownValue,
  type Operation,
  type Scalar,
  signExtend,
  truncate,
  UNKNOWN,
  ZERO,
} from "./scalar.js";

/** A number, and what is known of it. */
interface Known {
  readonly number: bigint;
  readonly scalar: Scalar;
}

function contains({ bits, wide, low }: Scalar, number: bigint): boolean {
  return (
    isSubBits(bits, knownBits(number)) &&
    isSubArc(W64, wide, singleArc(number)) &&
    isSubArc(W32, low, singleArc(number & W32.max))
  );
}

const u64 = (value: bigint) => BigInt.asUintN(64, value);

const numbers = fc.oneof(
  fc.bigInt({ min: -64n, max: 300n }),
  fc.bigInt({ min: 0n, max: W64.max }),
  fc.constantFrom(0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 1n << 32n, (1n << 63n) - 1n, 1n << 63n),
);

const knowns: fc.Arbitrary<Known> = fc.oneof(
  numbers.map((number) => ({ number: u64(number), scalar: UNKNOWN })),
  numbers.map((number) => ({ number: u64(number), scalar: constant(number) })),
  fc
    .tuple(numbers, numbers, numbers)
    .map((some) => some.map((one) => BigInt.asIntN(64, one)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
    .map(([min = 0n, number = 0n, max = 0n]) => ({ number: u64(number), scalar: between(min, max) })),
  fc.tuple(numbers, numbers).map(([number, mask]) => ({
    number: u64(number) & u64(mask),
    scalar: compute("and", UNKNOWN, constant(mask), W64),
  })),
);

const widths = fc.constantFrom(W32, W64);
const operations = fc.constantFrom<Operation>(
  ...(["add", "sub", "mul", "div", "sdiv", "or", "and", "lsh", "rsh", "neg", "mod", "smod", "xor"] as const),
  "arsh",
);
const comparisons = fc.constantFrom<Comparison>(
  ...(["eq", "ne", "set", "clear", "gt", "ge", "lt", "le", "sgt", "sge", "slt", "sle"] as const),
);

/** What the instruction does, as RFC 9669 has it. */
function result(op: Operation, a: Known, b: Known, width: Width): bigint {
  const known = compute(op, constant(a.number), constant(b.number), width);
  return knownValue(known) ?? 0n;
}

function holds(a: bigint, comparison: Comparison, b: bigint, { bits }: Width): boolean {
  const [x, y] = [BigInt.asUintN(bits, a), BigInt.asUintN(bits, b)];
  const [i, j] = [BigInt.asIntN(bits, a), BigInt.asIntN(bits, b)];
  switch (comparison) {
    case "eq":
      return x === y;
    case "ne":
      return x !== y;
    case "set":
      return (x & y) !== 0n;
    case "clear":
      return (x & y) === 0n;
    case "gt":
      return x > y;
    case "ge":
      return x >= y;
    case "lt":
      return x < y;
    case "le":
      return x <= y;
    case "sgt":
      return i > j;
    case "sge":
      return i >= j;
    case "slt":
      return i < j;
    case "sle":
      return i <= j;
  }
}

const RUNS = { numRuns: 3000 };

describe("what is known of a number", () => {
  it("is true of it after any computation", () => {
    fc.assert(
      fc.property(
        knowns,
        fc.array(fc.tuple(operations, knowns, widths), { maxLength: 6 }),
        (start, steps) => {
          let { number, scalar } = start;
          for (const [op, other, width] of steps) {
            number = result(op, { number, scalar }, other, width);
            scalar = compute(op, scalar, other.scalar, width);
            expect(contains(scalar, number)).toBe(true);
          }
        },
      ),
      RUNS,
    );
  });

  it("is true of the parts of it", () => {
    fc.assert(
      fc.property(knowns, fc.constantFrom(1, 2, 4), ({ number, scalar }, bytes) => {
        expect(contains(truncate(scalar, bytes), BigInt.asUintN(8 * bytes, number))).toBe(true);
        const signed = u64(BigInt.asIntN(8 * bytes, number));
        expect(contains(signExtend(scalar, (8 * bytes) as 8 | 16 | 32), signed)).toBe(true);
      }),
      RUNS,
    );
  });

  it("is true of it after any comparison, and rules none out that holds", () => {
    const steps = fc.array(fc.tuple(comparisons, knowns, widths), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(knowns, steps, ({ number, scalar: start }, comparisons) => {
        let scalar = start;
        for (const [comparison, other, width] of comparisons) {
          const actual = holds(number, comparison, other.number, width) ? comparison : oppositeOf(comparison);
          const pair = assume([scalar, other.scalar], actual, width);
          if (pair === undefined) throw new Error(`${number} ${actual} ${other.number} is ruled out`);
          expect(contains(pair[0], number)).toBe(true);
          expect(contains(pair[1], other.number)).toBe(true);
          scalar = pair[0];
        }
      }),
      RUNS,
    );
  });

  it.each<[string, Scalar, Scalar]>([
    ["a mask", compute("and", UNKNOWN, constant(0xf0n), W64), between(0n, 0xf0n)],
    ["a shift to the right", compute("rsh", UNKNOWN, constant(60n), W64), between(0n, 15n)],
    ["a sign", compute("arsh", UNKNOWN, constant(63n), W64), between(-1n, 0n)],
    ["a sum", compute("add", between(1n, 5n), between(-3n, 2n), W64), between(-2n, 7n)],
    ["a product", compute("mul", between(1n, 5n), constant(8n), W64), between(8n, 40n)],
  ])("has limits: %s", (_, scalar, { wide }) => {
    expect(isSubArc(W64, wide, scalar.wide)).toBe(true);
  });

  // The RFC's own words: section 4.1.
  it("knows what division by zero gives", () => {
    expect(knownValue(compute("div", constant(7n), ZERO, W64))).toBe(0n);
    expect(knownValue(compute("mod", constant(7n), ZERO, W64))).toBe(7n);
    expect(knownValue(compute("mod", constant(-1n), ZERO, W32))).toBe(0xffff_ffffn);
    expect(knownValue(compute("sdiv", constant(1n << 63n), constant(-1n), W64))).toBe(1n << 63n);
    expect(knownValue(compute("smod", constant(-13n), constant(3n), W64))).toBe(u64(-1n));
  });
});
