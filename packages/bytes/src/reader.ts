import { CoreError, type Site } from "./error.js";
import { viewOf } from "./memory.js";

export type ByteOrder = "little" | "big";

/** Thrown when bytes outside the input are asked for. */
export class BytesError extends CoreError<"out-of-bounds"> {
  override readonly name = "BytesError";

  constructor(message: string, site: Site) {
    super("bytes", "out-of-bounds", message, site);
  }
}

/**
 * Reads numbers of one byte order out of bytes that it never copies. Offsets are in bytes from the
 * start of `bytes` and need no alignment. Every method but `has` throws {@link BytesError} when any byte
 * that it needs lies outside.
 */
export interface Reader {
  readonly bytes: Uint8Array;
  readonly order: ByteOrder;
  /** True when `bytes` holds `length` bytes at `offset`: both whole numbers, false when one is negative. */
  has(offset: number, length: number): boolean;
  u8(offset: number): number;
  u16(offset: number): number;
  i16(offset: number): number;
  u32(offset: number): number;
  i32(offset: number): number;
  u64(offset: number): bigint;
  /** A view (not a copy) of `length` bytes at `offset`. */
  slice(offset: number, length: number): Uint8Array;
}

/** Binds a byte order to `bytes` once, so that no read has to ask for it again. */
export function readerOf(bytes: Uint8Array, order: ByteOrder): Reader {
  const view = viewOf(bytes);
  const little = order === "little";

  const has = (offset: number, length: number): boolean =>
    offset >= 0 && length >= 0 && offset + length <= bytes.length;

  const need = (offset: number, length: number): number => {
    if (!has(offset, length)) {
      throw new BytesError(`${length} bytes run past the end of ${bytes.length}`, { offset });
    }
    return offset;
  };

  return {
    bytes,
    order,
    has,
    u8: (offset) => view.getUint8(need(offset, 1)),
    u16: (offset) => view.getUint16(need(offset, 2), little),
    i16: (offset) => view.getInt16(need(offset, 2), little),
    u32: (offset) => view.getUint32(need(offset, 4), little),
    i32: (offset) => view.getInt32(need(offset, 4), little),
    u64: (offset) => view.getBigUint64(need(offset, 8), little),
    slice: (offset, length) => {
      need(offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}
