/** A compression that Linux, its modules or packages come in. */
export type Compression = "gzip" | "xz" | "zstd" | "lz4" | "lzma" | "bzip2";

/**
 * Decodes the compressed data at the start of `input`, with every further stream of the same format that directly
 * follows it; anything else behind it is left alone. Each piece is a view that is good until the next one is asked
 * for. Returns how many bytes of `input` it used.
 *
 * @throws {Fault} `malformed` or `unsupported`.
 */
export type Decoder = (input: Uint8Array) => Generator<Uint8Array, number>;
