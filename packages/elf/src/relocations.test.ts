import { describe, expect, test } from "vitest";
import {
  buildElf,
  FLAVOURS,
  relocationTable,
  type SectionPlan,
  sampleElf,
  symbolTable,
} from "../test/builder.js";
import { elfErrorOf } from "../test/errors.js";
import { findSection, parseElf, relocationsOf, SHT_DYNSYM, SHT_REL, SHT_RELA, SHT_SYMTAB } from "./index.js";

describe.each(FLAVOURS)("%d bits, %s", (elfClass, order) => {
  const elf = parseElf(sampleElf(elfClass, order));

  test("SHT_REL", () => {
    expect(relocationsOf(elf, findSection(elf, ".rel.text")!)).toEqual([
      { offset: 0n, type: 1, symbolIndex: 2, addend: undefined },
      { offset: 8n, type: 2, symbolIndex: 4, addend: undefined },
      { offset: 16n, type: 10, symbolIndex: 0, addend: undefined },
    ]);
  });

  test("SHT_RELA", () => {
    expect(relocationsOf(elf, findSection(elf, ".rela.text")!)).toEqual([
      { offset: 0n, type: 1, symbolIndex: 2, addend: -4n },
      { offset: 8n, type: 2, symbolIndex: 4, addend: 0x1234n },
      { offset: 16n, type: 10, symbolIndex: 0, addend: 0n },
    ]);
  });
});

/** Relocations in section 2, for the symbols of section 1: two. */
function relocationsIn(
  plan: Partial<SectionPlan> & { machine?: number; symbols?: number },
  elfClass: 32 | 64 = 64,
) {
  const order = "little";
  const entsize = elfClass === 32 ? 8 : 16;
  const data = relocationTable(order, elfClass, [{ offset: 0n, symbol: 1, type: 1 }], false);
  const symbols = symbolTable(order, elfClass, [{ name: 0 }]);
  const elf = parseElf(
    buildElf({
      class: elfClass,
      machine: plan.machine ?? 0,
      sections: [
        {
          name: ".symtab",
          type: plan.symbols ?? SHT_SYMTAB,
          data: symbols,
          entsize: elfClass === 32 ? 16 : 24,
        },
        { name: ".rel.text", type: SHT_REL, data, link: 1, entsize, ...plan },
      ],
    }),
  );
  return relocationsOf(elf, elf.sections[2]!);
}

test("type and symbol fill their bits", () => {
  const wide = [{ offset: 0xffff_ffff_ffff_fff8n, symbol: 1, type: 0xffff_ffff, addend: -(1n << 63n) }];
  const data = relocationTable("little", 64, wide, true);
  expect(relocationsIn({ type: SHT_RELA, data, entsize: 24 })).toEqual([
    { offset: 0xffff_ffff_ffff_fff8n, symbolIndex: 1, type: 0xffff_ffff, addend: -(1n << 63n) },
  ]);
  const narrow = relocationTable("little", 32, [{ offset: 0xffff_fff8n, symbol: 1, type: 0xff }], false);
  expect(relocationsIn({ data: narrow }, 32)).toEqual([
    { offset: 0xffff_fff8n, symbolIndex: 1, type: 0xff, addend: undefined },
  ]);
  const highest = relocationTable("little", 32, [{ offset: 0n, symbol: 0xff_ffff, type: 0 }], false);
  expect(elfErrorOf(() => relocationsIn({ data: highest }, 32))?.message).toMatch(/symbol 16777215 of 2/);
});

test("without a symbol table only relocations without a symbol are possible", () => {
  const data = relocationTable("little", 64, [{ offset: 0n, symbol: 0, type: 37 }], false);
  expect(relocationsIn({ data, link: 0 })).toHaveLength(1);
  expect(elfErrorOf(() => relocationsIn({ link: 0 }))?.code).toBe("bad-index");
});

test("the symbols may be the dynamic ones", () => {
  expect(relocationsIn({ symbols: SHT_DYNSYM })).toHaveLength(1);
});

test.each([
  ["half a relocation", { size: 15 }, "bad-table"],
  ["relocations of 24 bytes without addend", { entsize: 24 }, "bad-table"],
  ["addends that are not there", { type: SHT_RELA }, "bad-table"],
  ["no relocations", { type: 1 }, "bad-table"],
  ["symbols in no section", { link: 4 }, "bad-link"],
  ["symbols in itself", { link: 2 }, "bad-link"],
  ["symbols in another kind of section", { symbols: 1 }, "bad-link"],
  ["little-endian MIPS64", { machine: 8 }, "unsupported"],
])("malformed: %s", (_, plan, code) => {
  expect(elfErrorOf(() => relocationsIn(plan))?.code).toBe(code);
});

test("the first symbol that does not exist is an error, the last that does is not", () => {
  const naming = (symbol: number) => ({ offset: 0n, symbol, type: 1 });
  const data = relocationTable("little", 64, [naming(1), naming(2)], false);
  expect(relocationsIn({ data: data.subarray(0, 16) })).toHaveLength(1);
  const error = elfErrorOf(() => relocationsIn({ data }));
  // Behind the ELF header, two symbols and the first relocation.
  expect(error).toMatchObject({ code: "bad-index", site: { section: ".rel.text", offset: 64 + 48 + 16 } });
  expect(error?.message).toContain("relocation 1 of section .rel.text [2]: symbol 2 of 2");
});
