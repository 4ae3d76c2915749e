import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { below, findViolations } from "./layers.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const layers = JSON.parse(readFileSync(join(import.meta.dirname, "layers.json"), "utf8"));

/** A workspace of the same manifests and settings as this one, with a line of source in each package. */
function copyWorkspace(): string {
  const copy = mkdtempSync(join(tmpdir(), "layers-"));
  const settings = [".biome.jsonc", ".gitignore", "package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"];
  for (const path of [...settings, "turbo.json", "tools/tsconfig"]) {
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const layer of Object.keys(layers.arrows)) {
    const folder = join(copy, "packages", layer);
    for (const file of ["package.json", "tsconfig.json", "tsconfig.node.json"]) {
      const original = join(ROOT, "packages", layer, file);
      if (existsSync(original)) cpSync(original, join(folder, file));
    }
    mkdirSync(join(folder, "node_modules/@core"), { recursive: true });
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    for (const name of Object.keys(dependencies)) {
      symlinkSync(`../../../${name.slice("@core/".length)}`, join(folder, "node_modules", name));
    }
    write(join(folder, "src/index.ts"), "export const one = 1;\nexport type One = 1;\n");
  }
  execFileSync("git", ["init", "--quiet", copy]);
  return copy;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Everything that a command printed, on either stream. */
function outputOf(cwd: string, tool: string, args: string[]): string {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", NO_COLOR: "1" };
  const { stdout, stderr } = spawnSync(join(ROOT, "node_modules/.bin", tool), args, {
    cwd,
    env,
    encoding: "utf8",
  });
  return stdout + stderr;
}

// In the sources of `btf`, which may use `bytes` and nothing else.
const WRONG_IMPORTS = {
  sibling: `import { one } from "@core/elf";\nexport const two = one + one;\n`,
  user: `import { one } from "@core/relocate";\nexport const two = one + one;\n`,
  "type-only": `import type { One } from "@core/elf";\nexport const one: One = 1;\n`,
  "re-export": `export * from "@core/elf";\n`,
  dynamic: `export const elf = await import("@core/elf");\n`,
  "relative-source": `export { one } from "../../elf/src/index.js";\n`,
  "relative-build": `export { one } from "../../elf/dist/index.js";\n`,
  "deeper/relative": `export { one } from "../../../elf/dist/index.js";\n`,
  "test-helper": `export { one } from "../test/index.js";\n`,
  "node-protocol": `import { readFileSync } from "node:fs";\nexport const read = readFileSync;\n`,
  "node-bare": `import { readFileSync } from "fs";\nexport const read = readFileSync;\n`,
  "node-side-effect": `import "node:fs";\n`,
  "node-dynamic": `export const fs = await import("node:fs");\n`,
  "tool-of-the-workspace": `export { publint } from "publint";\n`,
};

const RIGHT_IMPORTS = {
  "layer-below": `import { one } from "@core/bytes";\nexport const two = one + one;\n`,
  "own-file": `export { one } from "./index.js";\n`,
};

describe("an import in a package's sources", () => {
  let copy: string;
  let lint: string;
  let build: string;

  beforeAll(() => {
    copy = copyWorkspace();
    write(join(copy, "packages/btf/test/index.ts"), "export const one = 1;\n");
    for (const [name, source] of Object.entries({ ...WRONG_IMPORTS, ...RIGHT_IMPORTS })) {
      write(join(copy, `packages/btf/src/${name}.ts`), source);
    }
    lint = outputOf(copy, "biome", ["lint", "--max-diagnostics=none", "packages/btf"]);
    build = outputOf(copy, "tsc", ["-b", "packages/elf", "packages/btf"]);
    build += outputOf(copy, "turbo", ["boundaries", "--no-color"]);
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  it.each(Object.keys(WRONG_IMPORTS))("%s fails lint and build", (name) => {
    expect(lint).toMatch(new RegExp(`packages/btf/src/${name}\\.ts:\\d`));
    expect(build).toMatch(new RegExp(`packages/btf/src/${name}\\.ts[:(]\\d`));
  });

  it.each(Object.keys(RIGHT_IMPORTS))("%s passes both", (name) => {
    expect(lint).not.toContain(name);
    expect(build).not.toContain(name);
  });
});

describe("what packages declare", () => {
  let copy: string;

  beforeAll(() => {
    copy = copyWorkspace();
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  /** The violations when a file of a package is changed so. */
  function violationsWith(file: string, change: (content: Record<string, unknown>) => object): string[] {
    const path = join(copy, "packages", file);
    const before = readFileSync(path, "utf8");
    write(path, JSON.stringify(change(JSON.parse(before))));
    const violations = findViolations(copy, layers);
    write(path, before);
    return violations;
  }

  it("agrees with the arrows", () => {
    expect(findViolations(ROOT, layers)).toEqual([]);
    expect(findViolations(copy, layers)).toEqual([]);
  });

  it("may not point up", () => {
    const dependencies = { "@core/bytes": "workspace:^", "@core/spec": "workspace:^" };
    expect(violationsWith("btf/package.json", (manifest) => ({ ...manifest, dependencies }))).toEqual([
      "packages/btf: package.json depends on @core/spec: no arrow leads there",
      "packages/btf: tsconfig.json should refer to the layers of package.json: @core/bytes, @core/spec",
    ]);
    const devDependencies = { "@core/elf": "workspace:^" };
    expect(violationsWith("btf/package.json", (manifest) => ({ ...manifest, devDependencies }))).toEqual([
      "packages/btf: package.json depends on @core/elf: no arrow leads there",
    ]);
  });

  it("may come from outside only where the layers say so", () => {
    const dependencies = { "@core/bytes": "workspace:^", leftpad: "1.0.0" };
    expect(violationsWith("btf/package.json", (manifest) => ({ ...manifest, dependencies }))).toContain(
      "packages/btf: package.json depends on leftpad: no arrow leads there",
    );
    const others = { leftpad: "1.0.0" };
    expect(
      violationsWith("cli/package.json", (manifest) => ({
        ...manifest,
        dependencies: Object.assign(others, manifest["dependencies"]),
      })),
    ).toEqual([]);
    expect(violationsWith("btf/package.json", (manifest) => ({ ...manifest, peerDependencies: {} }))).toEqual(
      ["packages/btf: package.json has peerDependencies: a layer needs none"],
    );
  });

  it("is what the build follows", () => {
    expect(violationsWith("btf/tsconfig.json", ({ references: _, ...others }) => others)).toEqual([
      "packages/btf: tsconfig.json should refer to the layers of package.json: @core/bytes",
    ]);
    const node = "../../tools/tsconfig/node.json";
    expect(violationsWith("btf/tsconfig.json", (config) => ({ ...config, extends: node }))).toEqual([
      "packages/btf: tsconfig.json should extend ../../tools/tsconfig/library.json",
    ]);
    const compilerOptions = { types: ["node"] };
    expect(violationsWith("btf/tsconfig.json", (config) => ({ ...config, compilerOptions }))).toEqual([
      "packages/btf: tsconfig.json sets compilerOptions for itself",
    ]);
  });

  it("allows Node in a subpath only where the layers say so", () => {
    const settings = "kernel-btf/tsconfig.node.json";
    expect(findViolations(copy, { ...layers, mayUseNode: ["cli"] })).toEqual([
      "packages/kernel-btf: tsconfig.node.json builds a subpath that may not use Node",
    ]);
    expect(findViolations(copy, { ...layers, mayUseNode: [...layers.mayUseNode, "btf/node"] })).toEqual([
      "packages/btf: tsconfig.node.json is missing: nothing builds the subpath /node",
    ]);
    const node = "../../tools/tsconfig/node.json";
    expect(violationsWith(settings, (config) => ({ ...config, extends: node }))).toEqual([
      "packages/kernel-btf: tsconfig.node.json should extend ../../tools/tsconfig/node-subpath.json",
    ]);
    expect(violationsWith(settings, (config) => ({ ...config, references: [{ path: "." }] }))).toEqual([
      "packages/kernel-btf: tsconfig.node.json should refer to the layers of package.json: @core/btf, @core/bytes, @core/elf",
    ]);
    const references = [{ path: "../bytes" }, { path: "../btf" }, { path: "../elf" }];
    expect(violationsWith(settings, (config) => ({ ...config, references }))).toContain(
      "packages/kernel-btf: tsconfig.node.json should refer to the package itself first",
    );
  });

  it("is drawn for every package, and without a circle", () => {
    const { btf: _, ...arrows } = layers.arrows;
    expect(findViolations(copy, { ...layers, arrows })).toContain("packages/btf is no layer of layers.json");
    expect(findViolations(copy, { ...layers, arrows: { ...layers.arrows, nothing: ["relocate"] } })).toEqual([
      "nothing of layers.json is no package",
    ]);
    expect(findViolations(copy, { ...layers, arrows: { ...layers.arrows, bytes: ["btf"] } })).toContain(
      "bytes is below itself",
    );
  });
});

it("follows arrows over any number of steps", () => {
  expect([...below(layers, "matcher")].sort()).toEqual(["btf", "bytes", "spec"]);
  expect([...below(layers, "bytes")]).toEqual([]);
});
