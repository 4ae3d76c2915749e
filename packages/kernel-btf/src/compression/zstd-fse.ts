// Finite state entropy, RFC 8878 section 4.1.

import { malformed } from "../error.js";
import type { BackwardBits } from "./bits-backward.js";
import { readBits } from "./bits-backward.js";

/** A decoding table: for each state its symbol, how many bits lead to the next one, and what is added to those. */
export interface FseTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** A table that always gives `symbol`. */
export function singleSymbol(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) };
}

/** From the counts of the symbols, which add up to 2^log; -1 stands for "less than one". */
export function fseTable(counts: readonly number[], log: number): FseTable {
  const size = 2 ** log;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(counts.length);
  let rare = size;
  counts.forEach((count, symbol) => {
    if (count === -1) symbols[--rare] = symbol;
    next[symbol] = Math.abs(count);
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let position = 0;
  counts.forEach((count, symbol) => {
    for (let i = 0; i < count; i++) {
      symbols[position] = symbol;
      do position = (position + step) & (size - 1);
      while (position >= rare);
    }
  });
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] ?? 0;
    const number = next[symbol] ?? 0;
    next[symbol] = number + 1;
    const count = log - (31 - Math.clz32(number));
    bits[state] = count;
    bases[state] = number * 2 ** count - size;
  }
  return { log, symbols, bits, bases };
}

/** Reads a table's description from `input[start, end)`. Returns where it ends, too. */
export function readFseTable(
  input: Uint8Array,
  start: number,
  end: number,
  maxLog: number,
  maxSymbol: number,
): { table: FseTable; end: number } {
  let bit = 8 * start;
  const read = (count: number): number => {
    const at = bit >> 3;
    if (bit + count > 8 * end) throw malformed("a table's description is cut off", at);
    const word = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16);
    return (word >>> (bit & 7)) & ((1 << count) - 1);
  };
  const log = read(4) + 5;
  bit += 4;
  if (log > maxLog) throw malformed(`a table of 2^${log} states`, start);
  const counts: number[] = [];
  let left = 2 ** log;
  while (left > 0) {
    if (counts.length > maxSymbol) throw malformed("a table with too many symbols", start);
    // A value from 0 to left + 1; the lower ones take a bit less.
    const width = 32 - Math.clz32(left + 1);
    const short = 2 ** width - 2 - left;
    // The last value may end where the description does, a bit before its full width.
    const low = read(width - 1);
    let value = low;
    if (low < short) {
      bit += width - 1;
    } else {
      value = read(width);
      bit += width;
      if (value >= 2 ** (width - 1)) value -= short;
    }
    const count = value - 1;
    counts.push(count);
    left -= Math.abs(count);
    if (count !== 0) continue;
    for (let repeat = 3; repeat === 3; ) {
      repeat = read(2);
      bit += 2;
      for (let i = 0; i < repeat; i++) counts.push(0);
      if (counts.length > maxSymbol + 1) throw malformed("a table with too many symbols", start);
    }
  }
  if (left < 0) throw malformed("a table's counts do not add up", start);
  return { table: fseTable(counts, log), end: (bit + 7) >> 3 };
}

/** The state after `state`. */
export function nextState(table: FseTable, state: number, bits: BackwardBits): number {
  return (table.bases[state] ?? 0) + readBits(bits, table.bits[state] ?? 0);
}
