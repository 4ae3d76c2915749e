// Huffman coding of literals, RFC 8878 section 4.2.

import { malformed } from "../error.js";
import { backwardBits, peekBits, readBits } from "./bits-backward.js";
import { nextState, readFseTable } from "./zstd-fse.js";

const MAX_BITS = 11;
const MAX_WEIGHT_LOG = 6;

/** For each possible next `log` bits: the symbol that they start with, and how many of them it takes. */
export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

/** Reads a table's description at `start`. Returns where it ends, too. */
export function readHuffmanTable(
  input: Uint8Array,
  start: number,
  end: number,
): { table: HuffmanTable; end: number } {
  const header = input[start] ?? 0;
  const size = header < 128 ? header : (header - 127 + 1) >> 1;
  const stop = start + 1 + size;
  if (start >= end || stop > end) throw malformed("a Huffman table is cut off", start);
  const weights =
    header < 128 ? packedWeights(input, start + 1, stop) : plainWeights(input, start + 1, header - 127);
  return { table: huffmanTable(weights, start), end: stop };
}

function plainWeights(input: Uint8Array, start: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const byte = input[start + (i >> 1)] ?? 0;
    return i % 2 === 0 ? byte >> 4 : byte & 15;
  });
}

/** Weights that two interleaved FSE states give. */
function packedWeights(input: Uint8Array, start: number, end: number): number[] {
  const { table, end: dataStart } = readFseTable(input, start, end, MAX_WEIGHT_LOG, MAX_BITS + 1);
  const bits = backwardBits(input, dataStart, end);
  if (bits === undefined) throw malformed("a Huffman table is cut off", start);
  let state = readBits(bits, table.log);
  let other = readBits(bits, table.log);
  const weights: number[] = [];
  while (weights.length < 255) {
    weights.push(table.symbols[state] ?? 0);
    if (bits.left < (table.bits[state] ?? 0)) {
      weights.push(table.symbols[other] ?? 0);
      return weights;
    }
    [state, other] = [other, nextState(table, state, bits)];
  }
  throw malformed("a Huffman table with too many symbols", start);
}

function huffmanTable(weights: number[], offset: number): HuffmanTable {
  let sum = 0;
  for (const weight of weights) {
    if (weight > MAX_BITS) throw malformed("a Huffman code of too many bits", offset);
    if (weight > 0) sum += 2 ** (weight - 1);
  }
  // The last symbol's weight is what is missing to the next power of two.
  const log = 32 - Math.clz32(sum);
  const rest = 2 ** log - sum;
  if (sum === 0 || log > MAX_BITS || (rest & (rest - 1)) !== 0) {
    throw malformed("a Huffman table's weights do not add up", offset);
  }
  weights.push(32 - Math.clz32(rest));
  const symbols = new Uint8Array(2 ** log);
  const bits = new Uint8Array(2 ** log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    weights.forEach((other, symbol) => {
      if (other !== weight) return;
      const size = 2 ** (weight - 1);
      symbols.fill(symbol, at, at + size);
      bits.fill(log + 1 - weight, at, at + size);
      at += size;
    });
  }
  return { log, symbols, bits };
}

/** Decodes `input[start, end)` to all of `target`. */
export function decodeHuffman(
  table: HuffmanTable,
  input: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
): void {
  const bits = backwardBits(input, start, end);
  if (bits === undefined) throw malformed("a Huffman stream does not end", start);
  const { log, symbols, bits: lengths } = table;
  let left = bits.left;
  const mask = (1 << log) - 1;
  let i = 0;
  // While at least 32 bits before the position are inside, two symbols (22 bits at most) come from one word.
  for (const safe = target.length - 2; i <= safe && left >= 32; ) {
    const from = left - 24;
    const at = start + (from >> 3);
    const word =
      (input[at] ?? 0) |
      ((input[at + 1] ?? 0) << 8) |
      ((input[at + 2] ?? 0) << 16) |
      ((input[at + 3] ?? 0) << 24);
    const next = (word >>> (from & 7)) & 0xffffff;
    const first = (next >>> (24 - log)) & mask;
    const used = lengths[first] ?? 0;
    target[i++] = symbols[first] ?? 0;
    const second = (next >>> (24 - log - used)) & mask;
    target[i++] = symbols[second] ?? 0;
    left -= used + (lengths[second] ?? 0);
  }
  bits.left = left;
  for (; i < target.length; i++) {
    const index = peekBits(bits, log);
    target[i] = symbols[index] ?? 0;
    bits.left -= lengths[index] ?? 0;
  }
  if (bits.left !== 0) throw malformed("a Huffman stream does not end where it should", start);
}
