import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FLAVOURS, sampleElf } from "../test/builder.js";
import { corpusObjects } from "../test/corpus.js";
import { hasReadelf, readelf } from "../test/readelf.js";
import {
  type Elf,
  parseElf,
  relocationsOf,
  replaceSections,
  SHT_DYNSYM,
  SHT_REL,
  SHT_RELA,
  SHT_SYMTAB,
  STT_SECTION,
  symbolsOf,
} from "./index.js";

const inCi = process.env.CI === "true";
const objects = corpusObjects();
const scratch = mkdtempSync(join(tmpdir(), "elf-"));
afterAll(() => rmSync(scratch, { recursive: true }));

test.runIf(inCi)("CI has readelf and the corpus", () => {
  expect(hasReadelf).toBe(true);
  expect(objects.length).toBeGreaterThan(0);
});

/** readelf shows a section's symbol under the section's name. */
function shownSymbols(elf: Elf, table: Elf["sections"][number]) {
  return symbolsOf(elf, table).map((symbol) =>
    symbol.type === STT_SECTION && symbol.name === "" && typeof symbol.section === "number"
      ? { ...symbol, name: elf.sections[symbol.section]?.name }
      : symbol,
  );
}

function expectLikeReadelf(path: string): { symbols: number; relocations: number } {
  const elf = parseElf(readFileSync(path));
  const expected = readelf(path);
  const counts = { symbols: 0, relocations: 0 };

  expect(elf.sections).toEqual(
    // A type that only this processor has is shown by a name.
    expected.sections.map((section, index) =>
      typeof section.type === "string" ? { ...section, type: elf.sections[index]?.type } : section,
    ),
  );
  for (const section of elf.sections) {
    if (section.type === SHT_SYMTAB || section.type === SHT_DYNSYM) {
      const symbols = shownSymbols(elf, section);
      expect(symbols).toEqual(expected.symbols.get(section.name));
      counts.symbols += symbols.length;
    }
    if ((section.type === SHT_REL || section.type === SHT_RELA) && section.size > 0) {
      const relocations = relocationsOf(elf, section);
      expect(relocations).toEqual(expected.relocations.get(section.offset));
      counts.relocations += relocations.length;
    }
  }
  return counts;
}

describe.runIf(hasReadelf)("same as readelf", () => {
  for (const [elfClass, order] of FLAVOURS) {
    for (const extended of [false, true]) {
      test(`built object: ${elfClass} bits, ${order}${extended ? ", extended numbering" : ""}`, () => {
        const path = join(scratch, `${elfClass}-${order}-${extended}.o`);
        writeFileSync(path, sampleElf(elfClass, order, extended));
        expect(expectLikeReadelf(path)).toEqual({ symbols: 8, relocations: 6 });
      });
    }
  }

  test.runIf(process.platform === "linux")("the program that runs this test", () => {
    expect(expectLikeReadelf(process.execPath).symbols).toBeGreaterThan(0);
  });

  for (const path of objects) {
    test(`corpus: ${basename(path)}`, () => {
      expect(expectLikeReadelf(path).symbols).toBeGreaterThan(0);
    });
  }

  for (const [elfClass, order] of FLAVOURS) {
    test(`a rewritten object: ${elfClass} bits, ${order}`, () => {
      const elf = parseElf(sampleElf(elfClass, order));
      const replaced = replaceSections(
        elf,
        new Map([
          [1, new Uint8Array(8)],
          [8, new Uint8Array(99)],
        ]),
      );
      const path = join(scratch, `replaced-${elfClass}-${order}.o`);
      writeFileSync(path, replaced);
      const sizes = readelf(path).sections.map((section) => section.size);
      const before = elf.sections.map((section) => section.size);
      expect(sizes).toEqual(before.with(1, 8).with(8, 99));
    });
  }
});
