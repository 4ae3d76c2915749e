import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseBtf } from "@core/btf";
import { describe, expect, it } from "vitest";
import { sha256 } from "../test/fixtures.js";
import { extractBtf } from "./index.js";

/** Where `tools/corpus` builds a corpus, and where one may lie beside the repository. */
const FOLDERS = ["../../../tools/corpus/data", "../../../../shared/corpus"];
const FOLDER = FOLDERS.map((path) => join(import.meta.dirname, path)).find((path) =>
  existsSync(join(path, "kernels")),
);

const filesIn = (path: string): readonly string[] => {
  if (FOLDER === undefined || !existsSync(join(FOLDER, path))) return [];
  return readdirSync(join(FOLDER, path), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".btf.xz"))
    .map((name) => join(FOLDER, path, name))
    .sort();
};

it.runIf(process.env["CI"] === "true")("has a corpus in CI", () => {
  expect(FOLDER).toBeDefined();
});

const hasXz = spawnSync("xz", ["--version"]).error === undefined;

describe.runIf(FOLDER !== undefined && hasXz)("real BTF that is compressed", () => {
  it.each([
    ...filesIn("kernels").map((path) => [path, "kernel"]),
    ...filesIn("modules").map((path) => [path, "module"]),
  ])("%s is what xz makes of it", (path, kind) => {
    const found = extractBtf(readFileSync(path));
    expect(found.kind).toBe(kind);
    const { stdout } = spawnSync("xz", ["-dc", path], { maxBuffer: 2 ** 28 });
    expect(sha256(found.bytes)).toBe(sha256(stdout));
    if (kind === "kernel") expect(parseBtf(found.bytes).order).toBe(found.order);
  });
});
