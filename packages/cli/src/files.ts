import { randomUUID } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** A file's bytes, `-` being standard input. */
export function readBytes(path: string): Uint8Array {
  return readFileSync(path === "-" ? 0 : path);
}

/** Do two paths lead to the same file? A file that does not exist is the same as no other. */
export function sameFile(a: string, b: string): boolean {
  try {
    const [first, second] = [statSync(a), statSync(b)];
    return first.dev === second.dev && first.ino === second.ino;
  } catch {
    return false;
  }
}

/**
 * Writes a file as a whole or not at all: beside its destination first, then renamed over it. What is
 * there and is no regular file (a pipe, a device) is written to and stays what it is; `-` is standard
 * output.
 */
export function writeBytes(path: string, bytes: Uint8Array): void {
  if (path === "-") {
    writeFileSync(1, bytes);
    return;
  }
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing !== undefined && !existing.isFile()) {
    writeFileSync(path, bytes);
    return;
  }
  // Through a symbolic link to the file that it stands for: renaming would replace the link.
  const destination = existing === undefined ? path : realpathSync(path);
  const temporary = join(dirname(destination), `.bpf-core-${randomUUID()}.tmp`);
  try {
    const file = openSync(temporary, "wx");
    try {
      if (existing !== undefined) fchmodSync(file, existing.mode & 0o777);
      writeFileSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, destination);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
