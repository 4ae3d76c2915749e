import { describe, expect, test } from "vitest";
import { buildElf, FLAVOURS, headerFields, poke, sampleElf, text } from "../test/builder.js";
import { elfErrorOf } from "../test/errors.js";
import {
  findSection,
  parseElf,
  SHF_COMPRESSED,
  SHT_NOBITS,
  SHT_PROGBITS,
  SHT_STRTAB,
  sectionBytes,
} from "./index.js";

const H64 = headerFields(64);

describe.each(FLAVOURS)("%d bits, %s", (elfClass, order) => {
  test("reads the header", () => {
    const bytes = sampleElf(elfClass, order);
    const elf = parseElf(bytes);
    expect(elf).toMatchObject({ order, class: elfClass, type: 1, machine: 22, flags: 0x8000_0001 });
    expect(elf.bytes).toBe(bytes);
  });

  test("finds sections and their bytes without copying", () => {
    const elf = parseElf(sampleElf(elfClass, order));
    const note = findSection(elf, "note");
    expect(note?.index).toBe(8);
    const bytes = sectionBytes(elf, note!);
    expect(bytes).toEqual(text("hello"));
    expect(bytes.buffer).toBe(elf.bytes.buffer);
    expect(findSection(elf, "not")).toBeUndefined();
  });

  test("a section without bytes is empty", () => {
    const elf = parseElf(sampleElf(elfClass, order));
    const bss = findSection(elf, ".bss");
    expect(bss?.size).toBe(0x1000);
    expect(sectionBytes(elf, bss!)).toHaveLength(0);
    expect(sectionBytes(elf, elf.sections[0]!)).toHaveLength(0);
  });

  test("section numbers may be in section header 0", () => {
    const plain = parseElf(sampleElf(elfClass, order));
    const extended = parseElf(sampleElf(elfClass, order, true));
    expect(extended.sections.slice(1)).toEqual(plain.sections.slice(1));
  });
});

test("reads bytes that are a misaligned part of a larger buffer", () => {
  const bytes = sampleElf(64, "little");
  const larger = new Uint8Array(bytes.length + 10).fill(0xff);
  larger.set(bytes, 3);
  const elf = parseElf(larger.subarray(3, 3 + bytes.length));
  expect(elf.sections).toEqual(parseElf(bytes).sections);
  expect(sectionBytes(elf, elf.sections[8]!)).toEqual(text("hello"));
});

test("more than 65,279 sections", () => {
  const many = Array.from({ length: 0x10000 }, (_, i) => ({ name: `s${i}`, type: SHT_PROGBITS }));
  const elf = parseElf(buildElf({ sections: many }));
  expect(elf.sections).toHaveLength(0x10002);
  expect(elf.sections[0x10000]?.name).toBe("s65535");
  expect(findSection(elf, ".shstrtab")?.index).toBe(0x10001);
});

test("the addresses of a kernel image are exact", () => {
  const addr = 0xffff_ffff_8100_0001n;
  const elf = parseElf(buildElf({ sections: [{ name: ".text", type: SHT_PROGBITS, addr }] }));
  expect(elf.sections[1]?.addr).toBe(addr);
});

test("names are UTF-8, and of several sections with one name the first is found", () => {
  const sections = ["é", "twice", "twice"].map((name) => ({ name, type: SHT_PROGBITS }));
  const elf = parseElf(buildElf({ sections }));
  expect(elf.sections[1]?.name).toBe("é");
  expect(findSection(elf, "twice")?.index).toBe(2);
});

test("a file without section headers has no sections", () => {
  const bytes = buildElf({ programHeaders: 1, sections: [] });
  poke(bytes, "little", H64.shoff, 8, 0);
  poke(bytes, "little", H64.shnum, 2, 0);
  poke(bytes, "little", H64.shstrndx, 2, 0);
  expect(parseElf(bytes).sections).toEqual([]);
  poke(bytes, "little", H64.shstrndx, 2, 0xffff);
  expect(elfErrorOf(() => parseElf(bytes))?.code).toBe("bad-link");
});

test("without program headers their offset means nothing", () => {
  const bytes = sampleElf(64, "little");
  poke(bytes, "little", H64.phoff, 8, -1n);
  expect(parseElf(bytes).sections).toHaveLength(10);
});

test("without a section of names, all are empty", () => {
  const bytes = buildElf({ sections: [] });
  poke(bytes, "little", H64.shstrndx, 2, 0);
  const shoff = new DataView(bytes.buffer).getUint32(H64.shoff, true);
  poke(bytes, "little", shoff + 64, 4, 0);
  expect(parseElf(bytes).sections.map((section) => section.name)).toEqual(["", ""]);
  poke(bytes, "little", shoff + 64, 4, 1);
  expect(elfErrorOf(() => parseElf(bytes))?.code).toBe("bad-name");
});

test("a section that takes no bytes may claim any", () => {
  const beyond = { type: SHT_NOBITS, offset: 2 ** 40, size: 2 ** 50 };
  const elf = parseElf(
    buildElf({
      sections: [
        { name: ".bss", ...beyond },
        { name: "unused", ...beyond, type: 0 },
        { name: "empty", type: SHT_PROGBITS, offset: 2 ** 40 },
      ],
    }),
  );
  for (const section of elf.sections.slice(1, 4)) expect(sectionBytes(elf, section)).toHaveLength(0);
});

