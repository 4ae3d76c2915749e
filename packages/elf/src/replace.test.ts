import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildElf, type ElfPlan, FLAVOURS, headerFields, poke, sampleElf, text } from "../test/builder.js";
import { elfErrorOf } from "../test/errors.js";
import {
  findSection,
  parseElf,
  replaceSections,
  SHF_ALLOC,
  SHT_NOBITS,
  SHT_PROGBITS,
  sectionBytes,
} from "./index.js";

/** The offsets at which two files differ. */
function differences(a: Uint8Array, b: Uint8Array): number[] {
  return Array.from(b.keys()).filter((i) => a[i] !== b[i]);
}

const NOTE = 8;

describe.each(FLAVOURS)("%d bits, %s", (elfClass, order) => {
  const original = sampleElf(elfClass, order);
  const elf = parseElf(original);
  const note = elf.sections[NOTE]!;
  const header = Number(
    elfClass === 32
      ? new DataView(original.buffer).getUint32(headerFields(32).shoff, order === "little")
      : new DataView(original.buffer).getBigUint64(headerFields(64).shoff, order === "little"),
  );
  const w = elfClass / 8;
  const noteHeader = header + NOTE * (16 + 6 * w);
  const sizeField = Array.from({ length: w }, (_, i) => noteHeader + 8 + 3 * w + i);
  const offsetField = Array.from({ length: w }, (_, i) => noteHeader + 8 + 2 * w + i);

  test("nothing replaced: an equal copy", () => {
    const copy = replaceSections(elf, new Map());
    expect(copy).toEqual(original);
    expect(copy.buffer).not.toBe(original.buffer);
  });

  test("the same size: only those bytes", () => {
    const copy = replaceSections(elf, new Map([[NOTE, text("HELLO")]]));
    expect(copy).toHaveLength(original.length);
    expect(differences(original, copy)).toEqual([0, 1, 2, 3, 4].map((i) => note.offset + i));
  });

  test("smaller: the rest is zero, and the size says so", () => {
    const copy = replaceSections(elf, new Map([[NOTE, text("he")]]));
    expect(copy).toHaveLength(original.length);
    const changed = differences(original, copy);
    expect(changed.filter((i) => !sizeField.includes(i))).toEqual([2, 3, 4].map((i) => note.offset + i));
    expect(copy.subarray(note.offset, note.offset + 5)).toEqual(text("he\0\0\0"));
    expect(parseElf(copy).sections).toEqual(elf.sections.with(NOTE, { ...note, size: 2 }));
  });

  test("nothing at all: zeros", () => {
    const copy = replaceSections(elf, new Map([[NOTE, new Uint8Array()]]));
    expect(copy.subarray(note.offset, note.offset + 5)).toEqual(new Uint8Array(5));
    expect(parseElf(copy).sections[NOTE]).toEqual({ ...note, size: 0 });
  });

  test("larger: at the end, aligned; the old bytes stay", () => {
    const contents = Uint8Array.from({ length: 100 }, (_, i) => i + 1);
    const padded = new Uint8Array(original.length + 3);
    padded.set(original);
    const code = elf.sections[1]!;
    const copy = replaceSections(parseElf(padded), new Map([[1, contents]]));
    const offset = Math.ceil(padded.length / 8) * 8;
    expect(copy).toHaveLength(offset + 100);
    expect(parseElf(copy).sections).toEqual(elf.sections.with(1, { ...code, offset, size: 100 }));
    expect(copy.subarray(offset)).toEqual(contents);
    const fields = [...offsetField, ...sizeField].map((i) => i - (NOTE - 1) * (16 + 6 * w));
    const changed = differences(padded, copy).filter((i) => i < padded.length);
    expect(changed.filter((i) => !fields.includes(i))).toEqual([]);
  });

  test("several at once, in any order, one after the other", () => {
    const larger = [
      [NOTE, new Uint8Array(9).fill(8)],
      [1, new Uint8Array(33).fill(1)],
    ] as const;
    const copy = replaceSections(elf, new Map(larger));
    expect(replaceSections(elf, new Map([larger[1], larger[0]]))).toEqual(copy);
    const after = parseElf(copy);
    for (const [index, contents] of larger) {
      expect(sectionBytes(after, after.sections[index]!)).toEqual(contents);
    }
    expect(after.sections[NOTE]?.offset).toBe((after.sections[1]?.offset ?? 0) + 33);
  });

  test("the input does not change", () => {
    const before = original.slice();
    replaceSections(elf, new Map([[NOTE, new Uint8Array(3)]]));
    replaceSections(elf, new Map([[NOTE, new Uint8Array(300)]]));
    expect(original).toEqual(before);
  });
});

