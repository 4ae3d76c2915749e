/** What is known of each bit of a number: the kernel's `struct tnum`, "tracked number". */
export interface Bits {
  /** The bits known to be 1. */
  readonly ones: bigint;
  /** The bits of which nothing is known. */
  readonly unknown: bigint;
}

const ALL = 0xffff_ffff_ffff_ffffn;
const LOW = 0xffff_ffffn;

export const UNKNOWN_BITS: Bits = { ones: 0n, unknown: ALL };
export const knownBits = (value: bigint): Bits => ({ ones: value, unknown: 0n });

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** All that numbers from `min` to `max` have in common: the bits before the first one that differs. */
export function commonBits(min: bigint, max: bigint): Bits {
  const differing = min ^ max;
  if (differing === 0n) return knownBits(min);
  const unknown = (1n << BigInt(lengthOf(differing))) - 1n;
  return { ones: min & ~unknown, unknown };
}

/** How many bits a number has, from its highest one on. */
function lengthOf(word: bigint): number {
  const high = Number(word >> 32n);
  return high === 0 ? 32 - Math.clz32(Number(word & LOW)) : 64 - Math.clz32(high);
}

/** What both say, undefined when they contradict each other. */
export function intersectBits(a: Bits, b: Bits): Bits | undefined {
  if (((a.ones ^ b.ones) & ~(a.unknown | b.unknown)) !== 0n) return undefined;
  const unknown = a.unknown & b.unknown;
  return { ones: (a.ones | b.ones) & ~unknown, unknown };
}

export const isSubBits = (outer: Bits, inner: Bits): boolean =>
  (inner.unknown & ~outer.unknown) === 0n && (inner.ones & ~outer.unknown) === outer.ones;

export const lowBits = ({ ones, unknown }: Bits, mask = LOW): Bits => ({
  ones: ones & mask,
  unknown: unknown & mask,
});
export const withLowBits = (bits: Bits, low: Bits): Bits => ({
  ones: (bits.ones & ~LOW) | low.ones,
  unknown: (bits.unknown & ~LOW) | low.unknown,
});

/** A sum is sure where both the smallest and the largest sum agree, and so do all carries. */
export function addBits(a: Bits, b: Bits): Bits {
  const smallest = u64(a.ones + b.ones);
  const largest = u64(smallest + a.unknown + b.unknown);
  const unknown = (smallest ^ largest) | a.unknown | b.unknown;
  return { ones: smallest & ~unknown, unknown };
}

export function subtractBits(a: Bits, b: Bits): Bits {
  const difference = u64(a.ones - b.ones);
  const unknown = (u64(difference + a.unknown) ^ u64(difference - b.unknown)) | a.unknown | b.unknown;
  return { ones: difference & ~unknown, unknown };
}

export function andBits(a: Bits, b: Bits): Bits {
  const ones = a.ones & b.ones;
  return { ones, unknown: (a.ones | a.unknown) & (b.ones | b.unknown) & ~ones };
}

export function orBits(a: Bits, b: Bits): Bits {
  const ones = a.ones | b.ones;
  return { ones, unknown: (a.unknown | b.unknown) & ~ones };
}

export function xorBits(a: Bits, b: Bits): Bits {
  const unknown = a.unknown | b.unknown;
  return { ones: (a.ones ^ b.ones) & ~unknown, unknown };
}

export const shiftBits = ({ ones, unknown }: Bits, shift: (word: bigint) => bigint): Bits => ({
  ones: shift(ones),
  unknown: shift(unknown),
});

/** Only how often 2 is a factor is kept of a product. */
export function multiplyBits(a: Bits, b: Bits): Bits {
  const zeros = lowestBit(a.ones | a.unknown) * lowestBit(b.ones | b.unknown);
  return { ones: 0n, unknown: u64(-zeros) };
}

const lowestBit = (word: bigint): bigint => word & -word;
