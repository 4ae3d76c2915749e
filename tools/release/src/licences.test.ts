import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { publishedPackages, readManifest } from "./packages.js";

/** Permissive: who uses a package takes no duty on but to keep notices. */
const ALLOWED = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "Zlib", "(MIT AND Zlib)"];

/** What published packages depend on from elsewhere, with all that these depend on. */
function foreignDependencies(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (folder: string) => {
    const require = createRequire(join(folder, "package.json"));
    for (const name of Object.keys(readManifest(folder).dependencies ?? {})) {
      if (name.startsWith("@core/") || found.has(name)) continue;
      const own = folderOf(require, name);
      found.set(name, own);
      visit(own);
    }
  };
  for (const { folder } of publishedPackages()) visit(folder);
  return found;
}

function folderOf(require: NodeJS.Require, name: string): string {
  const paths = require.resolve.paths(name) ?? [];
  for (const path of paths) {
    try {
      return dirname(require.resolve(join(path, name, "package.json")));
    } catch {}
  }
  throw new Error(`${name} is not installed`);
}

const dependencies = foreignDependencies();

describe.each([...dependencies])("%s", (name, folder) => {
  const manifest = readManifest(folder);

  it("has a permissive licence", () => {
    expect(ALLOWED).toContain(manifest.license);
  });

  it("runs nothing when it is installed", () => {
    for (const script of ["preinstall", "install", "postinstall"])
      expect(manifest.scripts ?? {}).not.toHaveProperty(script);
  });

  it("is named, with the reason for it, in the README of who needs it", () => {
    const users = publishedPackages().filter(
      ({ manifest: { dependencies } }) => dependencies?.[name] !== undefined,
    );
    for (const { folder: user } of users)
      expect(readFileSync(join(user, "README.md"), "utf8")).toContain(name);
  });
});

it("there are few", () => {
  const direct = publishedPackages().flatMap(({ manifest }) => Object.keys(manifest.dependencies ?? {}));
  expect(new Set(direct.filter((name) => !name.startsWith("@core/"))).size).toBeLessThanOrEqual(8);
  expect(dependencies.size).toBeLessThanOrEqual(20);
});
