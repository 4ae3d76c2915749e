import { copyBytes } from "./memory.js";

// Declared here because the packages below the command line compile without DOM and Node types.
declare const TextDecoder: new (
  label: "utf-8",
  options: { ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };

/** Longest run decoded by hand; beyond it TextDecoder is faster. */
const SHORT = 64;

/**
 * Decodes `bytes[start, end)` as UTF-8, both in bytes. Malformed sequences become U+FFFD; nothing throws.
 * Names are nearly always short ASCII, for which this is several times faster than TextDecoder.
 */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT) {
    let text = "";
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      if (byte === undefined || byte >= 0x80) return decodeSlow(bytes, start, end);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return decodeSlow(bytes, start, end);
}

function decodeSlow(bytes: Uint8Array, start: number, end: number): string {
  // A copy: browsers refuse to decode a view of a SharedArrayBuffer.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(copyBytes(bytes.subarray(start, end)));
}

/** Encodes text as UTF-8; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** True when both hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
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
    const code = char.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}
