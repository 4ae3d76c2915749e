import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { run } from "@core/corpus/archive";

export const ROOT = resolve(import.meta.dirname, "../../..");

/** What a package.json says, as far as it is of interest here. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly private?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
}

export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** The packages that are published. */
export function publishedPackages(root = ROOT): readonly Package[] {
  return readdirSync(join(root, "packages"))
    .map((name) => join(root, "packages", name))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => ({ folder, manifest: readManifest(folder) }))
    .filter(({ manifest }) => !manifest.private);
}

/** Makes a package's tarball, as it would be published, and gives its path. */
export function pack({ folder }: Package, destination: string): string {
  const output = run("pnpm", ["pack", "--json", "--pack-destination", destination], { cwd: folder });
  const { filename }: { readonly filename: string } = JSON.parse(output.toString());
  return resolve(destination, filename);
}

/** The paths in a tarball, without the folder that all lie in. */
export function filesIn(tarball: string): readonly string[] {
  return run("tar", ["-tzf", tarball])
    .toString()
    .split("\n")
    .filter((path) => path !== "")
    .map((path) => path.replace(/^package\//, ""));
}

/** Copies the workspace to a folder: its sources, and if asked for what is installed and built of them. */
export function copyWorkspace(folder: string, { built }: { readonly built: boolean }): void {
  const left = built ? LEFT : [...LEFT, "dist", "node_modules"];
  cpSync(ROOT, folder, {
    recursive: true,
    filter: (path) => relative(ROOT, path) === "" || !left.includes(basename(path)),
    verbatimSymlinks: true,
  });
}

/** Histories, caches, and what tools fetched or built for themselves. */
const LEFT: readonly string[] = [".git", ".turbo", "build", "coverage", "data"];
