// LZ4, in the frame format and in the older one that Linux compresses itself with ("lz4 -l").
// https://github.com/lz4/lz4, doc/lz4_Block_format.md and doc/lz4_Frame_format.md

import { readerOf } from "@core/bytes";
import { cutOff, malformed, unsupported } from "../error.js";
import { forget, type Output, outputWithWindow, reserve, take } from "./output.js";
import { xxh32 } from "./xxhash.js";

const LZ4_MAGIC = 0x184d2204;
const LZ4_LEGACY_MAGIC = 0x184c2102;
const HISTORY = 2 ** 16;
const MIN_MATCH = 4;
/** What every block of the older format but the last decodes to, and the most that it takes. In bytes. */
const LEGACY_BLOCK = 8 * 2 ** 20;
const LEGACY_COMPRESSED = LEGACY_BLOCK + Math.floor(LEGACY_BLOCK / 255) + 16;

/** Appends what one block decodes to. The caller has reserved `most` bytes. */
function decodeBlock(input: Uint8Array, start: number, end: number, output: Output, most: number): void {
  const { buffer } = output;
  const limit = output.position + most;
  let at = start;
  let to = output.position;
  const length = (nibble: number): number => {
    let sum = nibble;
    if (nibble < 15) return sum;
    for (;;) {
      if (at >= end) throw cutOff(at);
      const byte = input[at++] ?? 0;
      sum += byte;
      if (byte !== 255) return sum;
    }
  };
  while (at < end) {
    const token = input[at++] ?? 0;
    const literals = length(token >> 4);
    if (literals > end - at) throw cutOff(at);
    if (literals > limit - to) throw malformed("a block decodes to more than it may", at);
    if (literals > 32) buffer.set(input.subarray(at, at + literals), to);
    else for (let i = 0; i < literals; i++) buffer[to + i] = input[at + i] ?? 0;
    at += literals;
    to += literals;
    // The last sequence is literals only.
    if (at === end) break;
    if (at + 2 > end) throw cutOff(at);
    const distance = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8);
    at += 2;
    if (distance === 0 || distance > to) throw malformed("a match lies before the data", at);
    const matched = length(token & 15) + MIN_MATCH;
    if (matched > limit - to) throw malformed("a block decodes to more than it may", at);
    if (distance >= matched) buffer.copyWithin(to, to - distance, to - distance + matched);
    else for (let i = 0; i < matched; i++) buffer[to + i] = buffer[to + i - distance] ?? 0;
    to += matched;
  }
  output.position = to;
}

/** Frames of either format, in any number; the checksums of the newer one are checked. */
export function* decodeLz4(input: Uint8Array): Generator<Uint8Array, number> {
  const { has, u32 } = readerOf(input, "little");
  let at = 0;
  while (has(at, 4)) {
    const magic = u32(at);
    if (magic === LZ4_MAGIC) at = yield* decodeFrame(input, at);
    else if (magic === LZ4_LEGACY_MAGIC) at = yield* decodeLegacy(input, at);
    else if (magic >>> 4 === 0x184d2a5 && at > 0 && has(at, 8)) at += 8 + u32(at + 4);
    else break;
  }
  return at;
}

function* decodeLegacy(input: Uint8Array, start: number): Generator<Uint8Array, number> {
  const { has, u32 } = readerOf(input, "little");
  const output = outputWithWindow(0);
  let at = start + 4;
  for (;;) {
    // Nothing marks the end. Linux appends the decoded size, which is no size of a block or has no block behind it.
    if (!has(at, 4)) return at;
    const size = u32(at);
    if (size === 0 || size > LEGACY_COMPRESSED) return at;
    if (!has(at + 4, size)) {
      if (at === input.length - 4 && at > start + 4) return at;
      throw cutOff(input.length);
    }
    forget(output);
    reserve(output, LEGACY_BLOCK);
    decodeBlock(input, at + 4, at + 4 + size, output, LEGACY_BLOCK);
    at += 4 + size;
    const decoded = output.position;
    yield take(output);
    if (decoded < LEGACY_BLOCK) return at;
  }
}

function* decodeFrame(input: Uint8Array, start: number): Generator<Uint8Array, number> {
  const { has, u8, u32 } = readerOf(input, "little");
  let at = start + 4;
  if (!has(at, 3)) throw cutOff(input.length);
  const flags = u8(at);
  if (flags >> 6 !== 1) throw unsupported(`version ${flags >> 6} of the format`);
  const areLinked = (flags & 0x20) === 0;
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasChecksum = (flags & 4) !== 0;
  const most = 2 ** (8 + 2 * ((u8(at + 1) >> 4) & 7));
  if (most < 2 ** 16) throw malformed("an unknown block size", at + 1);
  if ((flags & 1) !== 0) throw unsupported("the data needs a dictionary");
  const headerSize = 2 + ((flags & 8) !== 0 ? 8 : 0);
  if (!has(at, headerSize + 1)) throw cutOff(input.length);
  if (((checksumOf(input.subarray(at, at + headerSize)) >> 8) & 0xff) !== u8(at + headerSize)) {
    throw malformed("the frame's header does not match its checksum", at);
  }
  at += headerSize + 1;

  const checksum = xxh32();
  const output = outputWithWindow(HISTORY);
  for (;;) {
    if (!has(at, 4)) throw cutOff(input.length);
    const size = u32(at) & 0x7fffffff;
    const isStored = u32(at) > 0x7fffffff;
    at += 4;
    if (size === 0) break;
    if (size > most) throw malformed("a block larger than the frame allows", at - 4);
    if (!has(at, size + (hasBlockChecksum ? 4 : 0))) throw cutOff(input.length);
    if (!areLinked) forget(output);
    reserve(output, most);
    if (isStored) {
      output.buffer.set(input.subarray(at, at + size), output.position);
      output.position += size;
    } else {
      decodeBlock(input, at, at + size, output, most);
    }
    if (hasBlockChecksum && checksumOf(input.subarray(at, at + size)) !== u32(at + size)) {
      throw malformed("a block does not match its checksum", at);
    }
    at += size + (hasBlockChecksum ? 4 : 0);
    const piece = take(output);
    if (hasChecksum) checksum.update(piece);
    yield piece;
  }
  if (!hasChecksum) return at;
  if (!has(at, 4)) throw cutOff(input.length);
  if (checksum.value() !== u32(at)) throw malformed("the content does not match its checksum", at);
  return at + 4;
}

function checksumOf(bytes: Uint8Array): number {
  const checksum = xxh32();
  checksum.update(bytes);
  return checksum.value();
}
