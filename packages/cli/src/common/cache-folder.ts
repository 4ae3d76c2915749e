import type { Stats } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** The user's cache folder, by the XDG Base Directory Specification, which ignores relative paths. */
export function cacheFolder(name: "check" | "code", env: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CACHE_HOME = "" } = env;
  const base = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), ".cache");
  return join(base, "bpf-core", name);
}

/** Is it this user's? On systems that know no such thing, everything is. */
export const isOwned = ({ uid }: Stats): boolean => uid === (process.getuid?.() ?? uid);
