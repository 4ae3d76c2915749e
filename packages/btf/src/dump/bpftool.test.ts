import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findCorpus, kernelsOf } from "@core/corpus";
import { readFixture } from "@core/fixtures";
import { describe, expect, it } from "vitest";
import { parseBtf } from "../parse.js";
import { type Chunks, dumpC, dumpJson, dumpRaw } from "./index.js";

type Format = "raw" | "json" | "c" | "unsorted";

/** SHA-256 of what bpftool 7.8 printed, kept by test/bpftool-dumps.mjs. */
const dumps: Record<string, Record<Format, string>> = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../test/bpftool-dumps.json"), "utf8"),
);

function hashOf(chunks: Chunks): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

function hashesOf(bytes: Uint8Array): Record<Format, string> {
  const btf = parseBtf(bytes);
  return {
    raw: hashOf(dumpRaw(btf)),
    json: hashOf(dumpJson(btf)),
    c: hashOf(dumpC(btf, { style: "bpftool" })),
    unsorted: hashOf(dumpC(btf, { style: "bpftool", unsorted: true })),
  };
}

describe("dumps are bpftool 7.8's, byte for byte", () => {
  it.each(Object.keys(dumps).filter((name) => name.endsWith(".btf")))("of the fixture %s", (path) => {
    expect(hashesOf(readFixture(path))).toEqual(dumps[path]);
  });

  const corpus = findCorpus();
  const kernels = corpus ? kernelsOf(corpus).filter(({ name }) => name in dumps) : [];
  it.skipIf(kernels.length === 0).each(kernels)("of the kernel $name", ({ name, path }) => {
    expect(hashesOf(new Uint8Array(readFileSync(path)))).toEqual(dumps[name]);
  });
});
