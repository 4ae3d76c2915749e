import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "./command.js";
import { answersOf, kernelsOf, modulesOf, objectsOf, readBytes } from "./index.js";

describe("a corpus", () => {
  const path = mkdtempSync(join(tmpdir(), "corpus-test-"));
  const corpus = { path: join(path, "corpus") };

  const write = (name: string, content: string) => {
    mkdirSync(join(corpus.path, name, ".."), { recursive: true });
    writeFileSync(join(corpus.path, name), content);
  };
  const compress = (name: string, content: string) => {
    write(name, "");
    writeFileSync(join(corpus.path, name), run("xz", ["-zc"], { input: Buffer.from(content) }));
  };

  beforeAll(() => {
    vi.stubEnv("XDG_CACHE_HOME", join(path, "cache"));
    compress("kernels/6.1.0-1-amd64.btf.xz", "an old kernel");
    compress("kernels/7.3.4+deb13-amd64.btf.xz", "a new kernel");
    compress("modules/6.1.0-1-amd64/bridge.btf.xz", "a module");
    write("objects/tools_1.0_amd64/b.bpf.o", "second");
    write("objects/tools_1.0_amd64/a.bpf.o", "first");
    write("libbpf/6.1.0-1-amd64.jsonl", '{"object": "a", "rc": 0}\n{"object": "b", "rc": -22}\n');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(path, { recursive: true });
  });

  it("lists kernels and decompresses them", () => {
    const read = kernelsOf(corpus).map((kernel) => [kernel.name, Buffer.from(readBytes(kernel)).toString()]);
    expect(read).toEqual([
      ["6.1.0-1-amd64", "an old kernel"],
      ["7.3.4+deb13-amd64", "a new kernel"],
    ]);
  });

  it("decompresses once", () => {
    const paths = [1, 2].map(() => kernelsOf(corpus)[0]?.path);
    expect(paths[0]).toMatch(/\.btf$/);
    expect(paths[1]).toBe(paths[0]);
  });

  it("lists a kernel's modules, and none where it has none", () => {
    expect(modulesOf(corpus, "6.1.0-1-amd64").map(({ name }) => name)).toEqual(["bridge"]);
    expect(modulesOf(corpus, "7.3.4+deb13-amd64")).toEqual([]);
  });

  it("lists objects by package and name", () => {
    expect(objectsOf(corpus).map(({ name }) => name)).toEqual([
      "tools_1.0_amd64/a.bpf.o",
      "tools_1.0_amd64/b.bpf.o",
    ]);
  });

  it("reads answers one by one", () => {
    expect([...answersOf(corpus, "6.1.0-1-amd64")].map(({ object, rc }) => [object, rc])).toEqual([
      ["a", 0],
      ["b", -22],
    ]);
  });

  it("does not take missing answers for no answers", () => {
    expect(() => [...answersOf(corpus, "7.3.4+deb13-amd64")]).toThrow("pnpm answers");
  });
});
