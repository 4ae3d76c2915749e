/**
 * Numbers of a fixed width that follow each other, from `first` on, past the largest number to 0 if need be:
 * one arc of the circle of all numbers. It is a range both to signed and to unsigned comparisons.
 */
export interface Arc {
  readonly first: bigint;
  /** How many numbers follow the first one. */
  readonly more: bigint;
}

/** Numbers of 32 or 64 bits. */
export interface Width {
  readonly bits: 32 | 64;
  /** The largest unsigned number: all bits are set. */
  readonly max: bigint;
  /** The smallest signed number, as an unsigned one. */
  readonly sign: bigint;
}

export const W32: Width = { bits: 32, max: 0xffff_ffffn, sign: 0x8000_0000n };
export const W64: Width = { bits: 64, max: 0xffff_ffff_ffff_ffffn, sign: 0x8000_0000_0000_0000n };

const FULL_32: Arc = { first: 0n, more: W32.max };
const FULL_64: Arc = { first: 0n, more: W64.max };

export const fullArc = ({ bits }: Width): Arc => (bits === 32 ? FULL_32 : FULL_64);

/** From `min` up to `max`, both signed or both unsigned. */
export function arcOf({ bits, max: all }: Width, min: bigint, max: bigint): Arc {
  const more = BigInt.asUintN(bits, max - min);
  return { first: more === all ? 0n : BigInt.asUintN(bits, min), more };
}

export const singleArc = (value: bigint): Arc => ({ first: value, more: 0n });

/** Every number but one. */
export const arcWithout = ({ bits, max }: Width, value: bigint): Arc => ({
  first: BigInt.asUintN(bits, value + 1n),
  more: max - 1n,
});

const wraps = ({ max }: Width, { first, more }: Arc): boolean => more > max - first;

export const uminOf = (width: Width, arc: Arc): bigint => (wraps(width, arc) ? 0n : arc.first);
export const umaxOf = (width: Width, arc: Arc): bigint =>
  wraps(width, arc) ? width.max : arc.first + arc.more;

/** Signed numbers are in the order of the unsigned ones that are half a circle on. */
const halfwayOn = ({ bits, sign }: Width, { first, more }: Arc): Arc => ({
  first: BigInt.asUintN(bits, first + sign),
  more,
});
export const sminOf = (width: Width, arc: Arc): bigint => uminOf(width, halfwayOn(width, arc)) - width.sign;
export const smaxOf = (width: Width, arc: Arc): bigint => umaxOf(width, halfwayOn(width, arc)) - width.sign;

/**
 * What two arcs have in common, undefined for nothing. Where that is in two pieces, it is the shorter of the
 * arcs, which has both.
 */
export function intersectArcs({ bits, max }: Width, a: Arc, b: Arc): Arc | undefined {
  if (a.more === max) return b;
  if (b.more === max) return a;
  // As seen from the start of `a`, which is at 0 then.
  const start = BigInt.asUintN(bits, b.first - a.first);
  const end = start + b.more;
  const startsInside = start <= a.more;
  const comesRound = end > max;
  if (startsInside && comesRound) return a.more <= b.more ? a : b;
  if (startsInside) return { first: b.first, more: end < a.more ? b.more : a.more - start };
  if (!comesRound) return undefined;
  const tail = end - max - 1n;
  return { first: a.first, more: tail < a.more ? tail : a.more };
}

export function isSubArc({ bits, max }: Width, outer: Arc, inner: Arc): boolean {
  if (outer.more === max) return true;
  return BigInt.asUintN(bits, inner.first - outer.first) + inner.more <= outer.more;
}

export function addArcs(width: Width, a: Arc, b: Arc): Arc {
  const more = a.more + b.more;
  if (more >= width.max) return fullArc(width);
  return { first: BigInt.asUintN(width.bits, a.first + b.first), more };
}

export function negateArc(width: Width, { first, more }: Arc): Arc {
  return more === width.max ? fullArc(width) : { first: BigInt.asUintN(width.bits, -first - more), more };
}
