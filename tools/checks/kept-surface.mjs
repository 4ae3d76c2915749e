// The public surface of each package that was last looked at is kept in surface/, so that a change of it is
// asked about: by a test, and by whoever reads the diff. That of the last release is noted there too, as a
// hash: while the two differ, a changeset has to tell of it.
//
//   node tools/checks/kept-surface.mjs            keeps the surfaces of the packages as they are built now
//   node tools/checks/kept-surface.mjs --release  notes them as those of the release that is being made

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { surfaceOfPackage } from "./surface.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const KEPT = join(import.meta.dirname, "surface");
const RELEASED = join(KEPT, "released.json");

/** The folders of the published packages. */
export const PACKAGES = readdirSync(join(ROOT, "packages")).map((name) => join(ROOT, "packages", name));

/** @type {(folder: string) => string} */
const keptFile = (folder) => join(KEPT, `${basename(folder)}.txt`);

/** The surface that was last looked at; empty when there is none. @type {(folder: string) => string} */
export function keptSurface(folder) {
  return existsSync(keptFile(folder)) ? readFileSync(keptFile(folder), "utf8") : "";
}

/** Whether that is the surface of the package's last release. @type {(name: string, text: string) => boolean} */
export function isReleased(name, text) {
  return JSON.parse(readFileSync(RELEASED, "utf8"))[name] === hashOf(text);
}

/** Whether one of the changesets in a folder names the package. @type {(name: string, folder?: string) => boolean} */
export function hasChangeset(name, folder = join(ROOT, ".changeset")) {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".md"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .some((text) => text.split(/^---$/m)[1]?.includes(`"${name}":`));
}

/** @type {(text: string) => string} */
function hashOf(text) {
  return createHash("sha256").update(text).digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const surfaces = PACKAGES.map((folder) => ({ folder, ...surfaceOfPackage(folder) }));
  for (const { folder, name, text } of surfaces) {
    if (keptSurface(folder) === text) continue;
    writeFileSync(keptFile(folder), text);
    console.log(
      `${name}: a changed public surface. ${hasChangeset(name) ? "Does its changeset tell of it?" : "Tell its users: pnpm changeset"}`,
    );
  }
  if (process.argv[2] === "--release") {
    const hashes = Object.fromEntries(surfaces.map(({ name, text }) => [name, hashOf(text)]));
    writeFileSync(RELEASED, `${JSON.stringify(hashes, undefined, 2)}\n`);
  }
}
