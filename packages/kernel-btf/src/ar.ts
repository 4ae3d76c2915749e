// ar, the outer format of .deb packages.

import { decodeUtf8 } from "@core/bytes";
import { cutOff, malformed } from "./error.js";

const MAGIC = "!<arch>\n";
const HEADER = 60;

export interface ArMember {
  /** As the archive has it: data, never a path to follow. */
  readonly name: string;
  readonly content: Uint8Array;
}

export function isAr(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && decodeUtf8(bytes, 0, MAGIC.length) === MAGIC;
}

export function* arMembers(bytes: Uint8Array): Generator<ArMember, void> {
  for (let at = MAGIC.length; at < bytes.length; ) {
    if (at + HEADER > bytes.length) throw cutOff(bytes.length);
    const field = (start: number, length: number) =>
      decodeUtf8(bytes, at + start, at + start + length).trimEnd();
    const size = field(48, 10);
    if (bytes[at + 58] !== 0x60 || bytes[at + 59] !== 0x0a || !/^\d+$/.test(size)) {
      throw malformed("a member's header is not well-formed", at);
    }
    const start = at + HEADER;
    const end = start + Number(size);
    if (end > bytes.length) throw cutOff(bytes.length);
    // GNU ar ends names with a slash.
    yield { name: field(0, 16).replace(/\/$/, ""), content: bytes.subarray(start, end) };
    at = end + (end % 2);
  }
}
