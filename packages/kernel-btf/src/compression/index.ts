import { decodeBzip2, isBzip2 } from "./bzip2.js";
import type { Compression, Decoder } from "./decoder.js";
import { decodeGzip } from "./gzip.js";
import { decodeLz4 } from "./lz4.js";
import { decodeLzma, isLzma } from "./lzma.js";
import { decodeXz } from "./xz.js";
import { decodeZstd } from "./zstd.js";

export type { Compression, Decoder } from "./decoder.js";
export { decodeZlib } from "./gzip.js";

export const DECODERS: Readonly<Record<Compression, Decoder>> = {
  gzip: decodeGzip,
  xz: decodeXz,
  zstd: decodeZstd,
  lz4: decodeLz4,
  lzma: decodeLzma,
  bzip2: decodeBzip2,
};

/** What {@link compressionAt} tells compressions by, first of all. */
export const FIRST_BYTES: readonly number[] = [0x1f, 0xfd, 0x28, 0x50, 0x04, 0x02, 0x42, 0x5d];

/** The compression of what starts at `at`, by its magic number; for LZMA, which has none, by what is plausible. */
export function compressionAt(bytes: Uint8Array, at: number): Compression | undefined {
  const starts = (...magic: readonly number[]) => magic.every((byte, i) => bytes[at + i] === byte);
  switch (bytes[at]) {
    case 0x1f:
      return starts(0x1f, 0x8b, 8) ? "gzip" : undefined;
    case 0xfd:
      return starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0) ? "xz" : undefined;
    case 0x28:
      return starts(0x28, 0xb5, 0x2f, 0xfd) ? "zstd" : undefined;
    case 0x50:
      // A frame to skip, with which pzstd starts its files.
      return starts(0x50, 0x2a, 0x4d, 0x18) ? "zstd" : undefined;
    case 0x04:
      return starts(0x04, 0x22, 0x4d, 0x18) ? "lz4" : undefined;
    case 0x02:
      return starts(0x02, 0x21, 0x4c, 0x18) ? "lz4" : undefined;
    case 0x42:
      return isBzip2(bytes, at) ? "bzip2" : undefined;
    case 0x5d:
      return isLzma(bytes, at) ? "lzma" : undefined;
    default:
      return undefined;
  }
}
