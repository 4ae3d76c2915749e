import { unsupported } from "../error.js";

/**
 * The largest distance that compressed data may refer back over, in bytes: zstd's own limit for decompression, and
 * the largest dictionary that Linux compresses itself with.
 */
const MAX_WINDOW = 128 * 2 ** 20;

const FIRST_BYTES = 2 ** 16;

/**
 * What has been decoded, and as much of it as what follows may refer back to. Memory grows with what has really been
 * decoded, never with what the data says that it will be, and stays below three times the window.
 */
export interface Output {
  buffer: Uint8Array<ArrayBuffer>;
  /** Where the next byte goes in `buffer`. */
  position: number;
  /** Up to where `buffer` has been handed on. */
  taken: number;
  /** In bytes. */
  readonly window: number;
}

/** @throws {Fault} `unsupported` when the window is larger than 128 MiB. */
export function outputWithWindow(window: number): Output {
  if (window > MAX_WINDOW) {
    const message = `decoding needs to remember ${window} bytes, more than the ${MAX_WINDOW} that are allowed`;
    throw unsupported(message);
  }
  return { buffer: new Uint8Array(FIRST_BYTES), position: 0, taken: 0, window };
}

/** Makes room for `length` more bytes. What was decoded before must have been taken. */
export function reserve(output: Output, length: number): void {
  const { buffer, position, window } = output;
  if (position + length <= buffer.length) return;
  const most = 2 * window + Math.max(length, FIRST_BYTES);
  if (buffer.length < most) {
    const grown = new Uint8Array(Math.min(most, Math.max(2 * buffer.length, position + length)));
    if (position + length <= grown.length) {
      grown.set(buffer.subarray(0, position));
      output.buffer = grown;
      return;
    }
  }
  const kept = Math.min(position, window);
  const target = buffer.length >= kept + length ? buffer : new Uint8Array(most);
  target.set(buffer.subarray(position - kept, position));
  output.buffer = target;
  output.position = kept;
  output.taken = kept;
}

/** What was decoded since the last time: a view, to be used before the next {@link reserve}. */
export function take(output: Output): Uint8Array {
  const piece = output.buffer.subarray(output.taken, output.position);
  output.taken = output.position;
  return piece;
}

/** What follows does not refer back to what was decoded before, which must have been taken. */
export function forget(output: Output): void {
  output.position = 0;
  output.taken = 0;
}
