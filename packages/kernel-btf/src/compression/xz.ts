// The .xz format, https://tukaani.org/xz/xz-file-format.txt

import { readerOf } from "@core/bytes";
import { cutOff, malformed, unsupported } from "../error.js";
import { type BranchFilter, branchFilter } from "./branch.js";
import { crc32, crc32Of, crc64 } from "./crc.js";
import { decodeLzma2 } from "./lzma2.js";

const XZ_MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] as const;
const HEADER = 12;
const FOOTER = 12;
const LZMA2 = 0x21;
/** Bytes of the check behind each block, by its id (2.1.1.2). */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;
const CRC32 = 1;
const CRC64 = 4;

/** Sizes of a block, in bytes: with header and check but no padding, and decoded. */
interface Sizes {
  readonly unpadded: number;
  readonly decoded: number;
}

/**
 * Streams in any number, with padding between them. CRC-32 and CRC-64 are checked, and so are headers and index;
 * SHA-256 is not. Filters for machine code are undone, as x86 kernels need it.
 */
export function* decodeXz(input: Uint8Array): Generator<Uint8Array, number> {
  let at = 0;
  for (;;) {
    at = yield* decodeStream(input, at);
    let next = at;
    while (next < input.length && input[next] === 0) next++;
    if ((next - at) % 4 !== 0 || !XZ_MAGIC.every((byte, i) => input[next + i] === byte)) return at;
    at = next;
  }
}

function* decodeStream(input: Uint8Array, start: number): Generator<Uint8Array, number> {
  const { has, u8, u32 } = readerOf(input, "little");
  if (!has(start, HEADER)) throw cutOff(input.length);
  const check = u8(start + 7);
  if (u8(start + 6) !== 0 || check > 15) throw unsupported("unknown stream flags");
  if (crc32Of(input.subarray(start + 6, start + 8)) !== u32(start + 8)) {
    throw malformed("the stream's header does not match its checksum", start);
  }
  const blocks: Sizes[] = [];
  let at = start + HEADER;
  for (;;) {
    if (!has(at, 1)) throw cutOff(input.length);
    if (u8(at) === 0) break;
    at = yield* decodeBlock(input, at, check, blocks);
  }
  const footer = checkIndex(input, at, blocks);
  if (!has(footer, FOOTER)) throw cutOff(input.length);
  if (
    crc32Of(input.subarray(footer + 4, footer + 10)) !== u32(footer) ||
    4 * (u32(footer + 4) + 1) !== footer - at ||
    u8(footer + 9) !== check ||
    u8(footer + 10) !== 0x59 ||
    u8(footer + 11) !== 0x5a
  ) {
    throw malformed("the stream's footer does not fit the stream", footer);
  }
  return footer + FOOTER;
}

/** A number in 7-bit groups, at most 63 bits. Those beyond 2^53 are no sizes of anything here. */
function numberAt(input: Uint8Array, at: number, end: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    if (at + i >= end) throw cutOff(end);
    const byte = input[at + i] ?? 0;
    if (byte === 0 && i > 0) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  throw malformed("a number of more than nine bytes", at);
}

interface BlockHeader {
  readonly end: number;
  readonly compressed: number | undefined;
  readonly decoded: number | undefined;
  readonly dictionary: number;
  /** In the order in which they are undone. */
  readonly filters: readonly BranchFilter[];
}

