// Makes a fresh clone ready to work in, on a machine that has Node and npm and nothing else. Uses only Node's
// own modules, since there is nothing else yet. What is already there is not fetched a second time.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");

// Written after an install: which lockfile it was for, and where pnpm is (empty: on the PATH).
const MARKER = join(ROOT, "node_modules/.bootstrap.json");

const HAS_COLORS = process.stdout.isTTY && !process.env.NO_COLOR;

/** Announces the next step. @type {(what: string, why?: string) => void} */
export function say(what, why) {
  console.log(HAS_COLORS ? `\n\x1b[1m▸ ${what}\x1b[0m` : `\n▸ ${what}`);
  if (why !== undefined) console.log(`  ${why}`);
}

/** Ends the whole run with a sentence for the one who started it. @type {(reason: string) => never} */
function giveUp(reason) {
  console.error(`\n${reason}`);
  process.exit(1);
}

/**
 * Installs the workspace's dependencies unless they are there already.
 *
 * @returns {NodeJS.ProcessEnv} the environment for what runs next, with pnpm on its PATH
 */
export function prepare() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    giveUp(`Node 20.19 or newer is needed; this is ${process.version}.`);
  }
  const lock = createHash("sha256")
    .update(readFileSync(join(ROOT, "pnpm-lock.yaml")))
    .digest("hex");
  const marker = readMarker();
  const isReady =
    marker?.lock === lock &&
    existsSync(join(ROOT, "node_modules/.modules.yaml")) &&
    (marker.pnpm === "" || existsSync(join(marker.pnpm, "pnpm")));
  if (isReady) return environment(marker.pnpm);

  const pnpm = findPnpm();
  const env = environment(pnpm);
  say("Installing what pnpm-lock.yaml names", "into node_modules, this once");
  // Without the last option an install over another version's node_modules asks, and fails where nobody can answer.
  const args = ["install", "--frozen-lockfile", "--config.confirm-modules-purge=false"];
  const status = run({ command: "pnpm", args, env });
  if (status !== 0) giveUp("The installation failed: see above. It needs the npm registry once.");
  writeFileSync(MARKER, JSON.stringify({ lock, pnpm }));
  return env;
}

/** @returns {{ lock: string, pnpm: string } | undefined} */
function readMarker() {
  try {
    return JSON.parse(readFileSync(MARKER, "utf8"));
  } catch {
    return undefined;
  }
}

/** The folder that has the workspace's version of pnpm; empty when that is what the PATH leads to. */
function findPnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const [wanted] = packageManager.split("+");
  const found = spawnSync("pnpm", ["--version"], { cwd: ROOT, encoding: "utf8" });
  if (`pnpm@${found.stdout?.trim()}` === wanted) return "";

  say(
    `Fetching ${wanted}, the package manager of this workspace`,
    "into npm's cache: nothing is installed globally",
  );
  const { stdout } = spawnSync(
    "npm",
    ["exec", "--yes", `--package=${wanted}`, "--", "node", "-p", "process.env.PATH"],
    { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  const folder = stdout
    ?.trim()
    .split(delimiter)
    .find((path) => existsSync(join(path, "pnpm")));
  return folder ?? giveUp(`npm could not fetch ${wanted}: see above. It needs the npm registry once.`);
}

/** @type {(pnpm: string) => NodeJS.ProcessEnv} */
function environment(pnpm) {
  return { ...process.env, PATH: pnpm === "" ? process.env.PATH : `${pnpm}${delimiter}${process.env.PATH}` };
}

/** How turbo is run on the workspace's tasks. @type {(args: string[], env: NodeJS.ProcessEnv) => Command} */
export function turbo(args, env) {
  return {
    command: process.execPath,
    args: [join(ROOT, "node_modules/turbo/bin/turbo"), ...args],
    env: {
      ...env,
      TURBO_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
      // Tasks colour what they print even where turbo itself does not.
      ...(HAS_COLORS ? {} : { NO_COLOR: "1" }),
      // pnpm need not repeat the command line of every script.
      npm_config_reporter: "silent",
    },
  };
}

/** @typedef {{ command: string, args: string[], env: NodeJS.ProcessEnv, cwd?: string }} Command */

/** Runs a command, in the workspace's root by default. @type {(command: Command) => number} returns its exit status */
export function run({ command, args, env, cwd = ROOT }) {
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: "inherit" });
  if (error) throw error;
  return status ?? 1;
}

/** Runs a command of whose output only a failure's is of interest. @type {(command: Command) => number} returns its exit status */
export function runQuietly({ command, args, env }) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: ROOT, env, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) console.error(stdout + stderr);
  return status ?? 1;
}
