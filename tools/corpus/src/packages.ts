// Finds packages in several suites and unpacks them for a while, saying what it fetches.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPackage, openSuite, type Package, type Suite, unpack } from "./archive.js";
import { CommandError } from "./command.js";
import type { KernelSource } from "./sources.js";

export { findKernelBtf } from "./extract.js";
export { KERNELS, type KernelSource } from "./sources.js";

/** A kernel as the archive has it. */
export interface KernelPackages {
  /** Such as `6.1.0-56-cloud-amd64`. */
  readonly release: string;
  /** The image's package and its version. */
  readonly source: string;
  /** What its image, its configuration and its modules come from. */
  readonly packages: readonly Package[];
}

const say = (text: string) => console.log(text);
const suites = new Map<string, Suite | CommandError>();

/** The suite, or why it is not served; asked for once. */
function suiteOf(name: string, arch: string): Suite | CommandError {
  const key = `${name} ${arch}`;
  let suite = suites.get(key);
  if (suite === undefined) {
    say(`  reading what ${name} has for ${arch}`);
    try {
      suite = openSuite(name, arch);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      say(`  ${name} is not to be had for ${arch}: ${error.message.split("\n").pop()}`);
      suite = error;
    }
    suites.set(key, suite);
  }
  return suite;
}

/** The package of the first suite that is served and has it. */
export function findIn(suiteNames: readonly string[], arch: string, name: string): Package | undefined {
  for (const suiteName of suiteNames) {
    const suite = suiteOf(suiteName, arch);
    const found = suite instanceof CommandError ? undefined : findPackage(suite, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The newest kernel of a source; undefined, having said so, when no suite has it. */
export function findKernel({ arch, metapackage, suites: names }: KernelSource): KernelPackages | undefined {
  const newest = findIn(names, arch, metapackage);
  const image = newest?.depends.find((name) => /^linux-image-\d/.test(name));
  if (newest === undefined || image === undefined) {
    say(`  none of ${names.join(", ")} has it: left out`);
    return undefined;
  }
  const release = image.replace(/^linux-image-/, "");
  // Newer kernels are split over several.
  const split = ["binary", "base", "modules"].map((part) => `linux-${part}-${release}`);
  const found = [split, [image]].map((some) => some.flatMap((name) => findPackage(newest.suite, name) ?? []));
  return {
    release,
    source: `${image} ${newest.version}`,
    packages: found.find((some) => some.length > 0) ?? [],
  };
}

/** Calls `use` with a temporary folder that has the packages unpacked. */
export function withUnpacked<T>(packages: readonly Package[], use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "corpus-"));
  try {
    for (const one of packages) {
      say(`  fetching ${one.name} ${one.version} (${one.suite.name}, ${one.suite.arch})`);
      unpack(one, folder);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
