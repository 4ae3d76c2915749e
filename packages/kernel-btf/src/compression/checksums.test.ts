import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32, crc32Of, crc64 } from "./crc.js";
import { type Checksum, xxh32, xxh64 } from "./xxhash.js";

const text = (value: string) => new TextEncoder().encode(value);
const checksumOf = (checksum: Checksum, bytes: Uint8Array) => {
  checksum.update(bytes);
  return checksum.value();
};
// The "check" values of the CRC catalogue (CRC-32/ISO-HDLC, CRC-64/XZ).
const CHECK = text("123456789");

describe("crc", () => {
  it("has its check values", () => {
    expect(crc32Of(CHECK)).toBe(0xcbf43926);
    const long = crc64();
    expect([checksumOf(long, CHECK), long.upper()]).toEqual([0xdf1939fa >>> 0, 0x995dc9bb]);
  });
});

describe("xxHash", () => {
  // Of xxhsum.
  it.each([
    ["", 0x02cc5d05, 0x51d8e999],
    ["a", 0x550d7456, 0xa98c6e5b],
    ["abc", 0x32d153ff, 0xad770999],
    ["Nobody inspects the spammish repetition", 0xe2293b2f, 0x8a378bf1],
  ])("of %j", (value, short, long) => {
    expect(checksumOf(xxh32(), text(value))).toBe(short);
    expect(checksumOf(xxh64(), text(value)) >>> 0).toBe(long);
  });
});

describe.each(Object.entries({ crc32, crc64, xxh32, xxh64 }))("%s", (_, checksum) => {
  it("is the same however the bytes arrive", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(200), (bytes, a, b) => {
        const inParts = checksum();
        inParts.update(bytes.subarray(0, a));
        inParts.update(bytes.subarray(a, a + b));
        inParts.update(bytes.subarray(a + b));
        expect(inParts.value()).toBe(checksumOf(checksum(), bytes));
      }),
    );
  });
});