describe("refuses", () => {
  const replaced = (plan: ElfPlan, index: number, size: number, edit?: (bytes: Uint8Array) => void) => {
    const bytes = buildElf(plan);
    edit?.(bytes);
    const elf = parseElf(bytes);
    return elfErrorOf(() => replaceSections(elf, new Map([[index, new Uint8Array(size)]])));
  };
  const data = text("0123456789abcdef");
  const plain = { name: "a", type: SHT_PROGBITS, data };
  const overlapping = (offset: number, size: number) => ({
    sections: [plain, { name: "b", type: SHT_PROGBITS, offset, size }],
  });

  test.each([
    ["a section that does not exist", { sections: [plain] }, 3, 0, "bad-replacement"],
    ["a negative index", { sections: [plain] }, -1, 0, "bad-replacement"],
    ["section 0, which may hold the number of sections", { sections: [plain] }, 0, 0, "bad-replacement"],
    [
      "a section without bytes",
      { sections: [{ name: ".bss", type: SHT_NOBITS, size: 4 }] },
      1,
      4,
      "bad-replacement",
    ],
    ["alignment to 3 bytes", { sections: [{ ...plain, addralign: 3 }] }, 1, 17, "bad-replacement"],
    [
      "alignment to 2^40 bytes",
      { sections: [{ name: "a", type: SHT_PROGBITS, offset: 64, addralign: 2 ** 40 }] },
      1,
      1,
      "bad-replacement",
    ],
    ["the same bytes", overlapping(64, 16), 1, 16, "overlap"],
    ["the last byte", overlapping(79, 1), 1, 16, "overlap"],
    ["a byte in the middle", overlapping(70, 1), 1, 0, "overlap"],
    ["more than the section, before and after", overlapping(60, 40), 1, 16, "overlap"],
    ["the other one of two that overlap", overlapping(79, 1), 2, 1, "overlap"],
    ["to overwrite the ELF header", overlapping(63, 1), 2, 1, "overlap"],
    ["to overwrite the section headers", overlapping(200, 1), 2, 1, "overlap"],
    [
      "to overwrite the program headers",
      { programHeaders: 1, sections: [{ ...plain, offset: 119, size: 1 }] },
      1,
      1,
      "overlap",
    ],
    [
      "to move a section that is loaded",
      { programHeaders: 1, sections: [{ ...plain, flags: SHF_ALLOC }] },
      1,
      17,
      "bad-replacement",
    ],
  ] as const)("%s", (_, plan, index, size, code) => {
    expect(replaced(plan, index, size)?.code).toBe(code);
  });

  test("neighbours, sections without bytes and empty ones are no overlap", () => {
    expect(replaced(overlapping(80, 1), 1, 16)).toBeUndefined();
    expect(replaced(overlapping(70, 0), 1, 16)).toBeUndefined();
    const bss = { name: "b", type: SHT_NOBITS, offset: 70, size: 100 };
    expect(replaced({ sections: [plain, bss] }, 1, 16)).toBeUndefined();
  });

  test("sections that overlap elsewhere do not matter", () => {
    const twin = { name: "b", type: SHT_PROGBITS, offset: 64, size: 16 };
    expect(replaced({ sections: [plain, twin, { ...plain, name: "c" }] }, 3, 16)).toBeUndefined();
  });

  test("a section that is loaded may shrink", () => {
    const loaded = { programHeaders: 1, sections: [{ ...plain, flags: SHF_ALLOC }] };
    expect(replaced(loaded, 1, 3)).toBeUndefined();
  });

  test("a section that is not loaded may move", () => {
    expect(replaced({ programHeaders: 1, sections: [plain] }, 1, 17)).toBeUndefined();
  });

  test("a byte of a section around a third one", () => {
    const at = (name: string, offset: number, size: number) => ({ name, type: SHT_PROGBITS, offset, size });
    const sections = [at("outer", 64, 50), at("inner", 66, 1), at("a", 70, 1)];
    expect(replaced({ sections }, 3, 1)?.message).toContain("section a [3] overlaps section outer [1]");
  });

  test("65,535 program headers are counted in section header 0", () => {
    const withPrograms = (count: number) =>
      replaced({ sections: [plain] }, 1, 16, (bytes) => {
        const { phoff, phentsize, phnum, shoff } = headerFields(64);
        const sections = new DataView(bytes.buffer).getUint32(shoff, true);
        poke(bytes, "little", phoff, 8, 60);
        poke(bytes, "little", phentsize, 2, 1);
        poke(bytes, "little", phnum, 2, 0xffff);
        poke(bytes, "little", sections + 44, 4, count);
      });
    expect(withPrograms(4)).toBeUndefined();
    expect(withPrograms(5)?.message).toContain("section a [1] overlaps the program headers");
  });

  test("to make a 32-bit file larger than 4 GiB", () => {
    const sections = ["a", "b", "c", "d"].map((name) => ({ name, type: SHT_PROGBITS }));
    const elf = parseElf(buildElf({ class: 32, sections }));
    const contents = new Uint8Array(2 ** 30);
    const replacements = new Map([1, 2, 3, 4].map((index) => [index, contents]));
    expect(elfErrorOf(() => replaceSections(elf, replacements))?.code).toBe("too-large");
  });

  test("the error names both", () => {
    expect(replaced(overlapping(70, 1), 1, 16)?.message).toBe(
      "elf: section b [2] overlaps section a [1] (offset 0x46)",
    );
  });
});