function parseBlockHeader(input: Uint8Array, start: number): BlockHeader {
  const { has, u8, u32 } = readerOf(input, "little");
  const size = (u8(start) + 1) * 4;
  if (!has(start, size)) throw cutOff(input.length);
  const end = start + size;
  if (crc32Of(input.subarray(start, end - 4)) !== u32(end - 4)) {
    throw malformed("a block's header does not match its checksum", start);
  }
  const flags = u8(start + 1);
  if ((flags & 0x3c) !== 0) throw unsupported("unknown block flags");
  let at = start + 2;
  const next = (): number => {
    const number = numberAt(input, at, end - 4);
    at = number.next;
    return number.value;
  };
  const compressed = (flags & 0x40) !== 0 ? next() : undefined;
  const decoded = (flags & 0x80) !== 0 ? next() : undefined;
  const filters: BranchFilter[] = [];
  for (let left = flags & 3; left > 0; left--) {
    const id = next();
    const properties = next();
    const filter = branchFilter(id);
    const offset = properties === 4 && has(at, 4) ? u32(at) : 0;
    if (filter === undefined) throw unsupported(`filter 0x${id.toString(16)}`);
    filters.unshift((bytes, before) => filter(bytes, before + offset));
    at += properties;
  }
  if (next() !== LZMA2 || next() !== 1) {
    throw unsupported("the last filter is not LZMA2");
  }
  const bits = u8(at);
  if (at >= end - 4 || bits > 40) throw malformed("a block's header is not well-formed", at);
  const dictionary = bits === 40 ? 2 ** 32 - 1 : (2 + (bits & 1)) * 2 ** ((bits >> 1) + 11);
  return { end, compressed, decoded, dictionary, filters };
}

function* decodeBlock(
  input: Uint8Array,
  start: number,
  check: number,
  blocks: Sizes[],
): Generator<Uint8Array, number> {
  const { has, u32 } = readerOf(input, "little");
  const header = parseBlockHeader(input, start);
  const [short, long] = [check === CRC32 ? crc32() : undefined, check === CRC64 ? crc64() : undefined];
  let decoded = 0;
  // Nothing can lie further back than the block's start.
  const window = Math.min(header.dictionary, header.decoded ?? header.dictionary);
  const pieces = header.filters.reduce(undone, decodeLzma2(input, header.end, window));
  let step = pieces.next();
  for (; !step.done; step = pieces.next()) {
    short?.update(step.value);
    long?.update(step.value);
    decoded += step.value.length;
    yield step.value;
  }
  const end = step.value;
  const checkAt = end + ((start - end) & 3);
  const checkBytes = CHECK_BYTES[check] ?? 0;
  if (!has(checkAt, checkBytes)) throw cutOff(input.length);
  if (
    (header.decoded ?? decoded) !== decoded ||
    (header.compressed ?? end - header.end) !== end - header.end ||
    input.subarray(end, checkAt).some((byte) => byte !== 0)
  ) {
    throw malformed("a block does not have the sizes of its header", start);
  }
  if (
    (short !== undefined && short.value() !== u32(checkAt)) ||
    (long !== undefined && (long.value() !== u32(checkAt) || long.upper() !== u32(checkAt + 4)))
  ) {
    throw malformed("a block's content does not match its checksum", start);
  }
  blocks.push({ unpadded: end - start + checkBytes, decoded });
  return checkAt + checkBytes;
}

/** Pieces with a filter undone. The last few bytes of each wait for the next. */
function* undone(pieces: Generator<Uint8Array, number>, filter: BranchFilter): Generator<Uint8Array, number> {
  let waiting = new Uint8Array(0);
  let offset = 0;
  let step = pieces.next();
  for (; !step.done; step = pieces.next()) {
    const bytes = new Uint8Array(waiting.length + step.value.length);
    bytes.set(waiting);
    bytes.set(step.value, waiting.length);
    const done = filter(bytes, offset);
    offset += done;
    waiting = bytes.slice(done);
    yield bytes.subarray(0, done);
  }
  if (waiting.length > 0) yield waiting;
  return step.value;
}

/** Holds the index against the blocks that there were. Returns where it ends. */
function checkIndex(input: Uint8Array, start: number, blocks: readonly Sizes[]): number {
  let at = start + 1;
  const next = (): number => {
    const number = numberAt(input, at, input.length);
    at = number.next;
    return number.value;
  };
  const isRight =
    next() === blocks.length &&
    blocks.every(({ unpadded, decoded }) => next() === unpadded && next() === decoded);
  if (!isRight) throw malformed("the index does not fit the blocks", start);
  const end = at + ((start - at) & 3);
  const { has, u32 } = readerOf(input, "little");
  if (!has(end, 4)) throw cutOff(input.length);
  if (crc32Of(input.subarray(start, end)) !== u32(end)) {
    throw malformed("the index does not match its checksum", start);
  }
  return end + 4;
}
