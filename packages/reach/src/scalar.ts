import {
  type Arc,
  addArcs,
  arcOf,
  fullArc,
  intersectArcs,
  isSubArc,
  negateArc,
  singleArc,
  smaxOf,
  sminOf,
  umaxOf,
  uminOf,
  W32,
  W64,
  type Width,
} from "./arc.js";
import {
  addBits,
  andBits,
  type Bits,
  commonBits,
  intersectBits,
  isSubBits,
  knownBits,
  lowBits,
  multiplyBits,
  orBits,
  shiftBits,
  subtractBits,
  UNKNOWN_BITS,
  withLowBits,
  xorBits,
} from "./bits.js";

/** What is known of a number, as the kernel's verifier knows it (`struct bpf_reg_state` of a `SCALAR_VALUE`). */
export interface Scalar {
  readonly kind: "scalar";
  readonly bits: Bits;
  readonly wide: Arc;
  /** Of the low 32 bits. */
  readonly low: Arc;
  /** Registers and stack slots with the same id, unless it is 0, hold the same number. */
  readonly id: number;
  readonly trust: Trust;
}

/** How what is known here compares with what the kernel knows. */
export type Trust =
  /** It knows the same. */
  | "same"
  /** Some kernels know less. */
  | "less"
  /** It may know more, and knows no less. */
  | "more"
  /** It may know more, and some kernels know less. */
  | "apart"
  /** It may know that it is a pointer, and not null. */
  | "not-null"
  /** It may know that it is less than some number. */
  | "limited";

export const knowsMore = (trust: Trust): boolean => trust === "more" || trust === "apart";
const knowsLess = (trust: Trust): boolean => trust === "less" || trust === "apart";

/** The same number, for kernels that may have forgotten some of what is known of it. */
export function lessTrusted(value: Scalar): Scalar {
  const { trust } = value;
  return trust === "same" || trust === "more" ? { ...value, trust: worse(trust, "less") } : value;
}

/** The trust in a number that was computed of two. */
function worse(a: Trust, b: Trust): Trust {
  const isLess = knowsLess(a) || knowsLess(b);
  if (knowsMore(a) || knowsMore(b)) return isLess ? "apart" : "more";
  return isLess ? "less" : "same";
}

export const UNKNOWN: Scalar = scalarOf(UNKNOWN_BITS, fullArc(W64), fullArc(W32));
/** A number that the kernel knows, or may know, and that is not known here. */
export const UNTOLD: Scalar = { ...UNKNOWN, trust: "more" };

function scalarOf(bits: Bits, wide: Arc, low: Arc, trust: Trust = "same"): Scalar {
  return { kind: "scalar", bits, wide, low, id: 0, trust };
}

/** @param value unsigned or signed, 64 bits */
export function constant(value: bigint, trust: Trust = "same"): Scalar {
  const wide = BigInt.asUintN(64, value);
  return scalarOf(knownBits(wide), singleArc(wide), singleArc(wide & W32.max), trust);
}

export const ZERO: Scalar = constant(0n);

/** The number, unsigned, if it is known. */
export function knownValue({ bits }: Scalar): bigint | undefined {
  return bits.unknown === 0n ? bits.ones : undefined;
}

/** The low 32 bits, if they are known. */
export function knownLow({ bits }: Scalar): bigint | undefined {
  return (bits.unknown & W32.max) === 0n ? bits.ones & W32.max : undefined;
}

/** Any number from `min` to `max`, signed or unsigned. */
export function between(min: bigint, max: bigint, trust: Trust = "same"): Scalar {
  const wide = arcOf(W64, min, max);
  return settle(scalarOf(UNKNOWN_BITS, wide, fullArc(W32), trust)) ?? UNKNOWN;
}

/** Any number that a load of so many bytes gives. */
export const UNKNOWN_BYTES: Readonly<Record<1 | 2 | 4 | 8, Scalar>> = {
  1: between(0n, 0xffn),
  2: between(0n, 0xffffn),
  4: between(0n, 0xffff_ffffn),
  8: UNKNOWN,
};

/** Is every number that `inner` may be one that `outer` may be, and known as well? */
export function includes(outer: Scalar, inner: Scalar): boolean {
  if (outer.trust !== inner.trust) return false;
  if (outer.bits.unknown === 0n) return inner.bits.unknown === 0n && inner.bits.ones === outer.bits.ones;
  return (
    isSubBits(outer.bits, inner.bits) &&
    isSubArc(W64, outer.wide, inner.wide) &&
    isSubArc(W32, outer.low, inner.low)
  );
}

