import { copyBytes } from "./memory.js";

// Declared here because the packages below the command line compile without DOM and Node types.
declare const TextDecoder: new (
  label: "utf-8",
  options: { ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Decodes `bytes[start, end)` as UTF-8, both in bytes; by default all of them. Malformed sequences become U+FFFD, a byte order mark stays
 * what it is; an `end` behind the bytes is theirs; nothing throws, unless the text would be longer than a string can be (2^29 bytes in V8).
 */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (isShortAscii(bytes, start, end))
    return Reflect.apply(String.fromCharCode, undefined, bytes.subarray(start, end));
  // A copy: browsers refuse to decode a view of a SharedArrayBuffer.
  return decoder.decode(copyBytes(bytes.subarray(start, end)));
}

/** As most names are, for which a decoder takes several times as long. */
const SHORT = 64;

function isShortAscii(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > SHORT) return false;
  for (let i = start; i < end; i++) if ((bytes[i] ?? 0) > 0x7f) return false;
  return true;
}

/** Encodes text as UTF-8; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/**
 * Control characters (Cc), format characters such as right-to-left marks (Cf), line and paragraph
 * separators, private use and lone surrogates: what could move a cursor or hide text in a terminal.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** Text with every character that could not be shown as it is replaced by what `substitute` makes of it. */
export function replaceUnprintable(text: string, substitute: (char: string) => string): string {
  return text.replace(UNPRINTABLE, substitute);
}

/**
 * Text from an input, safe to show on one line of a terminal: every unprintable character becomes
 * `\xNN` or `\u{N}`. Applying it twice changes nothing more.
 */
export function printable(text: string): string {
  return replaceUnprintable(text, (char) => {
    const code = Number(char.codePointAt(0));
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}
