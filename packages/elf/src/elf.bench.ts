import { readFileSync } from "node:fs";
import { bench, describe } from "vitest";
import { sampleElf } from "../test/builder.js";
import { parseElf, replaceSections, symbolsOf } from "./index.js";

describe("a small object", () => {
  const elf = parseElf(sampleElf(64, "little"));
  bench("parseElf", () => void parseElf(elf.bytes));
  bench("symbolsOf", () => void symbolsOf(elf));
  bench("replaceSections", () => void replaceSections(elf, new Map([[1, new Uint8Array(24)]])));
});

describe.runIf(process.platform === "linux")("the program that runs this", () => {
  const bytes = process.platform === "linux" ? readFileSync(process.execPath) : sampleElf(64, "little");
  bench("parseElf", () => void parseElf(bytes));
});
