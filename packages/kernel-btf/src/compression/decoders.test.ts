import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../test/errors.js";
import { fixtures, sha256 } from "../../test/fixtures.js";
import { type Compression, compressionAt, DECODERS, type Decoder, decodeZlib } from "./index.js";

const EXTENSIONS: Record<string, Compression> = {
  gz: "gzip",
  xz: "xz",
  zst: "zstd",
  lz4: "lz4",
  lzma: "lzma",
  bz2: "bzip2",
};

const compressionOf = (name: string): Compression => EXTENSIONS[name.split(".").at(-1) ?? ""] ?? "gzip";

/** All that it decodes to, and how much of the input that took. */
function decode(decoder: Decoder, input: Uint8Array) {
  const parts: Uint8Array[] = [];
  const pieces = decoder(input);
  for (;;) {
    const step = pieces.next();
    if (step.done) return { bytes: new Uint8Array(Buffer.concat(parts)), used: step.value };
    parts.push(step.value.slice());
  }
}

const FIXTURES = fixtures();
/** How many bytes it takes to tell what is compressed; with fewer no decoder is asked. */
const MAGIC = 6;

/** Formats and variants that nothing in the data could be checked by. */
const hasChecksum = (name: string) => !/lzma|legacy|no-check|check-none|check-sha256/.test(name);

describe.each(FIXTURES)("$name", ({ name, bytes, size, sha256: expected }) => {
  const decoder = DECODERS[compressionOf(name)];
  /** Some hundred places of a small one, a few of a large one. */
  const step = Math.ceil(bytes.length / Math.max(5, Math.min(200, 2e6 / (size + 1))));

  it("decodes to what its own program decodes it to", () => {
    const decoded = decode(decoder, bytes);
    expect([decoded.bytes.length, sha256(decoded.bytes)]).toEqual([size, expected]);
    expect(decoded.used).toBe(bytes.length);
  });

  it("is recognised", () => {
    // Nothing compresses to nothing but a header, which LZMA cannot be told by.
    if (name === "empty.lzma") return;
    expect(compressionAt(bytes, 0)).toBe(compressionOf(name));
  });

  it("decodes the same with something behind it", () => {
    // The older LZ4 format does not tell where it ends; Linux appends the size.
    const behind = name.includes("legacy") ? [0xff, 0xff, 0xff, 0x7f] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const decoded = decode(decoder, new Uint8Array([...bytes, ...behind]));
    expect(sha256(decoded.bytes)).toBe(expected);
    expect(decoded.used).toBe(bytes.length);
  });

  it("is refused when it is cut off", () => {
    // What is only cut between its parts may pass for whole, but not for all of it.
    const isOfParts = /members|streams|frames|skippable|legacy/.test(name);
    for (let length = MAGIC; length < bytes.length; length += step) {
      let decoded = 0;
      const error = errorOf(() => {
        decoded = decode(decoder, bytes.slice(0, length)).bytes.length;
      });
      if (isOfParts) expect(error !== undefined || decoded < size || /skippable|empty/.test(name)).toBe(true);
      else expect(error?.code, `cut off at ${length}`).toBe("malformed");
    }
  });

  it("is refused, or decodes to the same, when a bit is another", () => {
    for (let offset = 0; offset < bytes.length; offset += step) {
      const changed = bytes.slice();
      changed[offset] = (changed[offset] ?? 0) ^ (1 << (offset % 8));
      let decoded = new Uint8Array(0);
      const error = errorOf(() => {
        decoded = decode(decoder, changed).bytes;
      });
      // A start that is no start any more ends what there is.
      const isWhole = decoded.length >= size;
      if (error === undefined && isWhole && hasChecksum(name)) expect(sha256(decoded)).toBe(expected);
    }
  });
});

describe("a checksum that is another", () => {
  const named = (name: string) =>
    FIXTURES.find((one) => one.name === name)?.bytes.slice() ?? new Uint8Array(0);
  /** Where the check of the last block of an xz stream ends: before the index, whose size the footer has. */
  const endOfCheck = (bytes: Uint8Array) =>
    bytes.length - 12 - 4 * (Buffer.from(bytes).readUInt32LE(bytes.length - 8) + 1);

  it.each<[string, string, (bytes: Uint8Array) => number]>([
    ["gzip", "code.gz", ({ length }) => length - 8],
    ["zlib's length", "code.gz", ({ length }) => length - 4],
    ["CRC-64, lower half", "code.xz", (bytes) => endOfCheck(bytes) - 8],
    ["CRC-64, upper half", "code.xz", (bytes) => endOfCheck(bytes) - 1],
    ["CRC-32", "check-crc32.xz", (bytes) => endOfCheck(bytes) - 1],
    ["an xz stream's header", "code.xz", () => 8],
    ["an xz index", "code.xz", ({ length }) => length - 13],
    ["an xz footer", "code.xz", ({ length }) => length - 12],
    ["zstd", "code.zst", ({ length }) => length - 1],
    ["an LZ4 frame", "code.lz4", ({ length }) => length - 1],
    ["an LZ4 block", "linked.lz4", ({ length }) => length - 9],
    ["an LZ4 header", "code.lz4", () => 6],
    ["a bzip2 block", "code.bz2", () => 12],
    ["a bzip2 stream", "code.bz2", ({ length }) => length - 3],
  ])("of %s is refused", (_, name, offsetOf) => {
    const bytes = named(name);
    const offset = offsetOf(bytes);
    bytes[offset] = (bytes[offset] ?? 0) ^ 0xff;
    expect(errorOf(() => decode(DECODERS[compressionOf(name)], bytes))?.code).toBe("malformed");
  });
});

describe("zlib", () => {
  it("decodes what Node compresses", async () => {
    const { deflateSync } = await import("node:zlib");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        expect(decode(decodeZlib, deflateSync(bytes)).bytes).toEqual(bytes);
      }),
    );
  });
});

describe("gzip", () => {
  it("decodes what Node compresses, at each level", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 0, max: 9 }), (bytes, level) => {
        expect(decode(DECODERS.gzip, gzipSync(bytes, { level })).bytes).toEqual(bytes);
      }),
    );
  });
});

describe.each(Object.entries(DECODERS))("%s", (name, decoder) => {
  it("refuses any bytes behind its magic number, or decodes them", () => {
    const starts: Record<string, readonly number[]> = {
      gzip: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
      xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 1, 0x69, 0x22, 0xde, 0x36],
      zstd: [0x28, 0xb5, 0x2f, 0xfd],
      lz4: [0x02, 0x21, 0x4c, 0x18],
      lzma: [0x5d, 0, 0, 0x80, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0],
      bzip2: [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59],
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300, size: "max" }), (bytes) => {
        errorOf(() => decode(decoder, new Uint8Array([...(starts[name] ?? []), ...bytes])));
      }),
      { numRuns: 500 },
    );
  });
});
