// Programs of another Debian release, run with the libraries that they were built with.

import { existsSync, mkdtempSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { findPackage, type Package, type Suite, unpack } from "./archive.js";
import { cacheFolder } from "./cache.js";
import { CommandError } from "./command.js";

/**
 * Unpacks a package and all that it needs into a folder of the cache, unless it is there already.
 *
 * @param suite where its libraries are.
 * @returns the folder.
 * @throws CommandError when something cannot be had.
 */
export function fetchWithLibraries(wanted: Package, suite: Suite): string {
  const folder = cacheFolder(wanted.name);
  const target = join(folder, `${wanted.version}_${suite.arch}`);
  if (!existsSync(target)) {
    const unfinished = mkdtempSync(join(folder, "unfinished-"));
    for (const one of withLibraries(wanted, suite)) unpack(one, unfinished);
    renameSync(unfinished, target);
  }
  return target;
}

function withLibraries(wanted: Package, suite: Suite): readonly Package[] {
  const needed = new Map([[wanted.name, wanted]]);
  for (const { depends } of needed.values()) {
    for (const name of depends) {
      const found = name === "" || needed.has(name) ? undefined : findPackage(suite, name);
      if (found !== undefined) needed.set(name, found);
    }
  }
  return [...needed.values()];
}

/**
 * The program and its first arguments that start another program with the libraries in a folder, whatever the
 * system's are.
 *
 * @throws CommandError when there is no C library in the folder.
 */
export function loaderIn(folder: string): readonly [string, ...string[]] {
  const lib = join(folder, "usr/lib");
  const libraries = readdirSync(lib)
    .map((name) => join(lib, name))
    .find((path) => existsSync(join(path, "libc.so.6")));
  if (libraries === undefined) throw new CommandError(`no C library in ${folder}`);
  const loader = readdirSync(libraries).find((name) => /^ld-.*\.so\.\d+$/.test(name));
  if (loader === undefined) throw new CommandError(`no loader in ${libraries}`);
  return [join(libraries, loader), "--library-path", libraries];
}
