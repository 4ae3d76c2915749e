/**
 * Reads bits from the end of `input[start, end)` to its start, as the entropy coders of zstd write them: the highest
 * bit that is set in the last byte marks the end. Before the start there are zeros, and `left` is negative then.
 */
export interface BackwardBits {
  readonly input: Uint8Array;
  readonly start: number;
  /** Bits not read yet. */
  left: number;
}

/** Undefined when the last byte has no bit set. */
export function backwardBits(input: Uint8Array, start: number, end: number): BackwardBits | undefined {
  const last = end > start ? (input[end - 1] ?? 0) : 0;
  if (last === 0) return undefined;
  return { input, start, left: 8 * (end - start) - 1 - Math.clz32(last << 24) };
}

/** The next `count` bits, at most 24, without moving. */
export function peekBits({ input, start, left }: BackwardBits, count: number): number {
  const from = left - count;
  if (from >= 0) return bitsAt(input, start, from) & ((1 << count) - 1);
  // The missing ones are zeros.
  return left <= 0 ? 0 : (bitsAt(input, start, 0) & ((1 << left) - 1)) << -from;
}

/** The next `count` bits, at most 32. */
export function readBits(bits: BackwardBits, count: number): number {
  const from = bits.left - count;
  if (count <= 24 && from >= 0) {
    bits.left = from;
    return bitsAt(bits.input, bits.start, from) & ((1 << count) - 1);
  }
  if (count > 24) {
    const high = readBits(bits, count - 16);
    return high * 0x1_0000 + readBits(bits, 16);
  }
  const value = peekBits(bits, count);
  bits.left = from;
  return value;
}

/** At least 25 bits, the lowest of them being bit `from`. */
function bitsAt(input: Uint8Array, start: number, from: number): number {
  const at = start + (from >> 3);
  const word =
    (input[at] ?? 0) |
    ((input[at + 1] ?? 0) << 8) |
    ((input[at + 2] ?? 0) << 16) |
    ((input[at + 3] ?? 0) << 24);
  return word >>> (from & 7);
}
