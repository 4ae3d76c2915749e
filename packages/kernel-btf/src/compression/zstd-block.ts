// Compressed blocks of zstd: literals, and sequences that copy them and what was decoded before. RFC 8878, 3.1.1.3.

import { malformed } from "../error.js";
import { backwardBits, readBits } from "./bits-backward.js";
import type { Output } from "./output.js";
import { type FseTable, fseTable, nextState, readFseTable, singleSymbol } from "./zstd-fse.js";
import { decodeHuffman, type HuffmanTable, readHuffmanTable } from "./zstd-huffman.js";

const MAX_LITERALS = 128 * 2 ** 10;

/** How a kind of number (literal lengths, offsets, match lengths) is coded. */
interface Coding {
  readonly maxLog: number;
  readonly maxSymbol: number;
  readonly usual: FseTable;
}

// prettier-ignore
const LITERAL_LENGTHS: Coding = {
  maxLog: 9,
  maxSymbol: 35,
  usual: fseTable(
    [
      4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1,
      -1, -1,
    ],
    6,
  ),
};
const MATCH_LENGTHS: Coding = {
  maxLog: 9,
  maxSymbol: 52,
  usual: fseTable(
    [
      1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
    6,
  ),
};
const OFFSETS: Coding = {
  maxLog: 8,
  maxSymbol: 31,
  usual: fseTable(
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
    5,
  ),
};

/** For each code of a length its extra bits; a code's base follows on the range of the one before. */
const LITERAL_BITS = [
  ...Array(16).fill(0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
];
const MATCH_BITS = [
  ...Array(32).fill(0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
];
const LITERAL_BASES = basesOf(LITERAL_BITS, 0);
const MATCH_BASES = basesOf(MATCH_BITS, 3);

function basesOf(bits: readonly number[], first: number): readonly number[] {
  let base = first;
  return bits.map((count) => {
    const own = base;
    base += 2 ** count;
    return own;
  });
}

/** What a frame's blocks leave behind for the next one. */
export interface BlockState {
  huffman: HuffmanTable | undefined;
  literalLengths: FseTable | undefined;
  offsets: FseTable | undefined;
  matchLengths: FseTable | undefined;
  /** The last three distances, in bytes. */
  readonly recent: [number, number, number];
  readonly literals: Uint8Array;
}

export function blockState(): BlockState {
  return {
    huffman: undefined,
    literalLengths: undefined,
    offsets: undefined,
    matchLengths: undefined,
    recent: [1, 4, 8],
    literals: new Uint8Array(MAX_LITERALS),
  };
}

/**
 * Appends what the block in `input[start, end)` decodes to: at most `most` bytes, which the caller has reserved.
 * `before` is how many bytes of the frame were decoded before it.
 */
export function decodeBlock(
  state: BlockState,
  input: Uint8Array,
  start: number,
  end: number,
  output: Output,
  most: number,
  before: number,
): void {
  const { literals, end: sequencesAt } = readLiterals(state, input, start, end, most);
  const sequences = readSequenceHeader(state, input, sequencesAt, end);
  const limit = output.position + most;
  const used =
    sequences.count === 0
      ? 0
      : copySequences(state, sequences.count, input, sequences.end, end, literals, output, limit, before);
  const rest = literals.subarray(used);
  if (rest.length > limit - output.position) throw tooMuch(start);
  output.buffer.set(rest, output.position);
  output.position += rest.length;
}

const tooMuch = (offset: number) => malformed("a block decodes to more than it may", offset);

function readLiterals(
  state: BlockState,
  input: Uint8Array,
  start: number,
  end: number,
  most: number,
): { literals: Uint8Array; end: number } {
  const cut = () => malformed("a block's literals are cut off", start);
  if (start + 1 > end) throw cut();
  const byte = (i: number): number => input[start + i] ?? 0;
  const type = byte(0) & 3;
  const format = (byte(0) >> 2) & 3;
  if (type < 2) {
    const header = format === 1 ? 2 : format === 3 ? 3 : 1;
    const size =
      header === 1
        ? byte(0) >> 3
        : header === 2
          ? (byte(0) >> 4) | (byte(1) << 4)
          : (byte(0) >> 4) | (byte(1) << 4) | (byte(2) << 12);
    if (size > most) throw tooMuch(start);
    const at = start + header;
    const stop = at + (type === 0 ? size : 1);
    if (stop > end) throw cut();
    if (type === 0) return { literals: input.subarray(at, stop), end: stop };
    return { literals: state.literals.fill(input[at] ?? 0, 0, size).subarray(0, size), end: stop };
  }

  const header = format < 2 ? 3 : format + 2;
  const width = format < 2 ? 10 : format === 2 ? 14 : 18;
  // Two numbers of `width` bits each, behind four bits.
  const word = byte(0) + byte(1) * 2 ** 8 + byte(2) * 2 ** 16 + byte(3) * 2 ** 24 + byte(4) * 2 ** 32;
  const size = Math.floor(word / 16) % 2 ** width;
  const compressed = Math.floor(word / 2 ** (4 + width)) % 2 ** width;
  let at = start + header;
  const stop = at + compressed;
  if (stop > end) throw cut();
  if (size > most) throw tooMuch(start);
  if (type === 2) {
    const read = readHuffmanTable(input, at, stop);
    state.huffman = read.table;
    at = read.end;
  }
  const table = state.huffman;
  if (table === undefined) throw malformed("a block repeats a Huffman table that was not there", start);
  const literals = state.literals.subarray(0, size);
  if (format === 0) {
    decodeHuffman(table, input, at, stop, literals);
    return { literals, end: stop };
  }
  // Four streams, each but the last with its size in front.
  if (at + 6 > stop || size < 6) throw cut();
  const part = Math.floor((size + 3) / 4);
  let from = at + 6;
  for (let i = 0; i < 4; i++) {
    const own = (input[at + 2 * i] ?? 0) | ((input[at + 2 * i + 1] ?? 0) << 8);
    const to = i === 3 ? stop : from + own;
    if (to > stop || part * i > size) throw cut();
    decodeHuffman(table, input, from, to, literals.subarray(part * i, i === 3 ? size : part * (i + 1)));
    from = to;
  }
  return { literals, end: stop };
}

function readSequenceHeader(
  state: BlockState,
  input: Uint8Array,
  start: number,
  end: number,
): { count: number; end: number } {
  const cut = () => malformed("a block's sequences are cut off", start);
  if (start >= end) throw cut();
  const first = input[start] ?? 0;
  let at = start + (first < 128 ? 1 : first < 255 ? 2 : 3);
  if (at > end) throw cut();
  const count =
    first < 128
      ? first
      : first < 255
        ? ((first - 128) << 8) + (input[start + 1] ?? 0)
        : (input[start + 1] ?? 0) + ((input[start + 2] ?? 0) << 8) + 0x7f00;
  if (count === 0) return { count, end: at };
  if (at >= end) throw cut();
  const modes = input[at++] ?? 0;
  if ((modes & 3) !== 0) throw malformed("a block's sequences have a reserved bit set", at);
  const table = (mode: number, coding: Coding, previous: FseTable | undefined): FseTable => {
    if (mode === 0) return coding.usual;
    if (mode === 1) {
      if (at >= end) throw cut();
      const symbol = input[at++] ?? 0;
      if (symbol > coding.maxSymbol) throw malformed(`a code of ${symbol}`, at - 1);
      return singleSymbol(symbol);
    }
    if (mode === 2) {
      const read = readFseTable(input, at, end, coding.maxLog, coding.maxSymbol);
      at = read.end;
      return read.table;
    }
    if (previous === undefined) throw malformed("a block repeats a table that was not there", at);
    return previous;
  };
  state.literalLengths = table(modes >> 6, LITERAL_LENGTHS, state.literalLengths);
  state.offsets = table((modes >> 4) & 3, OFFSETS, state.offsets);
  state.matchLengths = table((modes >> 2) & 3, MATCH_LENGTHS, state.matchLengths);
  return { count, end: at };
}

/** Carries out the sequences. Returns how many literals they used. */
function copySequences(
  state: BlockState,
  count: number,
  input: Uint8Array,
  start: number,
  end: number,
  literals: Uint8Array,
  output: Output,
  limit: number,
  before: number,
): number {
  const { literalLengths, offsets, matchLengths, recent } = state;
  const bits = backwardBits(input, start, end);
  if (!bits || !literalLengths || !offsets || !matchLengths) {
    throw malformed("a block's sequences do not end", start);
  }
  const { buffer, window } = output;
  const blockStart = output.position;
  let to = blockStart;
  let used = 0;
  let literalState = readBits(bits, literalLengths.log);
  let offsetState = readBits(bits, offsets.log);
  let matchState = readBits(bits, matchLengths.log);
  for (let left = count; left > 0; left--) {
    const offsetCode = offsets.symbols[offsetState] ?? 0;
    const matchCode = matchLengths.symbols[matchState] ?? 0;
    const literalCode = literalLengths.symbols[literalState] ?? 0;
    const offset = 2 ** offsetCode + readBits(bits, offsetCode);
    const matched = (MATCH_BASES[matchCode] ?? 0) + readBits(bits, MATCH_BITS[matchCode] ?? 0);
    const copied = (LITERAL_BASES[literalCode] ?? 0) + readBits(bits, LITERAL_BITS[literalCode] ?? 0);
    if (left > 1) {
      literalState = nextState(literalLengths, literalState, bits);
      matchState = nextState(matchLengths, matchState, bits);
      offsetState = nextState(offsets, offsetState, bits);
    }
    if (bits.left < 0) throw malformed("a block's sequences are cut off", start);
    const distance = distanceOf(recent, offset, copied === 0);

    if (copied > literals.length - used) throw malformed("a sequence has too few literals", start);
    if (copied + matched > limit - to) throw tooMuch(start);
    if (copied > 32) buffer.set(literals.subarray(used, used + copied), to);
    else for (let i = 0; i < copied; i++) buffer[to + i] = literals[used + i] ?? 0;
    used += copied;
    to += copied;
    if (distance <= 0 || distance > window || distance > before + to - blockStart) {
      throw malformed("a match lies before the data", start);
    }
    if (distance >= matched && matched > 32) buffer.copyWithin(to, to - distance, to - distance + matched);
    else for (let i = 0; i < matched; i++) buffer[to + i] = buffer[to + i - distance] ?? 0;
    to += matched;
  }
  if (bits.left !== 0) throw malformed("a block's sequences do not end where they should", start);
  output.position = to;
  return used;
}

/** What an offset's value stands for; 1 to 3 stand for recent distances (3.1.1.5). */
function distanceOf(recent: [number, number, number], offset: number, hasNoLiterals: boolean): number {
  if (offset > 3) {
    recent[2] = recent[1];
    recent[1] = recent[0];
    recent[0] = offset - 3;
    return recent[0];
  }
  const index = offset - 1 + (hasNoLiterals ? 1 : 0);
  if (index === 0) return recent[0];
  const distance = index === 1 ? recent[1] : index === 2 ? recent[2] : recent[0] - 1;
  if (index > 1) recent[2] = recent[1];
  recent[1] = recent[0];
  recent[0] = distance;
  return distance;
}
