import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * A hash of the code that decides: beside this file, where a bundle has all of it, and of every package of this toolbox that
 * this one uses. Not their version numbers, which stay the same while somebody works on them.
 */
export function fingerprint(): string {
  const hash = createHash("sha256");
  const seen = new Set<string>();
  const visit = (folder: string): void => {
    if (seen.has(folder)) return;
    seen.add(folder);
    for (const path of codeBelow(join(folder, "dist"))) hash.update(readFileSync(path));
    const require = createRequire(join(folder, "package.json"));
    for (const name of dependenciesOf(folder)) visit(packageFolder(require.resolve(name)));
  };
  for (const path of codeBelow(import.meta.dirname)) hash.update(readFileSync(path));
  for (const name of dependenciesOf(OWN_FOLDER)) visit(packageFolder(OWN_REQUIRE.resolve(name)));
  return hash.digest("hex");
}

const OWN_FOLDER = join(import.meta.dirname, "../..");
const OWN_REQUIRE = createRequire(import.meta.url);

const packageFolder = (entry: string): string => {
  const folder = dirname(entry);
  return folder.endsWith("dist") ? dirname(folder) : packageFolder(folder);
};

const codeBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".js"))
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();

function dependenciesOf(folder: string): readonly string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const has = typeof manifest === "object" && manifest !== null && "dependencies" in manifest;
  const names = has && manifest.dependencies ? Object.keys(manifest.dependencies) : [];
  return names.filter((name) => name.startsWith("@core/")).toSorted();
}
