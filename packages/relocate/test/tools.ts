import { spawnSync } from "node:child_process";

/** Is a tool installed? In CI one that is not fails the tests that need it, instead of skipping them. */
export function hasTool(command: string, args: readonly string[]): boolean {
  const found = spawnSync(command, args, { stdio: "ignore" }).status === 0;
  if (!found && process.env["CI"] === "true") throw new Error(`${command} is not installed`);
  return found;
}

/** What a tool says, on either stream. */
export function outputOf(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: "C" },
  });
  return error === undefined ? `${stdout}${stderr}${status === 0 ? "" : `exit ${status}`}` : `${error}`;
}
