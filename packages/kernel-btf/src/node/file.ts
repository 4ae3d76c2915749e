import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { KernelBtfError } from "../error.js";

/**
 * The bytes of a regular file. Opening a pipe or a device, as a system that somebody else made may have anywhere, does
 * not wait and has no effect.
 *
 * @throws {KernelBtfError} `unreadable`; of what is no regular file, its message says what it is.
 */
export function readRegularFile(path: string): Uint8Array {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) throw new KernelBtfError("unreadable", `is ${kindOf(stats)}: name a regular file`);
      // Not a Buffer, whose slices are views where those of a Uint8Array are copies.
      const { buffer, byteOffset, length } = readFileSync(file);
      return new Uint8Array(buffer, byteOffset, length);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error) || error instanceof KernelBtfError) throw error;
    throw new KernelBtfError("unreadable", error.message, [], undefined, error);
  }
}

const kindOf = (stats: Stats): string =>
  stats.isDirectory() ? "a directory" : stats.isFIFO() ? "a pipe" : "a device";
