// The bzip2 format, as its reference implementation reads it (https://sourceware.org/bzip2).

import { cutOff, malformed, unsupported } from "../error.js";

const BLOCK = 0x314159265359;
const END = 0x177245385090;
const MAX_CODE_BITS = 20;
/** Symbols that one choice of table is good for. */
const GROUP = 50;
const PIECE = 2 ** 16;

interface Bits {
  readonly input: Uint8Array;
  /** Of the next byte that is not in `word` yet. */
  at: number;
  word: number;
  /** Bits of `word` that were not read, its lower ones. */
  count: number;
}

/** The next `count` bits, at most 24. */
function readBits(bits: Bits, count: number): number {
  while (bits.count < count) {
    if (bits.at >= bits.input.length) throw cutOff(bits.at);
    bits.word = (bits.word << 8) | (bits.input[bits.at++] ?? 0);
    bits.count += 8;
  }
  bits.count -= count;
  return (bits.word >>> bits.count) & ((1 << count) - 1);
}

const readLong = (bits: Bits, count: number): number =>
  readBits(bits, count - 24) * 2 ** 24 + readBits(bits, 24);

/** Streams in any number; their checksums are checked. */
export function* decodeBzip2(input: Uint8Array): Generator<Uint8Array, number> {
  let at = 0;
  do at = yield* decodeStream(input, at);
  while (isBzip2(input, at));
  return at;
}

/** Whether a stream starts here: `BZh`, a digit, and the mark of a block or of the end. */
export function isBzip2(input: Uint8Array, at: number): boolean {
  const level = input[at + 3] ?? 0;
  if (input[at] !== 0x42 || input[at + 1] !== 0x5a || input[at + 2] !== 0x68) return false;
  if (level < 0x31 || level > 0x39 || at + 10 > input.length) return false;
  const mark = readLong({ input, at: at + 4, word: 0, count: 0 }, 48);
  return mark === BLOCK || mark === END;
}

function* decodeStream(input: Uint8Array, start: number): Generator<Uint8Array, number> {
  if (start + 4 > input.length) throw cutOff(input.length);
  const level = (input[start + 3] ?? 0) - 0x30;
  if (level < 1 || level > 9) throw malformed("no size of blocks", start + 3);
  const capacity = 100_000 * level;
  const bits: Bits = { input, at: start + 4, word: 0, count: 0 };
  /** Each byte, and above it where the next one is. */
  const links = new Uint32Array(capacity);
  let streamCrc = 0;
  for (;;) {
    const mark = readLong(bits, 48);
    const crc = readLong(bits, 32);
    if (mark === END) {
      if (crc !== streamCrc >>> 0) throw malformed("the content does not match its checksum", bits.at);
      return bits.at;
    }
    if (mark !== BLOCK) throw malformed("no block where one should start", bits.at);
    if (readBits(bits, 1) === 1) throw unsupported("a randomised block");
    const first = readBits(bits, 24);
    const count = readBlock(bits, links);
    if (first >= count) throw malformed("a block starts outside itself", bits.at);
    const blockCrc = yield* expand(links, first, count);
    if (blockCrc !== crc) throw malformed("a block does not match its checksum", bits.at);
    streamCrc = ((streamCrc << 1) | (streamCrc >>> 31)) ^ blockCrc;
  }
}

interface Code {
  /** The largest code of each length, or -1; and what to subtract from a code of that length. */
  readonly limits: Int32Array;
  readonly bases: Int32Array;
  readonly symbols: Uint16Array;
  readonly shortest: number;
}

/** Reads a block's symbols and undoes what comes before the sorting. Returns how many bytes it has. */
function readBlock(bits: Bits, links: Uint32Array): number {
  const bytes = readUsedBytes(bits);
  const symbolCount = bytes.length + 2;
  const codeCount = readBits(bits, 3);
  const selectorCount = readBits(bits, 15);
  if (bytes.length === 0 || codeCount < 2 || codeCount > 6 || selectorCount === 0) {
    throw malformed("a block's header is not well-formed", bits.at);
  }
  const selectors = readSelectors(bits, codeCount, selectorCount);
  const codes = Array.from({ length: codeCount }, () => readCode(bits, symbolCount));

  // Bytes are coded as places in a list where the latest ones come first; runs of the first one as numbers.
  const recent = bytes;
  const counts = new Uint32Array(256);
  const end = symbolCount - 1;
  let filled = 0;
  let run = 0;
  let runBit = 1;
  const overflow = () => malformed("a block has more bytes than it may", bits.at);
  for (let i = 0; ; i++) {
    if (i >= GROUP * selectorCount) throw malformed("a block does not end", bits.at);
    const symbol = readSymbol(bits, codes[selectors[Math.floor(i / GROUP)] ?? 0]);
    if (symbol < 2) {
      run += runBit << symbol;
      runBit <<= 1;
      if (run > links.length) throw overflow();
      continue;
    }
    if (run > 0) {
      const byte = recent[0] ?? 0;
      if (run > links.length - filled) throw overflow();
      links.fill(byte, filled, filled + run);
      counts[byte] = (counts[byte] ?? 0) + run;
      filled += run;
      run = 0;
      runBit = 1;
    }
    if (symbol === end) break;
    if (filled === links.length) throw overflow();
    const byte = recent[symbol - 1] ?? 0;
    recent.copyWithin(1, 0, symbol - 1);
    recent[0] = byte;
    counts[byte] = (counts[byte] ?? 0) + 1;
    links[filled++] = byte;
  }
  // Where, sorted, the bytes of each value start.
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    const own = counts[byte] ?? 0;
    counts[byte] = sum;
    sum += own;
  }
  for (let i = 0; i < filled; i++) {
    const byte = (links[i] ?? 0) & 0xff;
    const to = counts[byte] ?? 0;
    counts[byte] = to + 1;
    links[to] = ((links[to] ?? 0) & 0xff) | (i << 8);
  }
  return filled;
}

