import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");

interface Ceiling {
  /** In bytes, minified and gzipped, with everything that it needs. */
  readonly ceiling: number;
  /** What is exported from there; by default everything. */
  readonly only?: string;
  /** Parts of paths of the modules that must not be needed. */
  readonly without?: readonly string[];
}

// What someone who installs one package puts into a web page. A ceiling is raised knowingly, or not at all.
const CEILINGS: Readonly<Record<string, Ceiling>> = JSON.parse(
  readFileSync(join(import.meta.dirname, "sizes.json"), "utf8"),
);
const layers: { arrows: Record<string, unknown> } = JSON.parse(
  readFileSync(join(import.meta.dirname, "layers.json"), "utf8"),
);

/** Entry points of every package that browsers can run, such as `@core/btf/dump`, and their files. */
const entries = new Map<string, string>(
  Object.keys(layers.arrows)
    .filter((layer) => layer !== "cli")
    .flatMap((layer) => {
      const folder = join(ROOT, "packages", layer);
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      return Object.entries<{ default: string }>(manifest.exports)
        .filter(([path]) => !/^\.\/node(\/|$)/.test(path))
        .map(([path, file]) => [`${manifest.name}${path.slice(1)}`, join(folder, file.default)] as const);
    }),
);

async function bundle(file: string, only = "*") {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${only} from ${JSON.stringify(file)};`, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const [output] = Object.values(metafile.outputs);
  const modules = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const bytes = outputFiles[0]?.contents ?? new Uint8Array();
  return {
    size: gzipSync(bytes, { level: 9 }).length,
    modules: modules.map(([path]) => path),
    text: Buffer.from(bytes).toString(),
  };
}

it("knows every entry point", () => {
  const known = new Set(Object.keys(CEILINGS).map((name) => name.replace(/ .*/, "")));
  expect([...entries.keys()].filter((name) => !known.has(name))).toEqual([]);
});

describe("is small, and needs nothing that it should not", () => {
  it.each(Object.entries(CEILINGS))("%s", async (name, { ceiling, only, without = [] }) => {
    const file = entries.get(name.replace(/ .*/, ""));
    if (file === undefined || !existsSync(file)) throw new Error(`${name} is no entry point that was built`);
    const { size, modules, text } = await bundle(file, only);
    expect(size, `bytes of ${name}, minified and gzipped`).toBeLessThanOrEqual(ceiling);
    expect(size, `bytes of ${name}: lower its ceiling`).toBeGreaterThan(ceiling / 2);
    expect(modules.filter((path) => without.some((part) => path.includes(part)))).toEqual([]);
    expect(text).not.toMatch(/\bnode:|\brequire\(|\bBuffer\b|\bprocess\.|\beval\(|new Function\(/);
  });
});
