import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "./command.js";

/**
 * A folder that outlives a checkout: `bpf-core` in the user's cache folder. Everything in it can be made
 * anew, so it may be deleted at any time.
 */
export function cacheFolder(...path: readonly string[]): string {
  const folder = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "bpf-core", ...path);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Writes a file whole or not at all, so that somebody who reads it meanwhile never sees half of it. */
export function writeWhole(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${randomUUID()}`;
  writeFileSync(unfinished, bytes);
  renameSync(unfinished, path);
}

/** The path of a file with what the `.xz` file at `path` decompresses to, kept in the cache by its content. */
export function decompressed(path: string): string {
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
  const target = join(cacheFolder("decompressed"), `${hash}.btf`);
  if (!existsSync(target)) writeWhole(target, run("xz", ["-dc", path]));
  return target;
}
