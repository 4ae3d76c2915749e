import {
  type Arc,
  arcOf,
  arcWithout,
  intersectArcs,
  smaxOf,
  sminOf,
  umaxOf,
  uminOf,
  type Width,
} from "./arc.js";
import { type Bits, intersectBits, lowBits, withLowBits } from "./bits.js";
import { knownLow, knownValue, type Scalar, settle } from "./scalar.js";

/** What conditional jumps ask; `clear` is the opposite of `set`, "have they a bit in common?". */
export type Comparison =
  | "eq"
  | "ne"
  | "set"
  | "clear"
  | "gt"
  | "ge"
  | "lt"
  | "le"
  | "sgt"
  | "sge"
  | "slt"
  | "sle";

const OPPOSITES: Readonly<Record<Comparison, Comparison>> = {
  eq: "ne",
  ne: "eq",
  set: "clear",
  clear: "set",
  gt: "le",
  le: "gt",
  ge: "lt",
  lt: "ge",
  sgt: "sle",
  sle: "sgt",
  sge: "slt",
  slt: "sge",
};

export const oppositeOf = (comparison: Comparison): Comparison => OPPOSITES[comparison];

/** Two numbers that are compared. */
export type Pair = readonly [Scalar, Scalar];

/** What is known of two numbers once it is known how they compare; undefined when they cannot compare so. */
export function assume([a, b]: Pair, comparison: Comparison, width: Width): Pair | undefined {
  switch (comparison) {
    case "gt":
    case "ge":
    case "sgt":
    case "sge": {
      const swapped = assume([b, a], SWAPPED[comparison], width);
      return swapped && [swapped[1], swapped[0]];
    }
    case "eq":
      return assumeEqual(a, b, width);
    case "ne":
      return assumeDifferent(a, b, width);
    case "set":
    case "clear":
      return assumeBits(a, b, comparison, width);
    default:
      return assumeOrder(a, b, comparison, width);
  }
}

const SWAPPED = { gt: "lt", ge: "le", sgt: "slt", sge: "sle" } as const;

/** The number, or its low half, if it is known. */
export const known = (scalar: Scalar, { bits }: Width): bigint | undefined =>
  bits === 64 ? knownValue(scalar) : knownLow(scalar);
const arcIn = (scalar: Scalar, { bits }: Width): Arc => (bits === 64 ? scalar.wide : scalar.low);

function withArc(scalar: Scalar, width: Width, arc: Arc): Scalar | undefined {
  const both = intersectArcs(width, arcIn(scalar, width), arc);
  if (both === undefined) return undefined;
  return settle(width.bits === 64 ? { ...scalar, wide: both } : { ...scalar, low: both });
}

function withBits(scalar: Scalar, width: Width, bits: Bits): Scalar | undefined {
  const same = width.bits === 64 ? bits : withLowBits(scalar.bits, bits);
  const both = intersectBits(scalar.bits, same);
  return both && settle({ ...scalar, bits: both });
}

const pairOf = (a: Scalar | undefined, b: Scalar | undefined): Pair | undefined => a && b && [a, b];

function assumeEqual(a: Scalar, b: Scalar, width: Width): Pair | undefined {
  const limit = (one: Scalar, other: Scalar) => {
    const inRange = withArc(one, width, arcIn(other, width));
    return inRange && withBits(inRange, width, width.bits === 64 ? other.bits : lowBits(other.bits));
  };
  return pairOf(limit(a, b), limit(b, a));
}

function assumeDifferent(a: Scalar, b: Scalar, width: Width): Pair | undefined {
  const [x, y] = [known(a, width), known(b, width)];
  if (y !== undefined) return pairOf(x === y ? undefined : withArc(a, width, arcWithout(width, y)), b);
  if (x !== undefined) return pairOf(a, withArc(b, width, arcWithout(width, x)));
  return [a, b];
}

function assumeBits(a: Scalar, b: Scalar, comparison: "set" | "clear", width: Width): Pair | undefined {
  const asked = known(b, width);
  if (asked === undefined)
    return known(a, width) === undefined ? [a, b] : swap(assumeBits(b, a, comparison, width));
  const bits = width.bits === 64 ? a.bits : lowBits(a.bits);
  if (comparison === "clear") {
    if ((bits.ones & asked) !== 0n) return undefined;
    return pairOf(withBits(a, width, { ones: bits.ones, unknown: bits.unknown & ~asked }), b);
  }
  const possible = (bits.ones | bits.unknown) & asked;
  if (possible === 0n) return undefined;
  // With a single one left it is that one.
  const isSingle = (bits.ones & asked) === 0n && (possible & (possible - 1n)) === 0n;
  if (!isSingle) return [a, b];
  return pairOf(withBits(a, width, { ones: bits.ones | possible, unknown: bits.unknown & ~possible }), b);
}

const swap = (pair: Pair | undefined): Pair | undefined => pair && [pair[1], pair[0]];

function assumeOrder(
  a: Scalar,
  b: Scalar,
  comparison: "lt" | "le" | "slt" | "sle",
  width: Width,
): Pair | undefined {
  const isSigned = comparison === "slt" || comparison === "sle";
  const [minOf, maxOf] = isSigned ? [sminOf, smaxOf] : [uminOf, umaxOf];
  const [lowest, highest] = isSigned ? [-width.sign, width.sign - 1n] : [0n, width.max];
  const apart = comparison === "lt" || comparison === "slt" ? 1n : 0n;
  const most = maxOf(width, arcIn(b, width)) - apart;
  const least = minOf(width, arcIn(a, width)) + apart;
  if (most < lowest || least > highest) return undefined;
  return pairOf(
    withArc(a, width, arcOf(width, lowest, most)),
    withArc(b, width, arcOf(width, least, highest)),
  );
}
