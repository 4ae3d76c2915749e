import { type ByteOrder, type Reader, readerOf } from "@core/bytes";
import { ElfError } from "./error.js";

/** Width of addresses and offsets in a file, in bits. */
export type ElfClass = 32 | 64;

/**
 * Reads the integers whose width depends on the file's class. Nearly every ELF structure is the same
 * in both classes but for that width, so most layouts here are formulas of `wordBytes`.
 */
export interface Words {
  readonly reader: Reader;
  readonly wordBytes: 4 | 8;
  /** A size, offset or flag word. @throws {ElfError} `too-large` above `Number.MAX_SAFE_INTEGER`. */
  word(offset: number): number;
  /** An address, which in a kernel image is above `Number.MAX_SAFE_INTEGER`. */
  address(offset: number): bigint;
  /** A signed addend. */
  addend(offset: number): bigint;
}

const HIGHEST_SAFE_HALF = 0x1fffff;

/** Binds class and byte order to `bytes`. Offsets in errors are relative to `base`, in bytes. */
export function wordsOf(bytes: Uint8Array, order: ByteOrder, elfClass: ElfClass, base = 0): Words {
  const reader = readerOf(bytes, order);
  if (elfClass === 32) {
    return {
      reader,
      wordBytes: 4,
      word: reader.u32,
      address: (offset) => BigInt(reader.u32(offset)),
      addend: (offset) => BigInt(reader.i32(offset)),
    };
  }
  const [low, high] = order === "little" ? [0, 4] : [4, 0];
  return {
    reader,
    wordBytes: 8,
    word: (offset) => {
      const upper = reader.u32(offset + high);
      if (upper > HIGHEST_SAFE_HALF) {
        const value = reader.u64(offset).toString(16);
        throw new ElfError("too-large", `0x${value} is beyond every file`, { offset: base + offset });
      }
      return upper * 0x1_0000_0000 + reader.u32(offset + low);
    },
    address: reader.u64,
    addend: (offset) => BigInt.asIntN(64, reader.u64(offset)),
  };
}
