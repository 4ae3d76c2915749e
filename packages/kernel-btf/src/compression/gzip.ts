import { Z_BUF_ERROR, Z_NO_FLUSH, Z_OK, Z_STREAM_END, ZStream, zlibInflate, zlibInflateInit2 } from "pako";
import { cutOff, malformed } from "../error.js";

const PIECE = 2 ** 16;
/** zlib's window bits, and what it adds to them for a gzip header instead of its own. */
const WINDOW_BITS = 15;
const GZIP = 16;

/** RFC 1952, any number of members; their CRC-32 and length are checked. */
export function* decodeGzip(input: Uint8Array): Generator<Uint8Array, number> {
  let at = 0;
  do at += yield* inflate(input.subarray(at), WINDOW_BITS + GZIP);
  while (input[at] === 0x1f && input[at + 1] === 0x8b && input[at + 2] === 8);
  return at;
}

/** RFC 1950, as in compressed ELF sections; its Adler-32 is checked. */
export function decodeZlib(input: Uint8Array): Generator<Uint8Array, number> {
  return inflate(input, WINDOW_BITS);
}

function* inflate(input: Uint8Array, windowBits: number): Generator<Uint8Array, number> {
  const stream = new ZStream();
  zlibInflateInit2(stream, windowBits);
  stream.input = input;
  stream.avail_in = input.length;
  stream.output = new Uint8Array(PIECE);
  for (;;) {
    stream.next_out = 0;
    stream.avail_out = PIECE;
    const status = zlibInflate(stream, Z_NO_FLUSH);
    if (stream.next_out > 0) yield stream.output.subarray(0, stream.next_out);
    if (status === Z_STREAM_END) return stream.next_in;
    if (status === Z_BUF_ERROR) throw cutOff(stream.next_in);
    if (status !== Z_OK) throw malformed(stream.msg || "damaged data", stream.next_in);
  }
}