describe("malformed headers", () => {
  const edited = (edit: (bytes: Uint8Array) => void) => {
    const bytes = sampleElf(64, "little");
    edit(bytes);
    return elfErrorOf(() => parseElf(bytes));
  };
  const field = (offset: number, length: number, value: bigint | number) =>
    edited((bytes) => poke(bytes, "little", offset, length, value));
  /** Field at `offset` of the section header of `.text`. */
  const textField = (offset: number, length: number, value: bigint | number) =>
    edited((bytes) => {
      const shoff = new DataView(bytes.buffer).getUint32(H64.shoff, true);
      poke(bytes, "little", shoff + 64 + offset, length, value);
    });

  test.each([
    ["no bytes", () => elfErrorOf(() => parseElf(new Uint8Array())), "not-elf", 0],
    ["other magic", () => field(3, 1, 0x47), "not-elf", 0],
    ["class", () => field(4, 1, 3), "unsupported", 4],
    ["byte order", () => field(5, 1, 0), "unsupported", 5],
    ["version", () => field(6, 1, 2), "unsupported", 6],
    [
      "only a magic",
      () => elfErrorOf(() => parseElf(sampleElf(64, "little").subarray(0, 15))),
      "past-end",
      0,
    ],
    [
      "half a header",
      () => elfErrorOf(() => parseElf(sampleElf(64, "little").subarray(0, 63))),
      "past-end",
      0,
    ],
    ["sections beyond the file", () => field(H64.shoff, 8, 0x10000), "past-end", 0x10000],
    ["sections beyond 2^53", () => field(H64.shoff, 8, 1n << 53n), "too-large", H64.shoff],
    ["sections nowhere", () => field(H64.shoff, 8, 0), "bad-header", H64.shnum],
    ["section headers of 40 bytes", () => field(H64.shentsize, 2, 40), "bad-header", H64.shentsize],
    ["one section too many", () => field(H64.shnum, 2, 11), "past-end", undefined],
    ["names in no section", () => field(H64.shstrndx, 2, 10), "bad-link", H64.shstrndx],
    ["names in the code", () => field(H64.shstrndx, 2, 1), "bad-link", 64],
    ["name outside", () => textField(0, 4, 0xffff_ffff), "bad-name", undefined],
    ["contents one byte too long", () => textField(32, 8, 1 << 20), "past-end", 64],
    ["contents at 2^52", () => textField(24, 8, 1n << 52n), "past-end", 2 ** 52],
    ["size of 2^64 - 1", () => textField(32, 8, -1n), "too-large", undefined],
  ])("%s", (_, run, code, offset) => {
    const error = run();
    expect(error?.code).toBe(code);
    if (offset !== undefined) expect(error?.site.offset).toBe(offset);
  });

  test("2^32 sections in a small file", () => {
    const bytes = sampleElf(64, "little", true);
    const shoff = new DataView(bytes.buffer).getUint32(H64.shoff, true);
    poke(bytes, "little", shoff + 32, 8, 2 ** 32);
    expect(elfErrorOf(() => parseElf(bytes))?.code).toBe("past-end");
    poke(bytes, "little", shoff + 32, 8, 1n << 63n);
    expect(elfErrorOf(() => parseElf(bytes))?.code).toBe("too-large");
  });

  test("the number of sections is in a section header that is not there", () => {
    const bytes = sampleElf(64, "little", true);
    poke(bytes, "little", H64.shoff, 8, bytes.length - 63);
    expect(elfErrorOf(() => parseElf(bytes))?.code).toBe("past-end");
  });

  test("a name that does not end", () => {
    const bytes = buildElf({ sections: [] });
    const elf = parseElf(bytes);
    const names = elf.sections[1]!;
    bytes[names.offset + names.size - 1] = 0x41;
    const error = elfErrorOf(() => parseElf(bytes));
    expect(error).toMatchObject({ code: "bad-name", site: { section: "[1]" } });
  });

  test("compressed names", () => {
    const error = edited((bytes) => {
      const shoff = new DataView(bytes.buffer).getUint32(H64.shoff, true);
      poke(bytes, "little", shoff + 9 * 64 + 8, 8, SHF_COMPRESSED);
    });
    expect(error?.code).toBe("bad-link");
  });

  test("errors name the section", () => {
    const error = textField(32, 8, 0x1000);
    expect(error).toMatchObject({ name: "ElfError", site: { offset: 64, section: ".text" } });
    expect(error?.message).toMatch(/^elf: section \.text \[1\] ends at 0x1040, past the end of \d+ bytes/);
  });
});

test("many headers that share one long name are an error soon, not gigabytes", () => {
  const length = 1 << 20;
  const names = new Uint8Array(length + 1).fill(0x61);
  names[length] = 0;
  const bytes = buildElf({
    sections: [
      ...Array.from({ length: 5000 }, () => ({ name: "", type: SHT_PROGBITS })),
      { name: "", type: SHT_STRTAB, data: names },
    ],
  });
  poke(bytes, "little", H64.shstrndx, 2, 5001);
  const shoff = Number(new DataView(bytes.buffer).getBigUint64(H64.shoff, true));
  for (let index = 0; index < 5003; index++) poke(bytes, "little", shoff + 64 * index, 4, 0);
  const started = process.cpuUsage();
  expect(elfErrorOf(() => parseElf(bytes))?.code).toBe("names-too-long");
  expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
});
