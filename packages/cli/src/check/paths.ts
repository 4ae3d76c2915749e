import { type Stats, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { printable } from "@core/bytes";
import { globSync, isDynamicPattern } from "tinyglobby";
import { CommandError, Exit, withPath } from "../common/exit.js";
import { compareNames } from "./model.js";

/** What is at a path, through links; undefined when nothing is, or nothing that may be looked at. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * Files and folders that an argument stands for: the one at that path, or those that match it as a pattern.
 *
 * @throws CommandError when there is none.
 */
export function expand(argument: string): readonly string[] {
  if (statOf(argument) !== undefined) return [argument];
  const found = isDynamicPattern(argument)
    ? globSync(argument, {
        absolute: isAbsolute(argument),
        onlyFiles: false,
        expandDirectories: false,
        dot: true,
      })
    : [];
  if (found.length > 0) return found.map((path) => path.replace(/(?<=.)\/$/, "")).toSorted(compareNames);
  // Says why it cannot be looked at.
  if (!isDynamicPattern(argument)) withPath(argument, () => statSync(argument));
  throw new CommandError(Exit.input, `${printable(argument)}: nothing matches`);
}

/** Regular files below a folder, sorted; links to folders are not followed. `ignore` has patterns of what to pass over. */
export const filesBelow = (folder: string, ignore: readonly string[] = []): readonly string[] =>
  globSync("**", { cwd: folder, ignore, dot: true, followSymbolicLinks: false, expandDirectories: false })
    .toSorted(compareNames)
    .map((path) => join(folder, path));