test("an empty section may be anywhere, and may grow", () => {
  const bytes = buildElf({ sections: [{ name: "a", type: SHT_PROGBITS, offset: 2 ** 40 }] });
  const elf = parseElf(bytes);
  expect(replaceSections(elf, new Map([[1, new Uint8Array()]]))).toEqual(bytes);
  const grown = parseElf(replaceSections(elf, new Map([[1, text("x")]])));
  expect(sectionBytes(grown, grown.sections[1]!)).toEqual(text("x"));
});

test("property: what was replaced reads back, the rest is as it was", () => {
  const plan = fc.record({
    flavour: fc.constantFrom(...FLAVOURS),
    sections: fc.array(
      fc.record({
        data: fc.uint8Array({ maxLength: 40 }),
        addralign: fc.constantFrom(0, 1, 2, 4, 8, 16, 4096),
        replacement: fc.option(fc.uint8Array({ maxLength: 60 })),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  });
  fc.assert(
    fc.property(plan, ({ flavour: [elfClass, order], sections }) => {
      const bytes = buildElf({
        class: elfClass,
        order,
        sections: sections.map(({ data, addralign }, i) => ({
          name: `s${i}`,
          type: SHT_PROGBITS,
          data,
          addralign,
        })),
      });
      const elf = parseElf(bytes);
      const replacements = new Map(
        sections.flatMap(({ replacement }, i) =>
          replacement === null ? [] : [[i + 1, replacement] as const],
        ),
      );
      const after = parseElf(replaceSections(elf, replacements));
      for (const section of elf.sections) {
        const read = after.sections[section.index]!;
        const contents = replacements.get(section.index);
        expect(sectionBytes(after, read)).toEqual(contents ?? sectionBytes(elf, section));
        const { offset, size, ...same } = section;
        expect(read).toMatchObject(contents === undefined ? section : same);
        if (contents !== undefined && contents.length <= size) expect(read.offset).toBe(offset);
        if (section.index !== 0) expect(read.offset % Math.max(1, section.addralign)).toBe(0);
      }
      const back = new Map([...replacements.keys()].map((i) => [i, sectionBytes(elf, elf.sections[i]!)]));
      const restored = parseElf(replaceSections(after, back));
      for (const section of elf.sections) {
        const read = findSection(restored, section.name)!;
        expect(sectionBytes(restored, read)).toEqual(sectionBytes(elf, section));
      }
    }),
    { numRuns: 300 },
  );
});
