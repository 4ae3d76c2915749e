import { decodeUtf8 } from "@core/bytes";
import { outOfProportion, spendBytes, type Work } from "./work.js";

// Text is written as bytes: a name is copied from the string section as it is, UTF-8 or not.

/** A dump's text in UTF-8, as far as names are, in chunks that break between types. */
export type Chunks = Generator<Uint8Array<ArrayBuffer>, void, undefined>;

/** A dump as one string. What is not UTF-8 in names becomes U+FFFD; write the chunks themselves to keep it. */
export function textOf(chunks: Iterable<Uint8Array>): string {
  let text = "";
  for (const chunk of chunks) text += decodeUtf8(chunk, 0, chunk.length);
  return text;
}

/** From this length on, in bytes, a chunk is handed over at the next end of a type. */
const CHUNK = 1 << 16;
/** What a new chunk has room for, so that one seldom has to grow. */
const ROOM = CHUNK + (CHUNK >> 2);

/** The chunk of text that is being written. */
export interface Text {
  bytes: Uint8Array<ArrayBuffer>;
  length: number;
  readonly work: Work;
}

export const newText = (work: Work): Text => ({ bytes: new Uint8Array(ROOM), length: 0, work });

export const isFull = (text: Text): boolean => text.length >= CHUNK;

/** What was written since the last time, which is not touched again. */
export function takeChunk(text: Text): Uint8Array<ArrayBuffer> {
  spendBytes(text.work, text.length);
  const chunk = text.bytes.subarray(0, text.length);
  text.bytes = new Uint8Array(ROOM);
  text.length = 0;
  return chunk;
}

function grow(text: Text, needed: number): Uint8Array<ArrayBuffer> {
  if (needed > text.work.bytesLeft) throw outOfProportion();
  const { bytes } = text;
  text.bytes = new Uint8Array(Math.max(bytes.length * 2, needed));
  text.bytes.set(bytes);
  return text.bytes;
}

/** Writes characters of ASCII. */
export function put(text: Text, ascii: string): void {
  const { length } = text;
  const end = length + ascii.length;
  const bytes = end > text.bytes.length ? grow(text, end) : text.bytes;
  for (let i = 0; i < ascii.length; i++) bytes[length + i] = ascii.charCodeAt(i);
  text.length = end;
}

export function putByte(text: Text, byte: number): void {
  const { length } = text;
  const bytes = length === text.bytes.length ? grow(text, length + 1) : text.bytes;
  bytes[length] = byte;
  text.length = length + 1;
}

/** Writes a whole number, 0 or more, in decimal. */
export function putNumber(text: Text, value: number): void {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  const end = text.length + digits;
  const bytes = end > text.bytes.length ? grow(text, end) : text.bytes;
  for (let at = end - 1, rest = value; at >= text.length; at--) {
    const tenth = Math.floor(rest / 10);
    bytes[at] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  }
  text.length = end;
}

/** Writes a whole number in decimal. */
export function putSigned(text: Text, value: number): void {
  if (value < 0) put(text, "-");
  putNumber(text, Math.abs(value));
}

/** Writes the string that starts at an index of a string section. */
export function putString(text: Text, strings: Uint8Array, start: number): void {
  let { bytes, length } = text;
  let at = start;
  // A string section ends with a 0.
  for (let byte = strings[at]; byte; byte = strings[++at]) {
    if (length === bytes.length) {
      text.length = length;
      bytes = grow(text, length + 1);
    }
    bytes[length++] = byte;
  }
  text.length = length;
}

/** Writes a 64-bit number, given as two words of 32 bits, in decimal. */
export function putWide(text: Text, signed: boolean, low: number, high: number): void {
  if (high === 0) {
    putNumber(text, low);
  } else {
    const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    put(text, String(signed ? BigInt.asIntN(64, bits) : bits));
  }
}

/** C is not indented any further. */
const MAX_TABS = 13;

/** Begins a line, indented by so many tabs. */
export function putLine(text: Text, tabs: number): void {
  put(text, "\n");
  for (let i = Math.min(tabs, MAX_TABS); i > 0; i--) putByte(text, 0x09);
}
