import { CoreError, printable } from "@core/bytes";

/** What the command's exit code says. */
export const Exit = {
  /** Done. Poisoned instructions are no failure: they are counted and shown. */
  ok: 0,
  /** A relocation cannot be resolved; nothing was written. */
  unresolved: 1,
  /** Wrong usage. */
  usage: 2,
  /** A file that cannot be read, or is malformed, or cannot be written. */
  input: 3,
} as const;

/** Ends the command with a message for the user and an exit code. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs `step`, naming `path` in whatever goes wrong with it. */
export function withPath<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof CoreError)
      throw new CommandError(Exit.input, `${printable(path)}: ${error.message}`);
    if (isSystemError(error)) throw new CommandError(Exit.input, `${printable(path)}: ${describe(error)}`);
    throw error;
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error && "code" in error;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "is a directory",
  ENOTDIR: "a part of the path is no directory",
  ENOSPC: "no space left on the device",
  EROFS: "the file system is read-only",
};

const describe = ({ code = "", message }: NodeJS.ErrnoException): string => REASONS[code] ?? message;
