import { readdirSync, realpathSync } from "node:fs";
import { sep } from "node:path";

/** The path without links; undefined when it is not there, or when a link leads out of `root`. */
export function resolveBelow(root: string, path: string): string | undefined {
  try {
    const realRoot = realpathSync(root);
    const real = realpathSync(path);
    const prefix = realRoot.endsWith(sep) ? realRoot : realRoot + sep;
    return real.startsWith(prefix) ? real : undefined;
  } catch {
    return undefined;
  }
}

/** Names in a folder, sorted; none when it is not there. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
