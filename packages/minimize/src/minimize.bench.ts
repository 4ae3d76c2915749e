import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseBtf } from "@core/btf";
import { findCorpus, kernelsOf, objectsOf, readBytes } from "@core/corpus";
import { openObject } from "@core/relocate";
import { afterAll, bench, describe } from "vitest";
import { minimize } from "./index.js";

const corpus = findCorpus();
const bySize = <T extends { readonly path: string }>(files: readonly T[]): T | undefined =>
  [...files].sort((a, b) => statSync(b.path).size - statSync(a.path).size)[0];
const kernel = corpus && bySize(kernelsOf(corpus));
const object = corpus && bySize(objectsOf(corpus));
const hasBpftool = spawnSync("bpftool", ["version"]).status === 0;

if (kernel !== undefined && object !== undefined) {
  const [kernelBytes, objectBytes] = [readBytes(kernel), readBytes(object)];
  const parsed = { kernel: parseBtf(kernelBytes) };
  const opened = openObject(objectBytes);

  describe(`${object.name} on ${kernel.name}`, () => {
    bench("minimize, target parsed", () => void minimize([opened], parsed));
    bench("parse both and minimize", () => {
      minimize([openObject(objectBytes)], { kernel: parseBtf(kernelBytes) });
    });
    if (hasBpftool) {
      const folder = mkdtempSync(join(tmpdir(), "minimize-"));
      afterAll(() => rmSync(folder, { recursive: true }));
      const output = join(folder, "min.btf");
      bench("bpftool gen min_core_btf, as a process", () => {
        execFileSync("bpftool", ["gen", "min_core_btf", kernel.path, output, object.path]);
      });
    }
    bench("Node without a program, as a process", () => void execFileSync(process.execPath, ["-e", ""]));
  });
}
