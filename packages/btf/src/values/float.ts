import { bitsAt } from "./bits.js";

/** How many bits of a float are its exponent and its fraction, and whether the one before the fraction is stored. */
interface Format {
  readonly exponent: number;
  readonly fraction: number;
  readonly hasLeadingBit: boolean;
}

/** IEEE 754 binary32, binary64 and binary128, and the x87's 80 bits. */
const SINGLE: Format = { exponent: 8, fraction: 23, hasLeadingBit: false };
const DOUBLE: Format = { exponent: 11, fraction: 52, hasLeadingBit: false };
const QUAD: Format = { exponent: 15, fraction: 112, hasLeadingBit: false };
const X87: Format = { exponent: 15, fraction: 63, hasLeadingBit: true };

/**
 * A float of 4, 8 or 16 bytes as C's `%f` writes it, with six digits after the point, exactly rounded. Of 16 bytes,
 * little-endian ones are an x87's, big-endian ones IEEE 754's. Undefined for other sizes.
 */
export function formatFloat(bytes: Uint8Array, size: number, isLittle: boolean): string | undefined {
  const format =
    size === 4 ? SINGLE : size === 8 ? DOUBLE : size === 16 ? (isLittle ? X87 : QUAD) : undefined;
  if (format === undefined) return undefined;
  const number = bitsAt(bytes, 0, size * 8, isLittle);
  const take = (from: number, width: number): bigint => BigInt.asUintN(width, number >> BigInt(from));
  const significandBits = format.fraction + (format.hasLeadingBit ? 1 : 0);
  const stored = take(0, significandBits);
  const exponent = Number(take(significandBits, format.exponent));
  const sign = take(significandBits + format.exponent, 1) === 1n ? "-" : "";
  const largest = 2 ** format.exponent - 1;
  if (exponent === largest) return sign + (take(0, format.fraction) === 0n ? "inf" : "nan");

  const isSubnormal = exponent === 0;
  const leading = format.hasLeadingBit || isSubnormal ? 0n : 1n << BigInt(format.fraction);
  const power = (isSubnormal ? 1 : exponent) - (largest >> 1) - format.fraction;
  return sign + formatFixed(leading | stored, power);
}

const DIGITS = 6;

/** `significand * 2 ** power`, with six digits after the point; halves are rounded to even. */
function formatFixed(significand: bigint, power: number): string {
  const scaled = significand * 10n ** BigInt(DIGITS);
  const digits = (power >= 0 ? scaled << BigInt(power) : halvedToEven(scaled, -power))
    .toString()
    .padStart(DIGITS + 1, "0");
  return `${digits.slice(0, -DIGITS)}.${digits.slice(-DIGITS)}`;
}

/** `number / 2 ** times`, rounded. */
function halvedToEven(number: bigint, times: number): bigint {
  const shift = BigInt(times);
  const quotient = number >> shift;
  const rest = number - (quotient << shift);
  const half = 1n << (shift - 1n);
  return rest > half || (rest === half && quotient % 2n === 1n) ? quotient + 1n : quotient;
}
