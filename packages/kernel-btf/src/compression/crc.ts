import type { Checksum } from "./xxhash.js";

/** CRC-32 with the polynomial of gzip and xz, reflected. */
const TABLE_32 = new Int32Array(256);
/** CRC-64 of ECMA-182, as xz uses it; the lower and the upper halves. */
const TABLE_64_LOW = new Int32Array(256);
const TABLE_64_HIGH = new Int32Array(256);

for (let i = 0; i < 256; i++) {
  let crc = i;
  let low = i;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    const isOdd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isOdd === 1) {
      low ^= 0xd7870f42;
      high ^= 0xc96c5795;
    }
  }
  TABLE_32[i] = crc;
  TABLE_64_LOW[i] = low;
  TABLE_64_HIGH[i] = high;
}

export function crc32(): Checksum {
  let crc = -1;
  return {
    update(bytes) {
      let value = crc;
      for (let i = 0; i < bytes.length; i++) {
        value = (value >>> 8) ^ (TABLE_32[(value ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
      }
      crc = value;
    },
    value: () => ~crc >>> 0,
  };
}

export function crc32Of(bytes: Uint8Array): number {
  const crc = crc32();
  crc.update(bytes);
  return crc.value();
}

/** CRC-64; its `value` is the lower half. */
export function crc64(): Checksum & { readonly upper: () => number } {
  let low = -1;
  let high = -1;
  return {
    update(bytes) {
      let lowValue = low;
      let highValue = high;
      for (let i = 0; i < bytes.length; i++) {
        const index = (lowValue ^ (bytes[i] ?? 0)) & 0xff;
        lowValue = ((lowValue >>> 8) | (highValue << 24)) ^ (TABLE_64_LOW[index] ?? 0);
        highValue = (highValue >>> 8) ^ (TABLE_64_HIGH[index] ?? 0);
      }
      low = lowValue;
      high = highValue;
    },
    value: () => ~low >>> 0,
    upper: () => ~high >>> 0,
  };
}
