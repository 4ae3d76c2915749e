import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseBtf } from "@core/btf";
import { findCorpus, kernelsOf, modulesOf, objectsOf, readBytes } from "@core/corpus";
import { openObject } from "@core/relocate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decisionsOf, parseMinimized } from "../test/decisions.js";
import { minimize } from "./index.js";

const TIMEOUT = 600_000;

const corpus = findCorpus();
const kernels = corpus ? kernelsOf(corpus).map(({ name }) => name) : [];
const kernelOf = (release: string) => kernelsOf(corpus!).find(({ name }) => name === release)!;
const hasBpftool = spawnSync("bpftool", ["version"]).status === 0;
if (!hasBpftool && process.env["CI"] === "true") throw new Error("no bpftool to compare with");

/** Every object of the corpus. A kernel of foreign byte order is none that it could be relocated against. */
const objects = corpus
  ? objectsOf(corpus).map((file) => ({ file, object: openObject(readBytes(file)) }))
  : [];

describe.skipIf(corpus === undefined)("objects of the corpus", () => {
  it.each(kernels)("are relocated on what is kept of %s as on all of it", { timeout: TIMEOUT }, (release) => {
    const target = { kernel: parseBtf(readBytes(kernelOf(release))) };
    for (const { file, object } of objects) {
      const bytes = minimize([object], target).kernel;
      const kernel = parseBtf(bytes);
      expect(decisionsOf(object, { kernel }), file.name).toEqual(decisionsOf(object, target));
      expect(minimize([object], { kernel }).kernel, `${file.name}, minimised twice`).toEqual(bytes);
    }
    const opened = objects.map(({ object }) => object);
    const minimized = parseMinimized(minimize(opened, target));
    for (const { file, object } of objects) {
      expect(decisionsOf(object, minimized), file.name).toEqual(decisionsOf(object, target));
    }
  });

  it("and with modules", { timeout: TIMEOUT }, () => {
    for (const release of kernels) {
      const kernel = parseBtf(readBytes(kernelOf(release)));
      const modules = modulesOf(corpus!, release).map((file) => ({
        name: file.name,
        btf: parseBtf(readBytes(file), { base: kernel }),
      }));
      if (modules.length === 0) continue;
      const target = { kernel, modules };
      for (const { file, object } of objects) {
        const minimized = parseMinimized(minimize([object], target));
        expect(decisionsOf(object, minimized), file.name).toEqual(decisionsOf(object, target));
      }
    }
  });
});

describe.skipIf(corpus === undefined || !hasBpftool)(
  "what is kept is never more than what bpftool keeps",
  () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "minimize-"));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    function bpftoolSize(kernelPath: string, ...objectPaths: readonly string[]): number {
      const output = join(folder, "min.btf");
      execFileSync("bpftool", ["gen", "min_core_btf", kernelPath, output, ...objectPaths], { stdio: "pipe" });
      return statSync(output).size;
    }

    it.each(kernels)("%s", { timeout: TIMEOUT }, (release) => {
      const file = kernelOf(release);
      const target = { kernel: parseBtf(readBytes(file)) };
      const sizes = objects.map(({ file: { name, path }, object }) => ({
        name,
        ours: minimize([object], target).kernel.length,
        theirs: bpftoolSize(file.path, path),
      }));
      const together = {
        name: "all together",
        ours: minimize(
          objects.map(({ object }) => object),
          target,
        ).kernel.length,
        theirs: bpftoolSize(file.path, ...objects.map(({ file: { path } }) => path)),
      };
      expect([...sizes, together].filter(({ ours, theirs }) => ours > theirs)).toEqual([]);
      const sum = (of: "ours" | "theirs") => sizes.reduce((total, size) => total + size[of], 0);
      const percent = Math.round((100 * sum("ours")) / sum("theirs"));
      console.log(
        `${release}: ${sizes.length} objects, ${percent} % of bpftool's bytes; all together ${together.ours} bytes for ${together.theirs}`,
      );
    });
  },
);
