import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, type Stats } from "node:fs";
import { KernelBtfError } from "../error.js";

/**
 * The bytes of a regular file. Opening a pipe or a device, as a system that somebody else made may have anywhere, does
 * not wait and has no effect.
 *
 * @param memory to read into, where the file fits in: the result is a view of it then.
 * @throws {KernelBtfError} `unreadable`; of what is no regular file, its message says what it is.
 */
export function readRegularFile(path: string, memory?: Uint8Array): Uint8Array {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) throw new KernelBtfError("unreadable", `is ${kindOf(stats)}: name a regular file`);
      if (memory !== undefined && stats.size > 0 && stats.size < memory.length) {
        const length = readInto(file, memory);
        // One that has grown meanwhile may not be whole.
        if (length < memory.length) return memory.subarray(0, length);
      }
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

/** @returns how many bytes were read: all that there is, or as many as fit in. */
function readInto(file: number, memory: Uint8Array): number {
  let length = 0;
  for (let read = -1; read !== 0 && length < memory.length; length += read)
    read = readSync(file, memory, length, memory.length - length, length);
  return length;
}

const kindOf = (stats: Stats): string =>
  stats.isDirectory() ? "a directory" : stats.isFIFO() ? "a pipe" : "a device";
