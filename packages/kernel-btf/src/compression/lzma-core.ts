// The decoder that LZMA and LZMA2 share. After the LZMA specification of the LZMA SDK (https://7-zip.org/sdk.html).

import { malformed } from "../error.js";
import type { Output } from "./output.js";

/** The range coder. `range` and `code` are unsigned 32-bit numbers, kept as signed ones: those are the fast ones. */
export interface RangeCoder {
  readonly input: Uint8Array;
  at: number;
  /** Where the range coder's bytes end; behind it, it reads zeros and `at` keeps growing. */
  end: number;
  range: number;
  code: number;
}

const TOP = 0x0100_0000;
const SIGN = -0x8000_0000;

/** Bytes that the range coder starts with. */
const START_BYTES = 5;

/** Reads the first five bytes. @throws {Fault} `malformed` when the first one is not zero. */
export function startRangeCoder(coder: RangeCoder): void {
  const { input, at } = coder;
  if (at + START_BYTES > coder.end) throw malformed("the data is cut off", coder.end);
  if (input[at] !== 0) throw malformed("the range coder does not start with a zero", at);
  coder.range = -1;
  coder.code =
    ((input[at + 1] ?? 0) << 24) |
    ((input[at + 2] ?? 0) << 16) |
    ((input[at + 3] ?? 0) << 8) |
    (input[at + 4] ?? 0);
  coder.at = at + START_BYTES;
}

/** Decodes one bit with the probability at `index`, and adapts that. */
function bitOf(coder: RangeCoder, probs: Uint16Array, index: number): number {
  const prob = probs[index] ?? 0;
  const range = coder.range;
  const bound = Math.imul(range >>> 11, prob);
  let next: number;
  let bit: number;
  if ((coder.code ^ SIGN) < (bound ^ SIGN)) {
    next = bound;
    probs[index] = prob + ((2048 - prob) >> 5);
    bit = 0;
  } else {
    next = (range - bound) | 0;
    coder.code = (coder.code - bound) | 0;
    probs[index] = prob - (prob >> 5);
    bit = 1;
  }
  if (next >>> 0 < TOP) {
    next <<= 8;
    coder.code = (coder.code << 8) | (coder.at < coder.end ? (coder.input[coder.at] ?? 0) : 0);
    coder.at++;
  }
  coder.range = next;
  return bit;
}

function directBits(coder: RangeCoder, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) {
    coder.range >>>= 1;
    coder.code = (coder.code - coder.range) | 0;
    const isZero = coder.code >> 31;
    coder.code = (coder.code + (coder.range & isZero)) | 0;
    value = (value << 1) + (isZero + 1);
    if (coder.range >>> 0 < TOP) {
      coder.range <<= 8;
      coder.code = (coder.code << 8) | (coder.at < coder.end ? (coder.input[coder.at] ?? 0) : 0);
      coder.at++;
    }
  }
  return value;
}

function treeOf(coder: RangeCoder, probs: Uint16Array, start: number, bits: number): number {
  let node = 1;
  for (let i = 0; i < bits; i++) node = (node << 1) | bitOf(coder, probs, start + node);
  return node - (1 << bits);
}

function reverseTreeOf(coder: RangeCoder, probs: Uint16Array, start: number, bits: number): number {
  let node = 1;
  let value = 0;
  for (let i = 0; i < bits; i++) {
    const bit = bitOf(coder, probs, start + node);
    node = (node << 1) | bit;
    value |= bit << i;
  }
  return value;
}

// Where each table of probabilities starts.
const STATES = 12;
const POS_STATES = 16;
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES * POS_STATES;
const IS_REP0 = IS_REP + STATES;
const IS_REP1 = IS_REP0 + STATES;
const IS_REP2 = IS_REP1 + STATES;
const IS_LONG_REP0 = IS_REP2 + STATES;
const SLOT = IS_LONG_REP0 + STATES * POS_STATES;
const SPECIAL = SLOT + 4 * 64;
const ALIGN = SPECIAL + 128;
const LENGTH = ALIGN + 16;
const LENGTH_LOW = 2;
const LENGTH_MID = LENGTH_LOW + POS_STATES * 8;
const LENGTH_HIGH = LENGTH_MID + POS_STATES * 8;
const LENGTH_SIZE = LENGTH_HIGH + 256;
const REP_LENGTH = LENGTH + LENGTH_SIZE;
const LITERAL = REP_LENGTH + LENGTH_SIZE;
const LITERAL_SIZE = 0x300;
/** The most that one step decodes to, in bytes. */
export const MAX_MATCH = 273;

/** Everything that one symbol leaves behind for the next. */
export interface LzmaState {
  /** The largest distance, in bytes. */
  readonly dictionary: number;
  lc: number;
  lp: number;
  pb: number;
  probs: Uint16Array;
  state: number;
  readonly reps: Int32Array;
  /** Bytes decoded since the dictionary was last empty. */
  total: number;
}

export function lzmaState(dictionary: number): LzmaState {
  const reps = new Int32Array(4);
  return { dictionary, lc: 0, lp: 0, pb: 0, probs: new Uint16Array(0), state: 0, reps, total: 0 };
}

