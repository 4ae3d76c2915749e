import { type ByteOrder, copyBytes, viewOf } from "@core/bytes";
import type { Btf } from "../btf.js";
import { BtfError } from "../error.js";
import {
  ELEM_SIZE,
  ELEMENT_HAS_NAME,
  ELEMENT_HAS_TYPE,
  elementTypeAt,
  HEAD_HAS_TYPE,
  HEADER_LENGTH,
  INFO_SIZE,
  KINDS,
  kindOfInfo,
  MAGIC,
  Raw,
  RECORD_HEAD,
  vlenOfInfo,
} from "../kinds.js";
import { byteAt, wordAt } from "../words.js";

/** The records of one layer as 32-bit words, to be changed and written. */
export interface Records {
  /** All records in a row. */
  readonly words: Uint32Array;
  /** Index in `words` of the first word of each record, and last of all the number of words. */
  readonly starts: Uint32Array;
}

/** Words of a record's head: name_off, info, and a size or type id. */
const HEAD_WORDS = RECORD_HEAD / 4;

/** How many words a record has, by its second. */
function wordsOfInfo(info: number): number {
  const kind = kindOfInfo(info);
  return HEAD_WORDS + (byteAt(INFO_SIZE, kind) + vlenOfInfo(info) * byteAt(ELEM_SIZE, kind)) / 4;
}

/**
 * A copy of a layer's own records.
 * @throws BtfError `unwritable` when there are kinds that this library does not know, as it cannot tell what in them
 * are type ids and strings.
 */
export function recordsOf({ view, little, offsets, startId }: Btf): Records {
  const starts = new Uint32Array(offsets.length + 1);
  for (let i = 0; i < offsets.length; i++) {
    const info = view.getUint32(wordAt(offsets, i) + 4, little);
    const kind = kindOfInfo(info);
    if (kind === 0 || kind >= KINDS.length) {
      const typeId = startId + i;
      throw new BtfError("unwritable", `type ${typeId} is of kind ${kind}, which is not known`, { typeId });
    }
    starts[i + 1] = wordAt(starts, i) + wordsOfInfo(info);
  }
  const words = new Uint32Array(wordAt(starts, offsets.length));
  for (let i = 0, at = 0; i < offsets.length; i++) {
    const end = wordAt(starts, i + 1);
    for (let byte = wordAt(offsets, i); at < end; at++, byte += 4) words[at] = view.getUint32(byte, little);
  }
  return { words, starts };
}

/** Calls `visit` with the index of every word of record `i` that is a type id, in the order of the record. */
export function eachTypeWord({ words, starts }: Records, i: number, visit: (at: number) => void): void {
  const at = wordAt(starts, i);
  const info = wordAt(words, at + 1);
  const kind = kindOfInfo(info);
  if (HEAD_HAS_TYPE[kind] === 1) visit(at + 2);
  else if (kind === Raw.array) {
    visit(at + HEAD_WORDS);
    visit(at + HEAD_WORDS + 1);
  }
  if (ELEMENT_HAS_TYPE[kind] === 1) eachElement(at, info, elementTypeAt(kind) / 4, visit);
}

/** Calls `visit` with the index of every word of record `i` that is a string offset, in the order of the record. */
export function eachStringWord({ words, starts }: Records, i: number, visit: (at: number) => void): void {
  const at = wordAt(starts, i);
  const info = wordAt(words, at + 1);
  visit(at);
  if (ELEMENT_HAS_NAME[kindOfInfo(info)] === 1) eachElement(at, info, 0, visit);
}

function eachElement(at: number, info: number, word: number, visit: (at: number) => void): void {
  const size = byteAt(ELEM_SIZE, kindOfInfo(info)) / 4;
  for (let i = 0; i < vlenOfInfo(info); i++) visit(at + HEAD_WORDS + i * size + word);
}

type EachWord = typeof eachTypeWord;

/** Puts `map` of each of those words in their place. */
export function mapWords(records: Records, each: EachWord, map: (value: number) => number): void {
  const { words, starts } = records;
  const visit = (at: number): void => {
    words[at] = map(wordAt(words, at));
  };
  for (let i = 0; i + 1 < starts.length; i++) each(records, i, visit);
}

/** A layer as it is, but for what its own records hold. */
export function bytesWith({ view, little, offsets }: Btf, { words }: Records): Uint8Array<ArrayBuffer> {
  const bytes = copyBytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  const changed = viewOf(bytes);
  const [start = 0] = offsets;
  for (let i = 0; i < words.length; i++) changed.setUint32(start + i * 4, wordAt(words, i), little);
  return bytes;
}

/** BTF of records and a string section. With a layout section of the kinds that this library knows, if wanted. */
export function bytesOf(
  words: ArrayLike<number>,
  strings: Uint8Array,
  order: ByteOrder,
  layout: boolean,
): Uint8Array<ArrayBuffer> {
  const little = order === "little";
  const headerLength = layout ? HEADER_LENGTH.withLayout : HEADER_LENGTH.least;
  const typesLength = words.length * 4;
  const layoutLength = layout ? KINDS.length * 4 : 0;
  const stringsOff = typesLength + layoutLength;
  const header = [headerLength, 0, typesLength, stringsOff, strings.length];
  if (layout) header.push(typesLength, layoutLength);

  const bytes = new Uint8Array(headerLength + stringsOff + strings.length);
  const view = viewOf(bytes);
  view.setUint16(0, MAGIC, little);
  view.setUint8(2, 1);
  for (const [i, word] of header.entries()) view.setUint32(4 + i * 4, word, little);
  for (let i = 0; i < words.length; i++) view.setUint32(headerLength + i * 4, words[i] ?? 0, little);
  for (let kind = 0; kind * 4 < layoutLength; kind++) {
    view.setUint8(headerLength + typesLength + kind * 4, byteAt(INFO_SIZE, kind));
    view.setUint8(headerLength + typesLength + kind * 4 + 1, byteAt(ELEM_SIZE, kind));
  }
  bytes.set(strings, headerLength + stringsOff);
  return bytes;
}
