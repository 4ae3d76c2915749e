import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { printable } from "@core/bytes";
import { readRegularFile } from "@core/kernel-btf/node/file";
import { CommandError, Exit } from "./exit.js";
import { isErrno, type Output } from "./output.js";

const STDIN = 0;

/** How a path is called in messages. */
export const titleOf = (path: string, standard: "input" | "output"): string =>
  path === "-" ? `standard ${standard}` : path;

/** Is there a file of this name? A folder is none: kernels' sources have some that are called as types are. */
export const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;

/** What a shell calls the pipes that it opens, as for `<(xzcat vmlinux.btf.xz)`. */
const DESCRIPTOR = /^\/(?:dev|proc\/self)\/fd\/\d+$|^\/dev\/stdin$/;

/**
 * A file's bytes, `-` being standard input.
 *
 * @throws {KernelBtfError} `unreadable` for what is no regular file, which might have no end.
 */
export const readBytes = (path: string): Uint8Array => (path === "-" ? readToEnd(STDIN) : readFile(path));

/** A text file's content, in UTF-8. @throws as {@link readBytes} does. */
export const readText = (path: string): string => Buffer.from(readFile(path)).toString();

function readFile(path: string): Uint8Array {
  if (!DESCRIPTOR.test(path)) return readRegularFile(path);
  const file = openSync(path, "r");
  try {
    return readToEnd(file);
  } finally {
    closeSync(file);
  }
}

/** In bytes; as much as Node reads of a file. */
const MAX_LENGTH = 2 ** 31 - 1;
const CHUNK = 1 << 16;

function readToEnd(file: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const count = readSome(file, chunk);
    if (count === 0) return Buffer.concat(chunks, length);
    chunks.push(chunk.subarray(0, count));
    length += count;
    if (length > MAX_LENGTH) {
      throw Object.assign(new Error("more than 2 GiB"), { code: "ERR_FS_FILE_TOO_LARGE" });
    }
  }
}

/** In milliseconds. */
const RETRY_AFTER = 5;

function readSome(file: number, chunk: Uint8Array): number {
  for (;;) {
    try {
      return readSync(file, chunk);
    } catch (error) {
      // Nothing there yet, on a pipe or terminal that somebody made non-blocking.
      if (!isErrno(error, "EAGAIN")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_AFTER);
    }
  }
}

/** @throws CommandError for paths that cannot all be meant. An input is never overwritten. */
export function checkPaths(inputs: readonly string[], output: string | undefined, json: boolean): void {
  const refuse = (message: string): never => {
    throw new CommandError(Exit.usage, message);
  };
  if (inputs.filter((input) => input === "-").length > 1)
    refuse("only one file can come from standard input");
  if (output === "-" && json) refuse("--json and -o - both want standard output: give -o a file");
  if (output === undefined || output === "-") return;
  checkOverwritten(inputs, output, `-o ${output}`);
}

/** @throws CommandError for standard output where that is a terminal. `what` is written. */
export function checkNoTerminal(output: string | undefined, stdout: Output, what: string): void {
  if (output !== "-" || stdout.columns === undefined) return;
  throw new CommandError(Exit.usage, `${what} is not for a terminal: give -o a file, or send it to one`);
}

/** @throws CommandError for an output, by an option, that is one of the inputs. */
export function checkOverwritten(inputs: readonly string[], output: string, option: string): void {
  const same = inputs.find((input) => sameFile(input, output));
  if (same === undefined) return;
  const title = printable(titleOf(same, "input"));
  const message = `${printable(option)} would overwrite the input ${title}: give another file`;
  throw new CommandError(Exit.usage, message);
}

/**
 * Would writing to `output` overwrite what is read from `input`? By any path or link, and for standard
 * input by the file that it was redirected from. A file that does not exist is the same as no other.
 */
function sameFile(input: string, output: string): boolean {
  const [first, second] = [statOf(input), statOf(output)];
  if (first === undefined || second === undefined || !second.isFile()) return false;
  return first.dev === second.dev && first.ino === second.ino;
}

function statOf(path: string): Stats | undefined {
  try {
    return path === "-" ? fstatSync(STDIN) : statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** {@link writePieces}, and `-` is `stdout`. */
export function writeBytes(path: string, bytes: Uint8Array, stdout: Output): void {
  if (path === "-") stdout.write(bytes);
  else writePieces(path, [bytes]);
}

/** A pattern of the names that files have until they are whole. */
export const TEMPORARY = ".bpf-core-*.tmp";

/**
 * Writes a file as a whole or not at all: beside its destination first, then renamed over it. What is
 * there and is no regular file (a pipe, a device) is written to and stays what it is.
 */
export function writePieces(path: string, pieces: Iterable<string | Uint8Array>): void {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing !== undefined && !existing.isFile()) {
    const file = openSync(path, "w");
    try {
      writeAll(file, pieces);
    } finally {
      closeSync(file);
    }
    return;
  }
  const destination = destinationOf(path);
  // No name that a run which was interrupted may have left, or that another one may choose.
  // Loaded only now: it takes longer than a run has that writes nothing.
  const { randomUUID } = process.getBuiltinModule("node:crypto");
  const temporary = join(dirname(destination), TEMPORARY.replace("*", randomUUID()));
  try {
    const file = openSync(temporary, "wx");
    try {
      if (existing !== undefined) fchmodSync(file, existing.mode & 0o777);
      writeAll(file, pieces);
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

/** Pieces may be small and many: so much of them, in bytes, is written at a time. */
const BATCH = 1 << 20;

function writeAll(file: number, pieces: Iterable<string | Uint8Array>): void {
  let batch: Uint8Array[] = [];
  let length = 0;
  const flush = (): void => {
    writeFileSync(file, Buffer.concat(batch, length));
    batch = [];
    length = 0;
  };
  for (const piece of pieces) {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    batch.push(bytes);
    length += bytes.length;
    if (length >= BATCH) flush();
  }
  flush();
}

/** The file that a path stands for, which a symbolic link may also do for one that is yet to be made. */
function destinationOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  let target: string;
  try {
    target = readlinkSync(path);
  } catch {
    return path;
  }
  return destinationOf(resolve(realpathSync(dirname(path)), target));
}
