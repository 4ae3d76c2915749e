import { readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { program } from "../../test/check-report.js";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, objectFile, run } from "../../test/run.js";
import { cacheFolder } from "../common/cache-folder.js";
import { cacheFile, type Known, readCache, writeCache } from "./cache.js";

const FACTS = [{ entry: "", arch: "x86_64", order: "little", modules: [], notes: [] }] as const;
const check = (name: string) =>
  [{ verdict: "loads", reasons: [], programs: [program(name)], absences: null }] as const;
const known = (...hashes: readonly string[]): Known => ({
  facts: FACTS,
  checks: new Map(hashes.map((hash) => [hash, check(hash)])),
});

describe("the cache", () => {
  it("gives back what was asked for, and keeps the rest", async () => {
    await inFolder((folder) => {
      const file = cacheFile(folder, "abcdef");
      expect(readCache(file, new Set(["a"]))).toBeUndefined();
      writeCache(file, known("a", "b"));
      writeCache(file, known("c"));
      expect(readCache(file, new Set(["a", "c", "d"]))).toEqual(known("a", "c"));
    });
  });

  it("takes anything that is damaged for missing, wherever it is", async () => {
    await inFolder((folder) => {
      const file = cacheFile(folder, "abcdef");
      writeCache(file, known("a", "b"));
      const good = readFileSync(file);
      for (let at = 0; at < good.length; at += 3) {
        const damaged = Buffer.from(good);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        writeFileSync(file, damaged);
        const found = readCache(file, new Set(["a", "b"]));
        // Some of it is gone, and what is left is right.
        if (found === undefined) continue;
        expect(found.checks.size).toBeLessThan(2);
        for (const [hash, checks] of found.checks) expect(checks).toEqual(check(hash));
      }
      for (const length of [0, 10, good.length - 1]) {
        writeFileSync(file, good.subarray(0, length));
        expect(readCache(file, new Set(["a", "b"]))?.checks.size ?? 0).toBeLessThan(2);
      }
    });
  });

  it("trusts no link, and nothing that is somebody else's", async () => {
    await inFolder((folder) => {
      const file = cacheFile(folder, "abcdef");
      const other = join(folder, "other");
      writeCache(file, known("a"));
      expect(statSync(dirname(file)).mode & 0o077).toBe(0);
      const wanted = new Set(["a", "b"]);
      renameSync(file, other);
      symlinkSync(other, file);
      const content = readFileSync(other);
      expect(readCache(file, wanted)).toBeUndefined();
      writeCache(file, known("b"));
      expect(readFileSync(other)).toEqual(content);
      rmSync(file);
      renameSync(other, file);
      const getuid = vi.spyOn(process, "getuid").mockReturnValue(12345);
      expect(readCache(file, wanted)).toBeUndefined();
      writeCache(file, known("b"));
      writeCache(cacheFile(folder, "abdddd"), known("b"));
      getuid.mockRestore();
      expect(readCache(file, wanted)).toEqual(known("a"));
      expect(readdirSync(dirname(file))).toHaveLength(1);
    });
  });

  it("is where the XDG Base Directory Specification says", () => {
    expect(cacheFolder("check", { XDG_CACHE_HOME: "/x" })).toBe("/x/bpf-core/check");
    expect(cacheFolder("check", { XDG_CACHE_HOME: "relative" })).toBe(
      join(homedir(), ".cache/bpf-core/check"),
    );
  });
});

describe("a run with the cache", () => {
  beforeEach(() => () => vi.unstubAllEnvs());

  const json = async (...objects: readonly string[]) => {
    const args = ["check", ...objects, "-t", EXAMPLE_KERNEL, "--jobs", "1", "--reporter", "json"];
    return (await run(args)).stdout.toString();
  };

  const filesIn = (folder: string): readonly string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));

  it("says the same as the first, computes what is new, and mends what is damaged", async () => {
    await inFolder(async (folder) => {
      vi.stubEnv("XDG_CACHE_HOME", folder);
      const first = await json(EXAMPLE);
      const [file = "", ...others] = filesIn(folder);
      expect(others).toEqual([]);
      const content = readFileSync(file, "utf8");
      expect(await json(EXAMPLE)).toBe(first);
      const both = await json(EXAMPLE, objectFile("plain"));
      expect(JSON.parse(both).programs.length).toBeGreaterThan(JSON.parse(first).programs.length);
      expect(readFileSync(file, "utf8").split("\n").length).toBe(content.split("\n").length + 1);
      writeFileSync(file, content.replaceAll("fails", "loads"));
      expect(await json(EXAMPLE)).toBe(first);
      expect(readFileSync(file, "utf8")).toBe(content);
    });
  });
});