/** Lets bits, range and range of the low half tell each other what they know; undefined when they contradict. */
export function settle(scalar: Scalar): Scalar | undefined {
  let { bits, wide, low } = scalar;
  for (let round = 0; round < 2; round++) {
    const fromBits = intersectArcs(W64, wide, arcOfBits(W64, bits));
    const lowFromBits = intersectArcs(W32, low, arcOfBits(W32, lowBits(bits)));
    const lowFromWide = fromBits && lowFromBits && intersectArcs(W32, lowFromBits, lowOfArc(fromBits));
    const fromLow = fromBits && lowFromWide && trimToLow(fromBits, lowFromWide);
    if (fromLow === undefined || lowFromWide === undefined) return undefined;
    wide = fromLow;
    low = lowFromWide;
    const fromWide = intersectBits(bits, commonBits(uminOf(W64, wide), umaxOf(W64, wide)));
    const fromBoth =
      fromWide && intersectBits(lowBits(fromWide), commonBits(uminOf(W32, low), umaxOf(W32, low)));
    if (fromWide === undefined || fromBoth === undefined) return undefined;
    bits = withLowBits(fromWide, fromBoth);
    if (bits.unknown === 0n) {
      const contained = isSubArc(W64, wide, singleArc(bits.ones));
      return contained ? { ...constant(bits.ones, scalar.trust), id: scalar.id } : undefined;
    }
  }
  return { ...scalar, bits, wide, low };
}

function arcOfBits(width: Width, { ones, unknown }: Bits): Arc {
  // An unknown sign makes the range of signed numbers the shorter one.
  return (unknown & width.sign) === 0n
    ? arcOf(width, ones, ones | unknown)
    : arcOf(width, ones | width.sign, ones | (unknown & ~width.sign));
}

function lowOfArc({ first, more }: Arc): Arc {
  return more > W32.max ? fullArc(W32) : { first: first & W32.max, more };
}

/** The part of an arc that starts and ends with numbers whose low halves are in `low`. */
function trimToLow({ first, more }: Arc, low: Arc): Arc | undefined {
  if (low.more === W32.max) return { first, more };
  const untilLow = BigInt.asUintN(32, low.first - first);
  const skipped = isSubArc(W32, low, singleArc(first & W32.max)) ? 0n : untilLow;
  const last = (first + more) & W32.max;
  const sinceLow = BigInt.asUintN(32, last - low.first - low.more);
  const cut = isSubArc(W32, low, singleArc(last)) ? 0n : sinceLow;
  if (skipped + cut > more) return undefined;
  return { first: BigInt.asUintN(64, first + skipped), more: more - skipped - cut };
}

/** The low `bytes` of a number, zero-extended. */
export function truncate(scalar: Scalar, bytes: 1 | 2 | 4): Scalar {
  const mask = (1n << BigInt(8 * bytes)) - 1n;
  const { bits, wide, trust } = scalar;
  if (bits.unknown === 0n) return constant(bits.ones & mask, trust);
  if (isSubArc(W64, { first: 0n, more: mask }, wide)) return scalar;
  const low = bytes === 4 ? scalar.low : fullArc(W32);
  return settle(scalarOf(lowBits(bits, mask), arcOf(W64, 0n, mask), low, trust)) ?? UNKNOWN_BYTES[bytes];
}

/** The low `bits` of a number, sign-extended to 64. */
export function signExtend(scalar: Scalar, bits: 8 | 16 | 32): Scalar {
  const known = knownValue(scalar);
  if (known !== undefined) return constant(BigInt.asIntN(bits, known), scalar.trust);
  const half = 1n << BigInt(bits - 1);
  if (isSubArc(W64, arcOf(W64, -half, half - 1n), scalar.wide)) return scalar;
  if (bits === 32) return between(sminOf(W32, scalar.low), smaxOf(W32, scalar.low), scalar.trust);
  return between(-half, half - 1n, scalar.trust);
}

export type Operation =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "sdiv"
  | "or"
  | "and"
  | "lsh"
  | "rsh"
  | "neg"
  | "mod"
  | "smod"
  | "xor"
  | "arsh";

/** The result of an arithmetic instruction, of 64 bits or of 32 that are zero-extended. */
export function compute(op: Operation, a: Scalar, b: Scalar, width: Width): Scalar {
  const trust = worse(worse(a.trust, b.trust), LATE.has(op) ? "less" : "same");
  const [left, right] = width.bits === 64 ? [a, b] : [truncate(a, 4), truncate(b, 4)];
  const [x, y] = [knownValue(left), knownValue(right)];
  if (x !== undefined && y !== undefined)
    return constant(BigInt.asUintN(width.bits, computeKnown(op, x, y, width)), trust);

  const arcs = (of: Width, l: Arc, r: Arc, bits: Bits) => computeArc(op, of, l, r, y, bits);
  const bits = computeBits(op, left.bits, right.bits, y, width);
  if (width.bits === 64) {
    // Only the low half is left of a number that is shifted so far.
    const shifted = op === "lsh" && y !== undefined && y >= 32n ? left.low : left.wide;
    const wide = arcs(W64, shifted, right.wide, bits);
    const low = LOW_BY_LOW.has(op) ? arcs(W32, left.low, right.low, lowBits(bits)) : fullArc(W32);
    return settle(scalarOf(bits, wide, low, trust)) ?? UNTOLD;
  }
  const low = arcs(W32, left.low, right.low, lowBits(bits));
  const result = scalarOf(lowBits(bits), arcOf(W64, 0n, W32.max), low, trust);
  return settle(result) ?? UNTOLD;
}