/** Sets what a byte of properties says. @throws {Fault} `malformed` when no encoder writes such a byte. */
export function setProperties(lzma: LzmaState, byte: number, offset: number): void {
  if (byte >= 9 * 5 * 5) throw malformed(`properties 0x${byte.toString(16)}`, offset);
  lzma.lc = byte % 9;
  lzma.lp = Math.floor(byte / 9) % 5;
  lzma.pb = Math.floor(byte / 45);
  lzma.probs = new Uint16Array(LITERAL + (LITERAL_SIZE << (lzma.lc + lzma.lp)));
}

export function resetState(lzma: LzmaState): void {
  lzma.probs.fill(1024);
  lzma.state = 0;
  lzma.reps.fill(0);
}

/**
 * Decodes until `output.position` reaches `target` or an end marker comes. The last match may go past `target`, but
 * not past `end`, up to where the caller has reserved. Returns whether the marker came.
 */
export function decodeSymbols(
  lzma: LzmaState,
  coder: RangeCoder,
  output: Output,
  target: number,
  end: number,
): boolean {
  const { dictionary, lc, lp, pb, probs, reps } = lzma;
  const { buffer } = output;
  const posMask = (1 << pb) - 1;
  const literalMask = (1 << lp) - 1;
  let { state, total } = lzma;
  let position = output.position;
  let isEnd = false;

  while (position < target) {
    // Behind the end there are only zeros: stop before decoding much of those.
    if (coder.at > coder.end) throw malformed("the data is cut off", coder.end);
    const posState = total & posMask;
    if (bitOf(coder, probs, IS_MATCH + state * POS_STATES + posState) === 0) {
      const previous = total === 0 ? 0 : (buffer[position - 1] ?? 0);
      const context = ((total & literalMask) << lc) + (previous >> (8 - lc));
      const start = LITERAL + LITERAL_SIZE * context;
      let symbol = 1;
      if (state >= 7) {
        let matched = buffer[position - (reps[0] ?? 0) - 1] ?? 0;
        do {
          const bit = (matched >> 7) & 1;
          matched <<= 1;
          const decoded = bitOf(coder, probs, start + ((1 + bit) << 8) + symbol);
          symbol = (symbol << 1) | decoded;
          if (decoded !== bit) break;
        } while (symbol < 0x100);
      }
      while (symbol < 0x100) symbol = (symbol << 1) | bitOf(coder, probs, start + symbol);
      buffer[position++] = symbol;
      total++;
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }

    let length: number;
    if (bitOf(coder, probs, IS_REP + state) === 0) {
      reps.copyWithin(1, 0, 3);
      length = lengthOf(coder, probs, LENGTH, posState);
      const distance = distanceOf(coder, probs, length);
      reps[0] = distance;
      state = state < 7 ? 7 : 10;
      if (distance === -1) {
        isEnd = true;
        break;
      }
    } else {
      if (total === 0) throw malformed("a match before any data", coder.at);
      if (bitOf(coder, probs, IS_REP0 + state) === 0) {
        if (bitOf(coder, probs, IS_LONG_REP0 + state * POS_STATES + posState) === 0) {
          state = state < 7 ? 9 : 11;
          buffer[position] = buffer[position - (reps[0] ?? 0) - 1] ?? 0;
          position++;
          total++;
          continue;
        }
      } else {
        let index = 1;
        if (bitOf(coder, probs, IS_REP1 + state) === 1) index = 2 + bitOf(coder, probs, IS_REP2 + state);
        const distance = reps[index] ?? 0;
        reps.copyWithin(1, 0, index);
        reps[0] = distance;
      }
      length = lengthOf(coder, probs, REP_LENGTH, posState);
      state = state < 7 ? 8 : 11;
    }

    const distance = ((reps[0] ?? 0) >>> 0) + 1;
    const bytes = length + 2;
    if (distance > total || distance > dictionary) {
      throw malformed("a match lies before the data", coder.at);
    }
    if (bytes > end - position) throw malformed("a match runs past the end", coder.at);
    let from = position - distance;
    for (let left = bytes; left > 0; left--) buffer[position++] = buffer[from++] ?? 0;
    total += bytes;
  }

  lzma.state = state;
  lzma.total = total;
  output.position = position;
  return isEnd;
}

function lengthOf(coder: RangeCoder, probs: Uint16Array, start: number, posState: number): number {
  if (bitOf(coder, probs, start) === 0) return treeOf(coder, probs, start + LENGTH_LOW + posState * 8, 3);
  if (bitOf(coder, probs, start + 1) === 0) {
    return 8 + treeOf(coder, probs, start + LENGTH_MID + posState * 8, 3);
  }
  return 16 + treeOf(coder, probs, start + LENGTH_HIGH, 8);
}

/** A distance less one, as signed 32-bit; -1 is the end marker. */
function distanceOf(coder: RangeCoder, probs: Uint16Array, length: number): number {
  const slot = treeOf(coder, probs, SLOT + Math.min(length, 3) * 64, 6);
  if (slot < 4) return slot;
  const bits = (slot >> 1) - 1;
  const base = (2 | (slot & 1)) << bits;
  if (slot < 14) return base + reverseTreeOf(coder, probs, SPECIAL + base - slot, bits);
  return (base + (directBits(coder, bits - 4) << 4) + reverseTreeOf(coder, probs, ALIGN, 4)) | 0;
}
