import { readerOf } from "@core/bytes";
import { cutOff, malformed } from "../error.js";
import {
  decodeSymbols,
  lzmaState,
  MAX_MATCH,
  resetState,
  setProperties,
  startRangeCoder,
} from "./lzma-core.js";
import { outputWithWindow, reserve, take } from "./output.js";

const HEADER = 13;
/** What to decode before handing it on, in bytes. */
const PIECE = 2 ** 18;
const MIN_DICTIONARY = 4096;
const UNKNOWN_SIZE = 2n ** 64n - 1n;
/** xz takes nothing larger for an .lzma file: it has no magic number, so it is recognised by what is plausible. */
const MAX_SIZE = 2n ** 38n;

/**
 * Whether an `.lzma` file may start here: a dictionary of 2^n or 2^n + 2^(n-1) bytes, a size that is unknown or
 * below 256 GiB, and a first byte of the range coder that is zero. So does liblzma (lzma_alone_decoder).
 */
export function isLzma(bytes: Uint8Array, at: number): boolean {
  const { has, u8, u32, u64 } = readerOf(bytes, "little");
  if (!has(at, HEADER + 5) || u8(at) >= 225 || u8(at + HEADER) !== 0) return false;
  const dictionary = u32(at + 1);
  const top = 2 ** Math.floor(Math.log2(dictionary));
  const rest = dictionary - top;
  if (dictionary < MIN_DICTIONARY || (rest !== 0 && rest !== top / 2)) return false;
  return u64(at + 5) === UNKNOWN_SIZE || u64(at + 5) < MAX_SIZE;
}

/** The format of `.lzma` files, that of LZMA Utils. It has no checksum. */
export function* decodeLzma(input: Uint8Array): Generator<Uint8Array, number> {
  const { has, u8, u32, u64 } = readerOf(input, "little");
  if (!has(0, HEADER)) throw cutOff(input.length);
  const size = u64(5) === UNKNOWN_SIZE ? undefined : u64(5);
  if (size !== undefined && size > MAX_SIZE) throw malformed(`a size of ${size} bytes`, 5);
  // Nothing can lie further back than the start.
  const dictionary = Math.min(Math.max(u32(1), MIN_DICTIONARY), Number(size ?? MAX_SIZE));
  const lzma = lzmaState(dictionary);
  setProperties(lzma, u8(0), 0);
  resetState(lzma);
  const output = outputWithWindow(dictionary);
  const coder = { input, at: HEADER, end: input.length, range: 0, code: 0 };
  startRangeCoder(coder);

  let left = size === undefined ? Number.POSITIVE_INFINITY : Number(size);
  let isEnd = false;
  while (left > 0 && !isEnd) {
    reserve(output, PIECE + MAX_MATCH);
    const start = output.position;
    const end = start + Math.min(left, PIECE + MAX_MATCH);
    isEnd = decodeSymbols(lzma, coder, output, start + Math.min(left, PIECE), end);
    left -= output.position - start;
    yield take(output);
  }
  if (isEnd && size !== undefined && left > 0) throw malformed("the data ends before its size", coder.at);
  if (coder.at > coder.end) throw cutOff(coder.end);
  return coder.at;
}
