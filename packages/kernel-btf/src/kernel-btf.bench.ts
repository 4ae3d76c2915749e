import { gzipSync } from "node:zlib";
import { bench, describe } from "vitest";
import { bzImage, vmlinux } from "../test/build.js";
import { fixtures } from "../test/fixtures.js";
import { type Compression, compressionAt, DECODERS } from "./compression/index.js";
import { extractBtf } from "./index.js";

describe("700 kB of text, compressed with", () => {
  for (const { name, bytes } of fixtures()) {
    const format: Compression | undefined = name.startsWith("lines.") ? compressionAt(bytes, 0) : undefined;
    if (format === undefined) continue;
    bench(name, () => {
      for (const piece of DECODERS[format](bytes)) void piece;
    });
  }
});

describe("a small kernel", () => {
  const image = bzImage(gzipSync(vmlinux()));
  bench("extractBtf", () => void extractBtf(image));
});
