// Where kernel images have the compressed kernel.

import { decodeUtf8, readerOf } from "@core/bytes";
import { compressionAt, FIRST_BYTES } from "./compression/index.js";
import { cutOff, unsupported } from "./error.js";

/** Boot protocol 2.08, the first that says where the payload is. */
const VERSION_WITH_PAYLOAD = 0x208;
const SECTOR = 512;

/**
 * The payload of a bzImage (Documentation/arch/x86/boot.rst); undefined for one from before Linux 2.6.26.
 *
 * @throws {Fault} `malformed` when the image is cut off.
 */
export function bzImagePayload(bytes: Uint8Array): Uint8Array | undefined {
  const { has, u8, u16, u32 } = readerOf(bytes, "little");
  if (!has(0, 0x250)) throw cutOff(bytes.length);
  if (u16(0x206) < VERSION_WITH_PAYLOAD || u32(0x24c) === 0) return undefined;
  const setupSectors = u8(0x1f1) || 4;
  const start = (setupSectors + 1) * SECTOR + u32(0x248);
  if (!has(start, u32(0x24c))) throw cutOff(bytes.length);
  return bytes.subarray(start, start + u32(0x24c));
}

/**
 * The payload of an EFI zboot image.
 *
 * @throws {Fault} `malformed` when the image is cut off.
 */
export function zbootPayload(bytes: Uint8Array): Uint8Array {
  const { has, u32 } = readerOf(bytes, "little");
  if (!has(0, 0x40) || !has(u32(8), u32(12))) throw cutOff(bytes.length);
  const payload = bytes.subarray(u32(8), u32(8) + u32(12));
  if (compressionAt(payload, 0) !== undefined) return payload;
  const end = bytes.indexOf(0, 0x18);
  throw unsupported(`its payload is compressed with ${decodeUtf8(bytes, 0x18, Math.min(end, 0x38))}`);
}

/** Whether these bytes are compressed with LZO, which Linux can use for itself (CONFIG_KERNEL_LZO). */
export const isLzo = (bytes: Uint8Array): boolean =>
  [0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d, 0x0a].every((byte, i) => bytes[i] === byte);

/** By a byte: whether compressed data may start with it. */
const IS_FIRST = Uint8Array.from({ length: 256 }, (_, byte) => (FIRST_BYTES.includes(byte) ? 1 : 0));

/** Every offset at or behind `start` at which compressed data may start. */
export function* compressedOffsets(bytes: Uint8Array, start: number): Generator<number> {
  for (let at = start; at < bytes.length; at++) {
    if (IS_FIRST[bytes[at] ?? 0] === 1 && compressionAt(bytes, at) !== undefined) yield at;
  }
}
