import { describe, expect, test } from "vitest";
import { buildElf, FLAVOURS, type SectionPlan, sampleElf, symbolTable, text } from "../test/builder.js";
import { elfErrorOf } from "../test/errors.js";
import {
  findSection,
  parseElf,
  SHT_DYNSYM,
  SHT_PROGBITS,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_GLOBAL,
  STB_WEAK,
  STT_FUNC,
  STT_OBJECT,
  STV_HIDDEN,
  symbolsOf,
} from "./index.js";

const strtab: SectionPlan = { name: ".strtab", type: SHT_STRTAB, data: text("\0one\0two\0") };

describe.each(FLAVOURS)("%d bits, %s", (elfClass, order) => {
  test("reads every field", () => {
    const symbols = symbolsOf(parseElf(sampleElf(elfClass, order)));
    expect(symbols).toHaveLength(8);
    expect(symbols[2]).toEqual({
      name: "start",
      value: 8n,
      size: 16,
      type: STT_FUNC,
      bind: STB_GLOBAL,
      visibility: 0,
      section: 1,
    });
    expect(symbols[4]).toMatchObject({ name: "ze", bind: STB_WEAK, visibility: STV_HIDDEN });
    expect(symbols[6]).toMatchObject({ name: "size", type: STT_OBJECT, value: 0x7fff_ffffn });
  });

  test("tells sections from what is none", () => {
    const symbols = symbolsOf(parseElf(sampleElf(elfClass, order)));
    expect(symbols.map((symbol) => symbol.section)).toEqual([
      "undef",
      1,
      1,
      "common",
      "undef",
      "abs",
      2,
      "reserved",
    ]);
  });
});

test("a file without a symbol table has no symbols", () => {
  expect(symbolsOf(parseElf(buildElf({ sections: [] })))).toEqual([]);
});

test("the addresses of a kernel image are exact", () => {
  const value = 0xffff_ffff_8100_0001n;
  const data = symbolTable("little", 64, [{ name: 1, value, shndx: 1 }]);
  const elf = parseElf(
    buildElf({ sections: [strtab, { name: ".symtab", type: SHT_SYMTAB, data, link: 1, entsize: 24 }] }),
  );
  expect(symbolsOf(elf)[1]?.value).toBe(value);
});

test("dynamic symbols are read when asked for", () => {
  const table = (name: number) => symbolTable("big", 32, [{ name }]);
  const elf = parseElf(
    buildElf({
      class: 32,
      order: "big",
      sections: [
        strtab,
        { name: ".dynsym", type: SHT_DYNSYM, data: table(1), link: 1, entsize: 16 },
        { name: ".symtab", type: SHT_SYMTAB, data: table(5), link: 1, entsize: 16 },
      ],
    }),
  );
  expect(symbolsOf(elf)[1]?.name).toBe("two");
  expect(symbolsOf(elf, elf.sections[2])[1]?.name).toBe("one");
});