/** What only newer kernels follow. */
const LATE: ReadonlySet<Operation> = new Set(["neg", "div", "mod", "sdiv", "smod"]);

/** The low half of their results depends on nothing but the operands' low halves. */
const LOW_BY_LOW: ReadonlySet<Operation> = new Set(["add", "sub", "neg", "mul", "and", "or", "xor"]);

function computeKnown(op: Operation, x: bigint, y: bigint, { bits }: Width): bigint {
  const signed = (value: bigint) => BigInt.asIntN(bits, value);
  const shift = y & BigInt(bits - 1);
  switch (op) {
    case "add":
      return x + y;
    case "sub":
      return x - y;
    case "mul":
      return x * y;
    // Division by 0 gives 0, and the remainder is what was divided.
    case "div":
      return y === 0n ? 0n : x / y;
    case "sdiv":
      return y === 0n ? 0n : signed(x) / signed(y);
    case "mod":
      return y === 0n ? x : x % y;
    case "smod":
      return y === 0n ? x : signed(x) % signed(y);
    case "or":
      return x | y;
    case "and":
      return x & y;
    case "xor":
      return x ^ y;
    case "lsh":
      return x << shift;
    case "rsh":
      return x >> shift;
    case "arsh":
      return signed(x) >> shift;
    case "neg":
      return -x;
  }
}

function computeBits(op: Operation, a: Bits, b: Bits, known: bigint | undefined, { bits }: Width): Bits {
  switch (op) {
    case "add":
      return addBits(a, b);
    case "sub":
      return subtractBits(a, b);
    case "neg":
      return subtractBits(knownBits(0n), a);
    case "and":
      return andBits(a, b);
    case "or":
      return orBits(a, b);
    case "xor":
      return xorBits(a, b);
    case "mul":
      return multiplyBits(a, b);
    case "lsh":
    case "rsh":
    case "arsh": {
      if (known === undefined || known >= BigInt(bits)) return UNKNOWN_BITS;
      return shiftBits(a, (word) => {
        if (op === "lsh") return BigInt.asUintN(bits, word << known);
        return op === "rsh" ? word >> known : BigInt.asUintN(bits, BigInt.asIntN(bits, word) >> known);
      });
    }
    default:
      return UNKNOWN_BITS;
  }
}

function computeArc(
  op: Operation,
  width: Width,
  a: Arc,
  b: Arc,
  known: bigint | undefined,
  { ones, unknown }: Bits,
): Arc {
  const [min, max] = [uminOf(width, a), umaxOf(width, a)];
  const [otherMin, otherMax] = [uminOf(width, b), umaxOf(width, b)];
  const scaled = (factor: bigint) =>
    a.more * factor > width.max
      ? fullArc(width)
      : { first: BigInt.asUintN(width.bits, a.first * factor), more: a.more * factor };
  switch (op) {
    case "add":
      return addArcs(width, a, b);
    case "sub":
      return addArcs(width, a, negateArc(width, b));
    case "neg":
      return negateArc(width, a);
    case "and":
      return arcOf(width, ones, smaller(max, otherMax));
    case "or":
      return arcOf(width, larger(min, otherMin), ones | unknown);
    case "xor":
      return arcOf(width, ones, ones | unknown);
    case "mul":
      if (known !== undefined) return scaled(known);
      return max * otherMax > width.max ? fullArc(width) : arcOf(width, min * otherMin, max * otherMax);
    case "div":
      return known === undefined || known === 0n ? fullArc(width) : arcOf(width, min / known, max / known);
    case "mod":
      if (known === undefined || known === 0n) return fullArc(width);
      return max < known ? a : arcOf(width, 0n, known - 1n);
    default:
      break;
  }
  if (known === undefined || known >= BigInt(width.bits)) return fullArc(width);
  switch (op) {
    case "lsh":
      return scaled(1n << known);
    case "rsh":
      return arcOf(width, min >> known, max >> known);
    case "arsh":
      return arcOf(width, sminOf(width, a) >> known, smaxOf(width, a) >> known);
    default:
      return fullArc(width);
  }
}

function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}
