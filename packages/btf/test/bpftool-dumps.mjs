// Asks a bpftool for its dumps of fixtures and of a corpus's kernels, and keeps their SHA-256:
//   node test/bpftool-dumps.mjs <bpftool 7.8> [arguments before bpftool's own]
// after which test/bpftool-dumps.json is what src/dump/bpftool.test.ts holds our dumps against.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCorpus, kernelsOf } from "@core/corpus";
import { fixturePath, fixtureTargets } from "@core/fixtures";

const FORMATS = {
  raw: { before: [], after: ["format", "raw"] },
  json: { before: ["-j"], after: [] },
  c: { before: [], after: ["format", "c"] },
  unsorted: { before: [], after: ["format", "c", "unsorted"] },
};
/** bpftool does not end on types that contain themselves. */
const SECONDS = 10;

const [program = "bpftool", ...first] = process.argv.slice(2);

/** @type {(path: string) => Record<string, string> | undefined} Nothing where bpftool refuses one of the dumps. */
function hashesOf(path) {
  const hashes = Object.entries(FORMATS).map(([format, { before, after }]) => {
    const args = [...first, ...before, "btf", "dump", "file", path, ...after];
    const { status, stdout } = spawnSync(program, args, { maxBuffer: 1 << 28, timeout: SECONDS * 1000 });
    return status === 0 ? [format, createHash("sha256").update(stdout).digest("hex")] : undefined;
  });
  return hashes.every((entry) => entry !== undefined) ? Object.fromEntries(hashes) : undefined;
}

const corpus = findCorpus();
const files = [
  ...fixtureTargets()
    .filter(({ base }) => base === undefined)
    .map(({ path }) => [path, fixturePath(path)]),
  ...(corpus ? kernelsOf(corpus).map(({ name, path }) => [name, path]) : []),
];
const dumps = Object.fromEntries(
  files.map(([name, path]) => [name, hashesOf(path)]).filter(([, hashes]) => hashes),
);
writeFileSync(join(import.meta.dirname, "bpftool-dumps.json"), `${JSON.stringify(dumps, null, 2)}\n`);
console.log(`${Object.keys(dumps).length} of ${files.length} files`);
