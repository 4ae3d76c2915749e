import { expect, test } from "vitest";
import { parseBtf, type WritableType, writeBtf } from "../index.js";
import { keyedHash } from "./hash.js";
import { diffBtf } from "./index.js";

test("hashes as Linux does", () => {
  // lib/tests/siphash_kunit.c: what hsiphash of a 32-bit machine makes of the bytes 0, 1, 2, ..., and nothing.
  const hash = keyedHash(0x03020100, 0x07060504);
  const words = new Int32Array(Uint8Array.from({ length: 16 }, (_, i) => i).buffer);
  const hashes = [0, 1, 2, 3, 4].map((length) => hash(words, 0, length) >>> 0);
  expect(hashes).toEqual([0x5814c896, 0x7e059ea6, 0x577999b1, 0x6b28096c, 0x8b31d501]);
});

/** How MurmurHash3 (x86, 32 bits) mixes one word, and takes it into the hash. */
const mix = (word: number): number => Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
const step = (hash: number, word: number): number =>
  (Math.imul(rotate(hash ^ mix(word), 13), 5) + 0xe6546b64) | 0;
const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** The inverse of an odd number, modulo 2^32. */
const inverse = (odd: number): number => {
  let found = odd;
  for (let i = 0; i < 5; i++) found = Math.imul(found, 2 - Math.imul(odd, found));
  return found;
};
const unmix = (mixed: number): number =>
  Math.imul(rotate(Math.imul(mixed, inverse(0x1b873593)), 17), inverse(0xcc9e2d51));

/** The bytes of a word, if they can be those of a name. */
function asName(word: number): string | undefined {
  const bytes = [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff);
  return bytes.every((byte) => byte > 0 && byte < 0x80 && byte !== 0x5f)
    ? String.fromCharCode(...bytes)
    : undefined;
}

/** Two words that hash differently by nothing but the given bit. */
function partners(bit: number): readonly [number, number] {
  // Numbers all over the place: the two words differ by one of a few numbers, which words in order do not fit for long.
  for (let word = 1; ; word = (Math.imul(word, 1664525) + 1013904223) | 0) {
    const other = unmix(mix(word) ^ bit);
    if (asName(word) !== undefined && asName(other) !== undefined) return [word, other];
  }
}

/** 2^levels names of which MurmurHash3 makes the same, whatever its seed (Aumasson and Bernstein, 2012). */
function collidingNames(levels: number): string[] {
  // The first word changes the one bit that ends up as the highest, and the second undoes it.
  const [first, firstOther] = partners(1 << 18);
  const [second, secondOther] = partners(1 << 31);
  for (const seed of [0, 0x12345678]) {
    expect(step(step(seed, firstOther), secondOther)).toBe(step(step(seed, first), second));
  }
  const text = (word: number): string => asName(word) ?? "";
  const parts = [text(first) + text(second), text(firstOther) + text(secondOther)] as const;
  return Array.from({ length: 2 ** levels }, (_, i) =>
    Array.from({ length: levels }, (_unused, level) => parts[(i >>> level) & 1 ? 1 : 0]).join(""),
  );
}

test("names that are prepared to be hashed alike take no longer than others", () => {
  const levels = 13;
  const colliding = collidingNames(levels);
  const plain = colliding.map((name, i) => i.toString().padEnd(name.length, "x"));
  const timeOf = (names: readonly string[]): number => {
    const types = names.map((name): WritableType => ({ kind: "fwd", name, of: "struct" }));
    const btf = parseBtf(writeBtf(types, { order: "little" }));
    const before = process.cpuUsage();
    expect([...diffBtf(btf, btf).changed]).toEqual([]);
    return process.cpuUsage(before).user;
  };
  const leastOf = (names: readonly string[]): number => Math.min(timeOf(names), timeOf(names), timeOf(names));
  leastOf(plain);
  expect(leastOf(colliding)).toBeLessThan(10 * leastOf(plain));
});
