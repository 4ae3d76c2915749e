// tar, as POSIX (pax), GNU tar and old ones write it.

import { decodeUtf8 } from "@core/bytes";
import { cutOff, malformed } from "./error.js";
import type { Source } from "./source.js";

const BLOCK = 512;
const CHECKSUM = { at: 148, length: 8 };
/** Names and pax headers are small. In bytes. */
const MAX_EXTENSION = 2 ** 20;

/** A regular file in an archive, at the start of whose content the source stands. */
export interface TarEntry {
  /** As the archive has it: data, never a path to follow. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}

/** Whether a tar header starts here: its checksum is right. */
export function isTar(bytes: Uint8Array): boolean {
  return bytes.length >= BLOCK && bytes[0] !== 0 && hasChecksum(bytes);
}

/**
 * The regular files of an archive. Links, devices, directories and sparse files are left out. Whoever asks for the next
 * one may have read any part of the current one's content, but not more.
 */
export function* tarEntries(source: Source): Generator<TarEntry, void> {
  let longName: string | undefined;
  let pax: ReadonlyMap<string, string> = new Map();
  for (;;) {
    const at = source.position;
    const header = source.read(BLOCK).slice();
    if (header.length === 0) return;
    if (header.length < BLOCK) throw cutOff(at + header.length);
    if (header.every((byte) => byte === 0)) return;
    if (!hasChecksum(header)) throw malformed("a header does not match its checksum", at);
    const type = String.fromCharCode(header[156] ?? 0);
    const paxSize = pax.get("size");
    // Links, devices and directories have no content, whatever their size says.
    const isEmpty = type >= "1" && type <= "6";
    const size = isEmpty ? 0 : paxSize === undefined ? numberAt(header, 124, 12, at) : decimal(paxSize, at);
    const padding = -size & (BLOCK - 1);
    const content = source.position;

    if (type === "L" || type === "x") {
      if (size > MAX_EXTENSION) throw malformed("a name that is too long", at);
      const extension = source.read(size);
      if (extension.length < size) throw cutOff(content + extension.length);
      if (type === "L") longName = textAt(extension, 0, size);
      else pax = parsePax(extension, content);
    } else if (type !== "K" && type !== "g") {
      const isFile = type === "0" || type === "\0" || type === "7";
      const isSparse = pax.has("GNU.sparse.major") || pax.has("GNU.sparse.size") || pax.has("GNU.sparse.map");
      if (isFile && !isSparse) yield { name: pax.get("path") ?? longName ?? nameOf(header), size };
      longName = undefined;
      pax = new Map();
    }
    const rest = content + size + padding - source.position;
    source.skip(rest);
    // The last one may lack its padding.
    if (source.position < content + size) throw cutOff(source.position);
  }
}

function hasChecksum(header: Uint8Array): boolean {
  const { at, length } = CHECKSUM;
  let sum = length * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < at || i >= at + length) sum += header[i] ?? 0;
  return octal(header, at, length) === sum;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  const end = bytes.indexOf(0, at);
  return decodeUtf8(bytes, at, end === -1 ? at + length : Math.min(end, at + length));
}

function nameOf(header: Uint8Array): string {
  const name = textAt(header, 0, 100);
  const isPosix = textAt(header, 257, 6) === "ustar";
  const prefix = isPosix ? textAt(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Digits between spaces, and an end that may be NUL; undefined when it is something else. */
function octal(header: Uint8Array, at: number, length: number): number | undefined {
  const text = textAt(header, at, length).trim();
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || "0", 8) : undefined;
}

/** Octal, or binary when the first bit is set. */
function numberAt(header: Uint8Array, at: number, length: number, offset: number): number {
  let value: number | undefined;
  if (header[at] === 0x80) {
    value = header.subarray(at + 1, at + length).reduce((sum, byte) => sum * 256 + byte, 0);
  } else {
    value = octal(header, at, length);
  }
  if (value === undefined || !Number.isSafeInteger(value))
    throw malformed("a size that is no number", offset);
  return value;
}

function decimal(text: string, offset: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw malformed("a number that is none", offset);
  return value;
}

/** Records of the form "<length> <key>=<value>\n", the length being that of the whole record. */
function parsePax(bytes: Uint8Array, offset: number): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space === -1 ? 0 : decimal(decodeUtf8(bytes, at, space), offset + at);
    const end = at + length;
    const equals = bytes.indexOf(0x3d, at);
    if (!(space < equals && equals < end && end <= bytes.length)) {
      throw malformed("a pax header that is not well-formed", offset + at);
    }
    records.set(decodeUtf8(bytes, space + 1, equals), decodeUtf8(bytes, equals + 1, end - 1));
    at = end;
  }
  return records;
}
