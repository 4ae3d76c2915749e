import { lstatSync, mkdirSync } from "node:fs";
import nodeModule from "node:module";
import { cacheFolder, isOwned } from "./common/cache-folder.js";

type Enable = (folder: string) => unknown;

/** Node's own, from 22.1 on. */
const enableOf = (from: object): Enable | undefined =>
  "enableCompileCache" in from && typeof from.enableCompileCache === "function"
    ? from.enableCompileCache.bind(from)
    : undefined;

/**
 * Lets Node keep what it compiles, where it can, for the next run. What is kept is run: so only in a folder of the
 * user's own that nobody else may write to.
 */
export function keepCompiledCode(enable = enableOf(nodeModule), path?: string): void {
  if (enable === undefined) return;
  try {
    const folder = path ?? cacheFolder("code");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const status = lstatSync(folder);
    if (isOwned(status) && (status.mode & 0o022) === 0) enable(folder);
  } catch {
    // Such as a user without a home, or one that is read-only: then nothing is kept.
  }
}
