import { writeSync } from "node:fs";
import { isatty, WriteStream } from "node:tty";
import { withPath } from "./exit.js";

/** Where text and bytes go, and what they look like there. */
export interface Output {
  /** Writes everything before it returns. @throws NodeJS.ErrnoException, such as EPIPE. */
  readonly write: (data: string | Uint8Array) => void;
  readonly colors: boolean;
  /** Width of a terminal, in characters; `undefined` for a file or a pipe. */
  readonly columns: number | undefined;
  /** Lines of a terminal; `undefined` for a file or a pipe. */
  readonly rows: number | undefined;
}

/** Standard output (1) or standard error (2) of this process. */
export function processOutput(fd: 1 | 2, env: NodeJS.ProcessEnv = process.env): Output {
  const isTerminal = isatty(fd);
  // Only a terminal's: of a pipe Node would make a non-blocking one.
  const stream = !isTerminal ? undefined : fd === 1 ? process.stdout : process.stderr;
  const { columns, rows } = stream instanceof WriteStream ? stream : {};
  return {
    write: (data) => writeAll(fd, typeof data === "string" ? Buffer.from(data) : data),
    colors: wantsColors(env, isTerminal),
    columns,
    rows,
  };
}

/** The conventions of no-color.org and force-color.org; else colours are for terminals that have some. */
export function wantsColors(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  const { NO_COLOR = "", FORCE_COLOR = "", TERM } = env;
  if (NO_COLOR !== "") return false;
  if (FORCE_COLOR !== "") return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTerminal && TERM !== "dumb";
}

/** In milliseconds. */
const RETRY_AFTER = 5;

function writeAll(fd: number, data: Uint8Array): void {
  let written = 0;
  while (written < data.length) {
    try {
      written += writeSync(fd, data, written);
    } catch (error) {
      // Whoever shares a pipe or terminal may have made it non-blocking.
      if (!isErrno(error, "EAGAIN")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_AFTER);
    }
  }
}

export const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/**
 * Writes text to be read. No line of it begins with `::`, as a name may: on standard output GitHub Actions takes that
 * for a command.
 */
export function print(output: Output, text: string): void {
  writeOn(output, withoutCommands(text.replace(/^([^\S\n]*):(?=:)/gm, "$1\\x3a"), "\\x23"));
}

/**
 * Text in which nothing is `##vso[…]` or `##[…]`, which Azure Pipelines and others take for a command wherever in a line
 * of a log it stands.
 * @param hash how to say `#` in such text
 */
export const withoutCommands = (text: string, hash: string): string =>
  text.replace(/##(?=\w*\[)/g, `#${hash}`);

/**
 * Writes as long as somebody reads on: whoever does may stop early, as `head` does.
 * @returns whether somebody does.
 * @throws CommandError for what is full or broken.
 */
export function writeOn(output: Output, data: string | Uint8Array): boolean {
  return withPath("standard output", () => {
    try {
      output.write(data);
      return true;
    } catch (error) {
      if (isErrno(error, "EPIPE")) return false;
      throw error;
    }
  });
}