describe("malformed symbol tables", () => {
  const symbolsIn = (
    table: Partial<SectionPlan>,
    symbols = symbolTable("little", 64, [{ name: 1 }]),
    others: SectionPlan[] = [],
  ) => {
    const symtab: SectionPlan = {
      name: ".symtab",
      type: SHT_SYMTAB,
      data: symbols,
      link: 1,
      entsize: 24,
      ...table,
    };
    const elf = parseElf(buildElf({ sections: [strtab, symtab, ...others] }));
    return elfErrorOf(() => symbolsOf(elf));
  };
  const one = (plan: Parameters<typeof symbolTable>[2][number]) =>
    symbolsIn({}, symbolTable("little", 64, [plan]));
  const shndx = (length: number, section: number, link = 2): SectionPlan => ({
    name: ".symtab_shndx",
    type: 18,
    data: Uint8Array.from([0, 0, 0, 0, section, 0, 0, 0]).subarray(0, length),
    link,
  });
  const extended = symbolTable("little", 64, [{ name: 1, shndx: 0xffff }]);

  test.each([
    ["half a symbol", () => symbolsIn({ size: 47 }), "bad-table"],
    ["symbols of 16 bytes", () => symbolsIn({ entsize: 16 }), "bad-table"],
    ["symbols of no bytes", () => symbolsIn({ entsize: 0 }), "bad-table"],
    ["names in no section", () => symbolsIn({ link: 9 }), "bad-link"],
    ["names in itself", () => symbolsIn({ link: 2 }), "bad-link"],
    ["names in section 0", () => symbolsIn({ link: 0 }), "bad-link"],
    ["name at the end of the strings", () => one({ name: 9 }), "bad-name"],
    ["size above 2^53", () => one({ name: 1, size: 1n << 53n }), "too-large"],
    ["no such section", () => one({ name: 1, shndx: 4 }), "bad-index"],
    ["extended index, but none given", () => symbolsIn({}, extended), "bad-index"],
    ["extended indices too short", () => symbolsIn({}, extended, [shndx(7, 1)]), "bad-index"],
    ["extended index of no section", () => symbolsIn({}, extended, [shndx(8, 5)]), "bad-index"],
    ["extended indices of another table", () => symbolsIn({}, extended, [shndx(8, 1, 1)]), "bad-index"],
    [
      "two symbol tables",
      () => symbolsIn({}, undefined, [{ name: "again", type: SHT_SYMTAB, link: 1 }]),
      "bad-table",
    ],
  ])("%s", (_, run, code) => {
    expect(run()?.code).toBe(code);
  });

  test("an empty one is none of these", () => {
    expect(symbolsIn({ entsize: 0 }, new Uint8Array())).toBeUndefined();
  });

  test("extended indices of a section, or of none", () => {
    const symtab = { name: "", type: SHT_SYMTAB, data: extended, link: 1, entsize: 24 };
    const placeIn = (section: number) =>
      symbolsOf(parseElf(buildElf({ sections: [strtab, symtab, shndx(8, section)] })))[1]?.section;
    expect(placeIn(4)).toBe(4);
    expect(placeIn(0)).toBe("undef");
  });

  test("errors say where in the file", () => {
    const error = one({ name: 1, shndx: 0xfe00 });
    expect(error?.message).toMatch(
      /^elf: symbol 1 of section \.symtab \[2\] is in section 65024 of 4 \(offset/,
    );
    expect(error?.site).toEqual({ section: ".symtab", offset: 64 + 9 + 24 });
    expect(one({ name: 1, size: 1n << 53n })?.site.offset).toBe(64 + 9 + 24 + 16);
  });

  test("another section is no symbol table", () => {
    const elf = parseElf(sampleElf(64, "little"));
    expect(elfErrorOf(() => symbolsOf(elf, findSection(elf, ".text")))?.code).toBe("bad-table");
  });

  test("a name that does not end inside its strings", () => {
    const bytes = sampleElf(64, "little");
    const strings = findSection(parseElf(bytes), ".strtab")!;
    bytes[strings.offset + strings.size - 1] = 0x41;
    const error = elfErrorOf(() => symbolsOf(parseElf(bytes)));
    expect(error).toMatchObject({
      code: "bad-name",
      site: { section: ".strtab", offset: strings.offset + 12 },
    });
  });
});

test("many symbols that share one long name are an error soon, not gigabytes", () => {
  const names = new Uint8Array((1 << 20) + 1).fill(0x61, 0, 1 << 20);
  const elf = parseElf(
    buildElf({
      sections: [
        { name: ".strtab", type: SHT_STRTAB, data: names },
        { name: ".symtab", type: SHT_SYMTAB, data: new Uint8Array(24 * 50_000), link: 1, entsize: 24 },
        { name: ".text", type: SHT_PROGBITS },
      ],
    }),
  );
  const started = process.cpuUsage();
  expect(elfErrorOf(() => symbolsOf(elf))?.code).toBe("names-too-long");
  expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
});
