import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createContext, runInContext } from "node:vm";
import { run } from "@core/corpus/archive";
import { fixturePath, objectPath, targetPath } from "@core/fixtures";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pack, publishedPackages, readManifest } from "./packages.js";
import { fetchRuntime, RUNTIMES } from "./runtimes.js";

const project = mkdtempSync(join(tmpdir(), "project-"));
const object = fixturePath(objectPath("example", "little"));
const kernel = fixturePath(targetPath("example-kernel", "little"));
const packages = publishedPackages();

/** Every module that the packages export: `@core/btf`, `@core/btf/dump` ... */
const entries = packages.flatMap(({ folder, manifest: { name } }) => {
  const { exports = {} }: { readonly exports?: Readonly<Record<string, unknown>> } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  );
  return Object.keys(exports)
    .filter((path) => !path.endsWith(".json"))
    .map((path) => join(name, path));
});
const needsNode = (entry: string) => /\/node(\/|$)/.test(entry) || entry.startsWith("@core/cli");
const libraries = entries.filter((entry) => !needsNode(entry));

// As a user does it: a project of their own, and packages from a registry, here from their tarballs.
beforeAll(() => {
  const tarballs = packages.map((one) => pack(one, project));
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "project", private: true, type: "module" }),
  );
  run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...tarballs], { cwd: project });
  copyFileSync(resolve(import.meta.dirname, "../test/everything.mjs"), join(project, "everything.mjs"));
}, 300_000);
afterAll(() => rmSync(project, { recursive: true }));

const everything = ["everything.mjs", object, kernel, ...entries];
const EXPECTED = new RegExp(`^\\d+ relocations, ${entries.length} entries\\n$`);

it("works in Node, and so does the command", () => {
  expect(run(process.execPath, everything, { cwd: project }).toString()).toMatch(EXPECTED);
  const command = join(project, "node_modules/.bin/bpf-core");
  const { version } = readManifest(join(project, "node_modules/@core/cli"));
  expect(run(command, ["--version"], { cwd: project }).toString()).toBe(`${version}\n`);
  expect(run(command, ["relocate", object, "-t", kernel], { cwd: project }).toString()).toContain(
    "relocations",
  );
});

describe.runIf(process.env["CI"] === "true" && process.arch === "x64")("works elsewhere", () => {
  it.each(RUNTIMES)("$name", { timeout: 300_000 }, (runtime) => {
    const output = run(fetchRuntime(runtime), [...runtime.args, ...everything], { cwd: project });
    expect(output.toString()).toMatch(EXPECTED);
  });
});

it.each(["node16", "nodenext", "bundler"])("has types for moduleResolution %s", (moduleResolution) => {
  const folder = join(project, moduleResolution);
  mkdirSync(folder);
  const uses = libraries.map(
    (entry, i) => `import * as m${i} from "${entry}";\nexport const e${i}: object = m${i};`,
  );
  writeFileSync(join(folder, "use.ts"), uses.join("\n"));
  const module = moduleResolution === "bundler" ? "esnext" : moduleResolution;
  const compilerOptions = {
    module,
    moduleResolution,
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    lib: ["es2023"],
    types: [],
    exactOptionalPropertyTypes: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.ts"] }));
  const tsc = resolve(import.meta.dirname, "../node_modules/.bin/tsc");
  expect(spawnSync(tsc, ["-p", folder], { encoding: "utf8" }).stdout).toBe("");
});

it("works in a bundle where there is nothing but the web's own", async () => {
  const source = `
    ${libraries.map((entry, i) => `import * as m${i} from "${entry}";`).join("\n")}
    import { parseBtf } from "@core/btf";
    import { openObject, relocate, reportOf } from "@core/relocate";
    globalThis.modules = [${libraries.map((_, i) => `m${i}`).join()}].length;
    globalThis.summary = reportOf(relocate(openObject(object), { kernel: parseBtf(kernel) })).summary;`;
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: project },
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    minify: true,
    logLevel: "silent",
  });
  const bytesOf = (path: string) => new Uint8Array(readFileSync(path));
  const context = createContext({
    TextDecoder,
    TextEncoder,
    object: bytesOf(object),
    kernel: bytesOf(kernel),
  });
  runInContext(outputFiles[0]?.text ?? "", context);
  expect(context["modules"]).toBe(libraries.length);
  expect(context["summary"]).toMatchObject({ failed: 0 });
});
