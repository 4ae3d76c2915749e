// LZMA2: chunks of LZMA, each with its size, and chunks that are stored. After liblzma's lzma2_decoder.c.

import { cutOff, malformed } from "../error.js";
import { decodeSymbols, lzmaState, resetState, setProperties, startRangeCoder } from "./lzma-core.js";
import { outputWithWindow, reserve, take } from "./output.js";

const STORED_AFTER_RESET = 1;
const STORED = 2;
const COMPRESSED = 0x80;
/** What a chunk that holds LZMA starts anew; each includes the ones before it. */
const RESETS_STATE = 1;
const RESETS_PROPERTIES = 2;
const RESETS_DICTIONARY = 3;

/** Decodes chunks from `start` on, up to the marker of their end. Returns the offset behind that. */
export function* decodeLzma2(
  input: Uint8Array,
  start: number,
  dictionary: number,
): Generator<Uint8Array, number> {
  const lzma = lzmaState(dictionary);
  const output = outputWithWindow(dictionary);
  const coder = { input, at: start, end: start, range: 0, code: 0 };
  let at = start;
  /** What the next chunk has to start anew, because nothing before it did. */
  let needed = RESETS_DICTIONARY;

  const byte = (offset: number): number => {
    const value = input[offset];
    if (value === undefined) throw cutOff(input.length);
    return value;
  };
  for (;;) {
    const control = byte(at);
    if (control === 0) return at + 1;
    const size = ((byte(at + 1) << 8) | byte(at + 2)) + 1;
    if (control < COMPRESSED) {
      if (control > STORED) throw malformed(`an LZMA2 chunk of type ${control}`, at);
      if (control === STORED_AFTER_RESET) {
        lzma.total = 0;
        needed = Math.min(needed, RESETS_PROPERTIES);
      } else if (needed === RESETS_DICTIONARY) {
        throw malformed("the first LZMA2 chunk does not reset the dictionary", at);
      }
      if (at + 3 + size > input.length) throw cutOff(input.length);
      reserve(output, size);
      output.buffer.set(input.subarray(at + 3, at + 3 + size), output.position);
      output.position += size;
      lzma.total += size;
      at += 3 + size;
    } else {
      const resets = (control >> 5) & 3;
      if (resets < needed) throw malformed("an LZMA2 chunk uses what was not set", at);
      needed = 0;
      if (resets === RESETS_DICTIONARY) lzma.total = 0;
      const decoded = size + ((control & 0x1f) << 16);
      coder.at = at + 5 + (resets >= RESETS_PROPERTIES ? 1 : 0);
      coder.end = coder.at + ((byte(at + 3) << 8) | byte(at + 4)) + 1;
      if (coder.end > input.length) throw cutOff(input.length);
      if (resets >= RESETS_PROPERTIES) {
        setProperties(lzma, byte(at + 5), at + 5);
        if (lzma.lc + lzma.lp > 4) throw malformed("LZMA2 with more than 4 literal bits", at + 5);
      }
      if (resets >= RESETS_STATE) resetState(lzma);
      startRangeCoder(coder);
      reserve(output, decoded);
      const end = output.position + decoded;
      if (decodeSymbols(lzma, coder, output, end, end) || coder.at !== coder.end || coder.code !== 0) {
        throw malformed("an LZMA2 chunk does not decode to its size", at);
      }
      at = coder.end;
    }
    yield take(output);
  }
}
