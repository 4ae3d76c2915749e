import { CoreError, printable } from "@core/bytes";

/** What the command's exit code says. */
export const Exit = {
  /** Done. Poisoned instructions are no failure: they are counted and shown. */
  ok: 0,
  /** A relocation cannot be resolved; nothing was written. */
  unresolved: 1,
  /** What was asked for is not there; or, where it was asked, something differs. */
  nothing: 1,
  differs: 1,
  /** Wrong usage. */
  usage: 2,
  /** A file that cannot be read, or is malformed, or cannot be written. */
  input: 3,
  /** A bug in this program (EX_SOFTWARE of sysexits.h). */
  internal: 70,
} as const;

/** Ends the command with a message for the user, which is printable, and an exit code. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.exitCode = exitCode;
  }
}

/** Runs `step`, naming `path` in whatever goes wrong with it. */
export function withPath<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof CoreError)
      throw new CommandError(Exit.input, `${printable(path)}: ${reasonOf(error)}`, error);
    if (isSystemError(error))
      throw new CommandError(Exit.input, `${printable(path)}: ${describe(error)}`, error);
    throw error;
  }
}

/** What is wrong with a file, for a text that names it: with what is in it; or with the file, whatever was to be read of it. */
export function reasonOf({ code, message, cause }: CoreError): string {
  if (code === "unreadable")
    return isSystemError(cause) ? describe(cause) : message.replace(/^kernel-btf: /, "");
  return message;
}

/** Whatever Node's own modules throw has a code. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "code" in error && typeof error.code === "string";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "is to be a folder, but there is a file of that name",
  EISDIR: "is a directory",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a part of the path is no directory",
  ENXIO: "no such device or address",
  EPERM: "operation not permitted",
  EPIPE: "closed before everything was written",
  EROFS: "the file system is read-only",
  ERR_FS_FILE_TOO_LARGE: "more than 2 GiB",
};

const describe = ({ code = "", message }: NodeJS.ErrnoException): string =>
  REASONS[code] ?? printable(message);
