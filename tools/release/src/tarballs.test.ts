import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { run } from "@core/corpus/archive";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyWorkspace, filesIn, pack, publishedPackages, ROOT } from "./packages.js";

const packages = publishedPackages();
const titled = packages.map((one) => [one.manifest.name, one] as const);
const folder = mkdtempSync(join(tmpdir(), "tarballs-"));
const tarballs = new Map<string, string>();

beforeAll(() => {
  for (const one of packages) tarballs.set(one.manifest.name, pack(one, folder));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const tarballOf = (name: string): string => tarballs.get(name) ?? "";
const contentOf = (name: string, path: string): string =>
  run("tar", ["-xzOf", tarballOf(name), `package/${path}`]).toString();

describe.each(titled)("%s", (name, { manifest }) => {
  it("has what it needs and nothing of its tests", () => {
    const files = filesIn(tarballOf(name));
    expect(files).toEqual(
      expect.arrayContaining(["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"]),
    );
    const unexpected = files.filter(
      (path) =>
        !/^(package\.json|README\.md|LICENSE|dist\/[\w/-]+\.(d\.ts|js)|schema\/[\w.-]+\.json)$/.test(path),
    );
    expect(unexpected).toEqual([]);
    expect(files.filter((path) => /\b(test|bench|fixtures?)\b/.test(path))).toEqual([]);
  });

  it("names no place of the machine that it was built on", () => {
    const text = run("tar", ["-xzOf", tarballOf(name)]).toString("latin1");
    expect(text).not.toContain(ROOT);
    expect(text).not.toMatch(/\/(home|root|Users)\/\w/);
    expect(text).not.toContain("workspace:");
  });

  it("runs nothing when it is installed, and depends on exact versions", () => {
    const published = JSON.parse(contentOf(name, "package.json"));
    for (const script of ["preinstall", "install", "postinstall", "prepare"]) {
      expect(published.scripts ?? {}).not.toHaveProperty(script);
    }
    const versions = Object.values<string>(published.dependencies ?? {});
    expect(versions.filter((version) => !/^\^?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(published.license).toBe("MIT");
    expect(Object.keys(manifest.dependencies ?? {}).toSorted()).toEqual(
      Object.keys(published.dependencies ?? {}).toSorted(),
    );
  });
});

/** Builds all packages in a copy of the workspace, and gives each one's tarball by its file's name. */
function buildElsewhere(copy: string): ReadonlyMap<string, Buffer> {
  copyWorkspace(copy, { built: false });
  run("pnpm", ["install", "--frozen-lockfile", "--prefer-offline"], { cwd: copy });
  run("pnpm", ["exec", "turbo", "run", "build", "--force", "--filter=./packages/*"], { cwd: copy });
  const paths = publishedPackages(copy).map((one) => pack(one, copy));
  return new Map(paths.map((path) => [basename(path), readFileSync(path)]));
}

it("two builds give the same bytes, wherever they are", { timeout: 300_000 }, () => {
  const copies = ["here", "there"].map((name) => mkdtempSync(join(tmpdir(), `built-${name}-`)));
  try {
    const [first, second] = copies.map(buildElsewhere);
    expect(first?.size).toBe(packages.length);
    for (const [name, bytes] of first ?? []) expect(second?.get(name)?.equals(bytes), name).toBe(true);
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
});
