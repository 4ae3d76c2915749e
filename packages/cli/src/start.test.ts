import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BIN, EXAMPLE, EXAMPLE_KERNEL, pairArgs } from "../test/run.js";

/** Node's hook for modules, which tells of each file that is loaded. */
const HOOK =
  "export async function load(url, context, next) { process._rawDebug(url); return next(url, context); }";
const asModule = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
const REGISTER = asModule(
  `import { register } from "node:module"; register(${JSON.stringify(asModule(HOOK))});`,
);

/** Names of the files that a run loads, but for Node's own. */
function loadedBy(args: readonly string[]): string[] {
  const { stderr, status } = spawnSync(process.execPath, ["--import", REGISTER, BIN, ...args], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  return stderr.split("\n").filter((line) => line.startsWith("file:"));
}

const codeOf = (urls: readonly string[]): string =>
  urls.map((url) => readFileSync(new URL(url), "utf8")).join("\n");

/** Of @core/kernel-btf. */
const READS_IMAGES = "function isBzip2(";

// Looking for files and reading them is what most of a short run's time goes to.
describe("a run loads few files, and nothing that it does not need", () => {
  it.each([
    ["bpf-core --version", ["--version"], 6],
    ["bpf-core relocate", pairArgs("example", "example-kernel"), 8],
    ["bpf-core btf dump", ["btf", "dump", EXAMPLE_KERNEL], 13],
  ])("%s", (_, args, most) => {
    const loaded = loadedBy(args);
    expect(loaded.length, loaded.join("\n")).toBeLessThanOrEqual(most);
    expect(loaded.join("\n")).not.toMatch(/ajv|tinypool|tinyglobby|cli-progress/);
    expect(codeOf(loaded)).not.toContain(READS_IMAGES);
  });

  it("nor any part of Node that takes long to load", () => {
    const tell = asModule('process.on("exit", () => process._rawDebug(process.moduleLoadList.join("\\n")))');
    const args = ["--import", tell, BIN, ...pairArgs("example", "example-kernel")];
    const { stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const loaded = stderr.split("\n").map((line) => line.replace("NativeModule ", ""));
    expect(loaded).toContain("fs");
    for (const slow of ["child_process", "crypto", "v8", "zlib", "worker_threads"])
      expect(loaded).not.toContain(slow);
  });

  it("but what reads images and packages, where it has to", () => {
    expect(codeOf(loadedBy(["btf", "stats", EXAMPLE]))).toContain(READS_IMAGES);
  });
});