/** The bytes that occur in a block, in order. */
function readUsedBytes(bits: Bits): Uint8Array {
  const used: number[] = [];
  const ranges = readBits(bits, 16);
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >> range)) === 0) continue;
    const bytes = readBits(bits, 16);
    for (let i = 0; i < 16; i++) if ((bytes & (0x8000 >> i)) !== 0) used.push(16 * range + i);
  }
  return Uint8Array.from(used);
}

function readSelectors(bits: Bits, codeCount: number, count: number): Uint8Array {
  const recent = Uint8Array.from({ length: codeCount }, (_, i) => i);
  return Uint8Array.from({ length: count }, () => {
    let place = 0;
    while (readBits(bits, 1) === 1) {
      if (++place === codeCount) throw malformed("a code that does not exist is chosen", bits.at);
    }
    const code = recent[place] ?? 0;
    recent.copyWithin(1, 0, place);
    recent[0] = code;
    return code;
  });
}

function readCode(bits: Bits, symbolCount: number): Code {
  let length = readBits(bits, 5);
  const lengths = Uint8Array.from({ length: symbolCount }, () => {
    for (;;) {
      if (length < 1 || length > MAX_CODE_BITS) throw malformed("a code of a wrong length", bits.at);
      if (readBits(bits, 1) === 0) return length;
      length += readBits(bits, 1) === 0 ? 1 : -1;
    }
  });
  const limits = new Int32Array(MAX_CODE_BITS + 1).fill(-1);
  const bases = new Int32Array(MAX_CODE_BITS + 1);
  const symbols = new Uint16Array(symbolCount);
  let code = 0;
  let filled = 0;
  for (let bitCount = 1; bitCount <= MAX_CODE_BITS; bitCount++) {
    bases[bitCount] = code - filled;
    lengths.forEach((own, symbol) => {
      if (own !== bitCount) return;
      symbols[filled++] = symbol;
      code++;
    });
    limits[bitCount] = code - 1;
    code <<= 1;
  }
  return { limits, bases, symbols, shortest: Math.min(...lengths) };
}

function readSymbol(bits: Bits, code: Code | undefined): number {
  if (code === undefined) throw malformed("a code that does not exist is chosen", bits.at);
  let length = code.shortest;
  let value = readBits(bits, length);
  while (value > (code.limits[length] ?? -1)) {
    if (++length > MAX_CODE_BITS) throw malformed("bits that are no code", bits.at);
    value = (value << 1) | readBits(bits, 1);
  }
  const symbol = code.symbols[value - (code.bases[length] ?? 0)];
  if (symbol === undefined) throw malformed("bits that are no code", bits.at);
  return symbol;
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, i) => {
  let crc = i << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

/** Follows the links and undoes the run lengths: four equal bytes are followed by how often the byte comes again. */
function* expand(links: Uint32Array, first: number, count: number): Generator<Uint8Array, number> {
  const piece = new Uint8Array(PIECE);
  let filled = 0;
  let crc = -1;
  let link = (links[first] ?? 0) >>> 8;
  let last = -1;
  let equal = 0;
  for (let i = 0; i < count; i++) {
    const entry = links[link] ?? 0;
    const byte = entry & 0xff;
    link = entry >>> 8;
    let times = 1;
    let value = byte;
    if (equal === 4) {
      times = byte;
      value = last;
      equal = 0;
    } else {
      equal = byte === last ? equal + 1 : 1;
      last = byte;
    }
    if (filled + times > PIECE) {
      yield piece.subarray(0, filled);
      filled = 0;
    }
    for (; times > 0; times--) {
      piece[filled++] = value;
      crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ value] ?? 0);
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
  return ~crc >>> 0;
}
