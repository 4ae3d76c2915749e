import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CommandError } from "@core/corpus/archive";

/** What `pnpm bpftool` found, on this machine. */
export const FOUND = resolve(import.meta.dirname, "../build/bpftool.json");

/** The oldest whose dumps are those that are compared with. */
const LEAST = { major: 7, minor: 8 };

/** Large enough for a whole kernel as indented JSON. In bytes. */
const MAX_OUTPUT = 1 << 28;

export interface Bpftool {
  /** Its own version, such as `7.8.0`. */
  readonly version: string;
  /** The Debian package that it is of. */
  readonly source: string;
  /** The program to start and its first arguments. */
  readonly command: readonly string[];
}

/**
 * The bpftool that was fetched, or undefined.
 *
 * @throws Error when there is none and the environment says `CI=true`: a test must not be skipped there.
 */
export function findBpftool(): Bpftool | undefined {
  const bpftool = existsSync(FOUND) ? (JSON.parse(readFileSync(FOUND, "utf8")) as Bpftool) : undefined;
  const [program = ""] = bpftool?.command ?? [];
  if (bpftool !== undefined && existsSync(program)) return bpftool;
  if (process.env["CI"] === "true") throw new Error("no bpftool: run pnpm bpftool");
  return undefined;
}

/**
 * What bpftool writes to its standard output.
 *
 * @throws CommandError when it fails.
 */
export function runBpftool({ command }: Pick<Bpftool, "command">, args: readonly string[]): Buffer {
  const [program = "", ...before] = command;
  const { status, signal, error, stdout, stderr } = spawnSync(program, [...before, ...args], {
    maxBuffer: MAX_OUTPUT,
  });
  if (error !== undefined) throw new CommandError(`bpftool: ${error.message}`);
  if (status === 0) return stdout;
  throw new CommandError(
    `bpftool ${args.join(" ")} failed (${status ?? signal}): ${stderr.toString().trim()}`,
  );
}

/**
 * Asks a bpftool for its version.
 *
 * @throws CommandError when it cannot be started, or is too old to compare with.
 */
export function versionOf(command: readonly string[]): string {
  const text = runBpftool({ command }, ["version"]).toString();
  const [, version = "", major = "", minor = ""] = /^bpftool v((\d+)\.(\d+)\S*)/.exec(text) ?? [];
  const isNewEnough =
    Number(major) > LEAST.major || (Number(major) === LEAST.major && Number(minor) >= LEAST.minor);
  if (isNewEnough) return version;
  throw new CommandError(`bpftool ${version} is older than ${LEAST.major}.${LEAST.minor}`);
}
