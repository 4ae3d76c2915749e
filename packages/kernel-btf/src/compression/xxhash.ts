// xxHash, as LZ4 and zstd frames use it to check what they hold. https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md

const P32 = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;

const rotate32 = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** A checksum of bytes that arrive in pieces. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  /** The (lower) 32 bits of it, unsigned. */
  value(): number;
}

const readU32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) |
  ((bytes[at + 1] ?? 0) << 8) |
  ((bytes[at + 2] ?? 0) << 16) |
  ((bytes[at + 3] ?? 0) << 24);

/** Hands on whole blocks of `size` bytes; keeps what is left for the next time. */
function blocksOf(size: number, block: (bytes: Uint8Array, at: number) => void) {
  const rest = new Uint8Array(size);
  let kept = 0;
  let total = 0;
  return {
    update(bytes: Uint8Array): void {
      total += bytes.length;
      let at = 0;
      if (kept > 0) {
        at = Math.min(size - kept, bytes.length);
        rest.set(bytes.subarray(0, at), kept);
        kept += at;
        if (kept < size) return;
        block(rest, 0);
        kept = 0;
      }
      for (; at + size <= bytes.length; at += size) block(bytes, at);
      rest.set(bytes.subarray(at));
      kept = bytes.length - at;
    },
    rest: () => rest.subarray(0, kept),
    total: () => total,
  };
}

/** XXH32 with seed 0. */
export function xxh32(): Checksum {
  const [p1, p2, p3, p4, p5] = P32;
  const lanes = new Int32Array([p1 + p2, p2, 0, -p1]);
  const blocks = blocksOf(16, (bytes, at) => {
    for (let i = 0; i < 4; i++) {
      const mixed = (lanes[i] ?? 0) + Math.imul(readU32(bytes, at + 4 * i), p2);
      lanes[i] = Math.imul(rotate32(mixed, 13), p1);
    }
  });
  return {
    update: blocks.update,
    value() {
      const [a = 0, b = 0, c = 0, d = 0] = lanes;
      const joined = rotate32(a, 1) + rotate32(b, 7) + rotate32(c, 12) + rotate32(d, 18);
      let hash = ((blocks.total() >= 16 ? joined : p5) + blocks.total()) | 0;
      const rest = blocks.rest();
      let at = 0;
      for (; at + 4 <= rest.length; at += 4) {
        hash = Math.imul(rotate32(hash + Math.imul(readU32(rest, at), p3), 17), p4);
      }
      for (; at < rest.length; at++) {
        hash = Math.imul(rotate32(hash + Math.imul(rest[at] ?? 0, p5), 11), p1);
      }
      hash = Math.imul(hash ^ (hash >>> 15), p2);
      hash = Math.imul(hash ^ (hash >>> 13), p3);
      return (hash ^ (hash >>> 16)) >>> 0;
    },
  };
}

const MASK = (1n << 64n) - 1n;
const P64 = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const;

const rotate64 = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & MASK;
const round64 = (lane: bigint, word: bigint): bigint =>
  (rotate64((lane + word * P64[1]) & MASK, 31n) * P64[0]) & MASK;

/**
 * XXH64 with seed 0. Blocks are mixed with 32-bit arithmetic, in halves: with `bigint` they would take longer than
 * the decompression that they check.
 */
export function xxh64(): Checksum {
  const [p1, p2, p3, p4, p5] = P64;
  const lanes = new Int32Array(8);
  [p1 + p2, p2, 0n, -p1].forEach((lane, i) => {
    lanes[2 * i] = Number(BigInt.asIntN(32, lane));
    lanes[2 * i + 1] = Number(BigInt.asIntN(32, lane >> 32n));
  });
  const blocks = blocksOf(32, (bytes, at) => {
    for (let i = 0; i < 4; i++) {
      const low = readU32(bytes, at + 8 * i);
      const high = readU32(bytes, at + 8 * i + 4);
      // lane += word * p2
      const productLow = Math.imul(low, 0x27d4eb4f);
      const productHigh =
        (upperHalf(low, 0x27d4eb4f) + Math.imul(low, 0xc2b2ae3d) + Math.imul(high, 0x27d4eb4f)) | 0;
      const sumLow = ((lanes[2 * i] ?? 0) + productLow) | 0;
      const carry = sumLow >>> 0 < productLow >>> 0 ? 1 : 0;
      const sumHigh = ((lanes[2 * i + 1] ?? 0) + productHigh + carry) | 0;
      // lane = rotate(lane, 31) * p1
      const turnedLow = (sumLow << 31) | (sumHigh >>> 1);
      const turnedHigh = (sumHigh << 31) | (sumLow >>> 1);
      lanes[2 * i] = Math.imul(turnedLow, 0x85ebca87);
      lanes[2 * i + 1] =
        upperHalf(turnedLow, 0x85ebca87) +
        Math.imul(turnedLow, 0x9e3779b1) +
        Math.imul(turnedHigh, 0x85ebca87);
    }
  });
  const word64 = (bytes: Uint8Array, at: number): bigint =>
    (BigInt(readU32(bytes, at + 4) >>> 0) << 32n) | BigInt(readU32(bytes, at) >>> 0);

  return {
    update: blocks.update,
    value() {
      const [a = 0n, b = 0n, c = 0n, d = 0n] = [0, 1, 2, 3].map(
        (i) => (BigInt((lanes[2 * i + 1] ?? 0) >>> 0) << 32n) | BigInt((lanes[2 * i] ?? 0) >>> 0),
      );
      let hash: bigint = p5;
      if (blocks.total() >= 32) {
        hash = (rotate64(a, 1n) + rotate64(b, 7n) + rotate64(c, 12n) + rotate64(d, 18n)) & MASK;
        for (const lane of [a, b, c, d]) hash = ((hash ^ round64(0n, lane)) * p1 + p4) & MASK;
      }
      hash = (hash + BigInt(blocks.total())) & MASK;
      const rest = blocks.rest();
      let at = 0;
      for (; at + 8 <= rest.length; at += 8) {
        hash = (rotate64(hash ^ round64(0n, word64(rest, at)), 27n) * p1 + p4) & MASK;
      }
      if (at + 4 <= rest.length) {
        hash = (rotate64(hash ^ ((BigInt(readU32(rest, at) >>> 0) * p1) & MASK), 23n) * p2 + p3) & MASK;
        at += 4;
      }
      for (; at < rest.length; at++) {
        hash = (rotate64(hash ^ ((BigInt(rest[at] ?? 0) * p5) & MASK), 11n) * p1) & MASK;
      }
      hash = ((hash ^ (hash >> 33n)) * p2) & MASK;
      hash = ((hash ^ (hash >> 29n)) * p3) & MASK;
      return Number(BigInt.asUintN(32, hash ^ (hash >> 32n)));
    },
  };
}

/** The upper 32 bits of the 64-bit product of two unsigned 32-bit numbers. */
function upperHalf(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const other = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)) | 0;
}
