import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { sep } from "node:path";
import { KernelBtfError } from "../index.js";

/**
 * The bytes of a regular file. Opening a pipe or a device, as a system that somebody else made may have anywhere, does
 * not wait and has no effect.
 *
 * @throws {KernelBtfError} `unreadable`.
 */
export function readRegularFile(path: string): Uint8Array {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      if (!fstatSync(file).isFile()) throw new KernelBtfError("unreadable", `${path}: no regular file`);
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

/** The path without links; undefined when it is not there, or when a link leads out of `root`. */
export function resolveBelow(root: string, path: string): string | undefined {
  try {
    const realRoot = realpathSync(root);
    const real = realpathSync(path);
    const prefix = realRoot.endsWith(sep) ? realRoot : realRoot + sep;
    return real.startsWith(prefix) ? real : undefined;
  } catch {
    return undefined;
  }
}

/** Names in a folder, sorted; none when it is not there. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
