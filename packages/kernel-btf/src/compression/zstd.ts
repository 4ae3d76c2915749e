// Zstandard frames, RFC 8878.

import { readerOf } from "@core/bytes";
import { cutOff, malformed, unsupported } from "../error.js";
import { outputWithWindow, reserve, take } from "./output.js";
import { xxh64 } from "./xxhash.js";
import { type BlockState, blockState, decodeBlock } from "./zstd-block.js";

const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a5;
/** The most that a block decodes to, in bytes. */
const MAX_BLOCK = 128 * 2 ** 10;
const RAW = 0;
const REPEATED = 1;
const COMPRESSED = 2;

interface FrameHeader {
  readonly end: number;
  /** In bytes. */
  readonly window: number;
  /** Of the content, in bytes. */
  readonly size: bigint | undefined;
  readonly hasChecksum: boolean;
}

/** Frames in any number, skippable ones left out. Sizes and checksums are checked. */
export function* decodeZstd(input: Uint8Array): Generator<Uint8Array, number> {
  const { has, u32 } = readerOf(input, "little");
  let at = 0;
  while (has(at, 4)) {
    if (u32(at) === ZSTD_MAGIC) {
      at = yield* decodeFrame(input, at);
    } else if (u32(at) >>> 4 === SKIPPABLE && has(at, 8)) {
      const end = at + 8 + u32(at + 4);
      if (end > input.length) throw cutOff(input.length);
      at = end;
    } else {
      break;
    }
  }
  return at;
}

function parseHeader(input: Uint8Array, start: number): FrameHeader {
  const { has, u8, u16, u32, u64 } = readerOf(input, "little");
  let at = start + 5;
  if (!has(at, 0)) throw cutOff(input.length);
  const flags = u8(start + 4);
  const isSingle = (flags & 0x20) !== 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  if ((flags & 8) !== 0) throw malformed("a frame's header has its reserved bit set", start + 4);
  if (!has(at, (isSingle ? 0 : 1) + dictionaryBytes + sizeBytes)) throw cutOff(input.length);
  let window = 0;
  if (!isSingle) {
    const base = 2 ** (10 + (u8(at) >> 3));
    window = base + (base / 8) * (u8(at) & 7);
    at++;
  }
  if (input.subarray(at, at + dictionaryBytes).some((byte) => byte !== 0)) {
    throw unsupported("the data needs a dictionary");
  }
  at += dictionaryBytes;
  const size = [
    () => undefined,
    () => BigInt(u8(at)),
    () => BigInt(u16(at) + 256),
    () => BigInt(u32(at)),
    () => u64(at),
  ][sizeBytes === 0 ? 0 : 1 + Math.log2(sizeBytes)]?.();
  if (isSingle) window = Number(size ?? 0n);
  return { end: at + sizeBytes, window, size, hasChecksum: (flags & 4) !== 0 };
}

function* decodeFrame(input: Uint8Array, start: number): Generator<Uint8Array, number> {
  const { has, u8, u16, u32 } = readerOf(input, "little");
  const { end, window, size, hasChecksum } = parseHeader(input, start);
  const output = outputWithWindow(window);
  const most = Math.min(window, MAX_BLOCK);
  const state: BlockState = blockState();
  const checksum = xxh64();
  let decoded = 0;
  let at = end;
  for (let isLast = false; !isLast; ) {
    if (!has(at, 3)) throw cutOff(input.length);
    const header = u16(at) | (u8(at + 2) << 16);
    isLast = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    const blockSize = header >> 3;
    at += 3;
    const bytes = type === REPEATED ? 1 : blockSize;
    if (!has(at, bytes)) throw cutOff(input.length);
    if (blockSize > most && type !== COMPRESSED) throw malformed("a block is too large", at - 3);
    reserve(output, most);
    if (type === RAW) {
      output.buffer.set(input.subarray(at, at + bytes), output.position);
      output.position += bytes;
    } else if (type === REPEATED) {
      output.buffer.fill(u8(at), output.position, output.position + blockSize);
      output.position += blockSize;
    } else if (type === COMPRESSED) {
      if (blockSize > MAX_BLOCK) throw malformed("a block is too large", at - 3);
      decodeBlock(state, input, at, at + bytes, output, most, decoded);
    } else {
      throw malformed("a block of the reserved type", at - 3);
    }
    at += bytes;
    const piece = take(output);
    decoded += piece.length;
    if (hasChecksum) checksum.update(piece);
    yield piece;
  }
  if (size !== undefined && size !== BigInt(decoded)) {
    throw malformed(`a frame of ${decoded} bytes that should have ${size}`, start);
  }
  if (!hasChecksum) return at;
  if (!has(at, 4)) throw cutOff(input.length);
  if (checksum.value() !== u32(at)) throw malformed("the content does not match its checksum", at);
  return at + 4;
}
