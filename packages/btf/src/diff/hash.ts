/** Hashes words, differently in every process, to 32 bits with a sign. */
export type Hash = (words: Int32Array, start: number, end: number) => number;

/**
 * HalfSipHash-1-3 (Aumasson and Bernstein; Linux: lib/siphash.c), with a key that nobody knows: no input can be
 * prepared so that what it is made of falls into one bucket. Of simpler ones, with a seed or without, one can.
 */
export function keyedHash(key0 = secret(), key1 = secret()): Hash {
  return (words, start, end) => {
    let a = key0;
    let b = key1;
    let c = key0 ^ 0x6c796765;
    let d = key1 ^ 0x74656462;
    // One round for each word, one for the number of bytes, and three to end with.
    for (let i = start; i < end + 4; i++) {
      const word = i < end ? (words[i] ?? 0) : i === end ? (end - start) << 26 : 0;
      d ^= word;
      a = (a + b) | 0;
      b = ((b << 5) | (b >>> 27)) ^ a;
      a = (a << 16) | (a >>> 16);
      c = (c + d) | 0;
      d = ((d << 8) | (d >>> 24)) ^ c;
      a = (a + d) | 0;
      d = ((d << 7) | (d >>> 25)) ^ a;
      c = (c + b) | 0;
      b = ((b << 13) | (b >>> 19)) ^ c;
      c = (c << 16) | (c >>> 16);
      a ^= word;
      if (i === end) c ^= 0xff;
    }
    return b ^ d;
  };
}

const secret = (): number => Math.floor(Math.random() * 2 ** 32) | 0;
