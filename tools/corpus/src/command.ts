import { spawnSync } from "node:child_process";

/** The Debian package of each program that may be missing on a fresh machine. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  "dpkg-deb": "dpkg",
  "qemu-s390x-static": "qemu-user-static",
  "s390x-linux-gnu-gcc": "gcc-s390x-linux-gnu",
  ar: "binutils",
  gzip: "gzip",
  xz: "xz-utils",
};

/** Large enough for an uncompressed kernel. In bytes. */
const MAX_OUTPUT = 1 << 30;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: Uint8Array;
}

/** A program that failed or is not installed; its message says what to do. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Whether `program` can be started here. */
export function hasCommand(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

/**
 * Runs a program to its end and returns what it wrote to its standard output.
 *
 * @throws {@link CommandError} when it cannot be started or does not exit with 0.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Buffer {
  const result = spawnAnyway(program, args, options);
  if (result.status === 0) return result.output;
  throw new CommandError(
    `${program} ${args[0] ?? ""} failed (${result.status ?? "killed"}): ${result.errors}`,
  );
}

/** Like {@link run}, for programs that complain about what follows their input but still write all of it. */
export function outputOf(program: string, args: readonly string[], options: RunOptions = {}): Buffer {
  return spawnAnyway(program, args, options).output;
}

function spawnAnyway(program: string, args: readonly string[], options: RunOptions) {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    maxBuffer: MAX_OUTPUT,
    ...options,
    encoding: "buffer",
  });
  // A program that refuses its input early closes the pipe; its exit code tells.
  const refused = error !== undefined && "code" in error && error.code === "EPIPE";
  if (error !== undefined && !refused) {
    const missing = "code" in error && error.code === "ENOENT";
    throw new CommandError(
      missing
        ? `${program} is not installed: apt-get install ${PACKAGE_OF[program] ?? program}`
        : `${program}: ${error.message}`,
    );
  }
  return { status, output: stdout, errors: stderr.toString().trim() };
}
