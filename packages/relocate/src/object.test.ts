import { viewOf } from "@core/bytes";
import { parseElf, STT_FUNC, sectionBytes, symbolsOf } from "@core/elf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sectionOf, withSectionName, withWords } from "../test/edit.js";
import { fixtureBytes, fixtureObject, ORDERS } from "../test/fixtures.js";
import { openObject, RelocateError } from "./index.js";
import { findProgram, type Program } from "./program.js";

/** The error that opening `bytes` throws. */
function errorOf(bytes: Uint8Array): RelocateError {
  try {
    openObject(bytes);
  } catch (error) {
    if (error instanceof RelocateError) return error;
    throw error;
  }
  throw new Error("it was opened");
}

/** A copy of an object with `change` made to the symbol table's entry of function `name`, which is at `at`. */
function withFunction(name: string, change: (view: DataView, at: number) => void): Uint8Array {
  const bytes = new Uint8Array(fixtureBytes("insns"));
  const elf = parseElf(bytes);
  const index = symbolsOf(elf).findIndex((symbol) => symbol.name === name && symbol.type === STT_FUNC);
  if (index < 0) throw new Error(`no function ${name}`);
  change(viewOf(bytes), sectionOf(elf, ".symtab").offset + index * 24);
  return bytes;
}

describe("what is no BPF object", () => {
  const header = (changes: Readonly<Record<number, number>>) => {
    const bytes = new Uint8Array(fixtureBytes("example"));
    for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
    return bytes;
  };

  it.each([
    ["text", new TextEncoder().encode("int main() { return 0; }\n"), "no ELF file"],
    ["nothing", new Uint8Array(), "it is empty"],
    ["an object for x86-64", header({ 18: 62 }), "64-bit ELF of type 1 for machine 62"],
    ["a BPF executable", header({ 16: 2 }), "64-bit ELF of type 2 for machine 247"],
  ])("%s", (_, bytes, message) => {
    const error = errorOf(bytes);
    expect(error.code).toBe("not-bpf");
    expect(error.message).toContain(message);
  });

  it("a 32-bit object", () => {
    // Its header alone, without sections.
    const bytes = new Uint8Array(52);
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
    bytes.set([1, 0, 247, 0], 16);
    expect(errorOf(bytes)).toMatchObject({ code: "not-bpf" });
    expect(errorOf(bytes).message).toContain("32-bit ELF");
  });
});

it("takes an unset machine for BPF, as libbpf does", () => {
  const bytes = new Uint8Array(fixtureBytes("example"));
  bytes.set([0, 0], 18);
  expect(openObject(bytes).relocations).toHaveLength(fixtureObject("example").relocations.length);
});

describe("an object without types", () => {
  it.each([
    ["neither .BTF nor .BTF.ext", [".BTF", ".BTF.ext"]],
    ["no .BTF", [".BTF"]],
    ["no .BTF.ext", [".BTF.ext"]],
  ])("%s has nothing to relocate", (_, names) => {
    let bytes = fixtureBytes("example");
    for (const name of names) bytes = withSectionName(bytes, sectionOf(parseElf(bytes), name).index, ".gone");
    const object = openObject(bytes);
    expect(object.relocations).toEqual([]);
    expect(object.programs.length).toBeGreaterThan(0);
  });
});

describe("functions", () => {
  it.each(ORDERS)("are those of the symbol table, by section and offset (%s-endian)", (order) => {
    const { elf, programs } = fixtureObject("insns", order);
    const expected = symbolsOf(elf)
      .filter(({ type }) => type === STT_FUNC)
      .map(({ name, value, size, section }) => ({
        name,
        offset: Number(value),
        size,
        sectionIndex: section,
      }));
    expect(programs.length).toBe(expected.length);
    expect(new Set(programs.map(({ section }) => section)).size).toBeGreaterThan(1);
    for (const { name, offset, size, sectionIndex, section } of programs) {
      expect(expected).toContainEqual({ name, offset, size, sectionIndex });
      expect(section).toBe(elf.sections[sectionIndex]?.name);
    }
    const places = programs.map(({ sectionIndex, offset }) => [sectionIndex, offset]);
    expect(places).toEqual(places.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
  });

  const OFFSET = 8;
  const SIZE = 16;
  it.each([
    [
      "begins inside an instruction",
      (view: DataView, at: number) => view.setBigUint64(at + OFFSET, 4n, true),
    ],
    ["ends inside an instruction", (view: DataView, at: number) => view.setBigUint64(at + SIZE, 12n, true)],
    ["has no instructions", (view: DataView, at: number) => view.setBigUint64(at + SIZE, 0n, true)],
    [
      "begins behind its section",
      (view: DataView, at: number) => view.setBigUint64(at + OFFSET, 1n << 40n, true),
    ],
    [
      "ends behind its section",
      (view: DataView, at: number) => view.setBigUint64(at + SIZE, 1n << 20n, true),
    ],
    [
      "is at an address beyond all files",
      (view: DataView, at: number) => view.setBigUint64(at + OFFSET, ~7n, true),
    ],
  ])("must not be one that %s", (_, change) => {
    const error = errorOf(withFunction("loads", change));
    expect(error.code).toBe("program");
    expect(error.message).toContain("loads");
    expect(error.site.section).toBe("raw_tp");
  });

  it("must not be in sections that share bytes, which would be copied for each", () => {
    const bytes = fixtureBytes("insns");
    const elf = parseElf(bytes);
    // Both sections with functions become the whole file.
    const headers = Number(viewOf(bytes).getBigUint64(40, true));
    const words = Object.fromEntries(
      ["raw_tp", "kprobe/record", ".text"].flatMap((name) => {
        const at = headers + sectionOf(elf, name).index * 64;
        return [
          [at + 24, 0],
          [at + 32, bytes.length - (bytes.length % 8)],
        ];
      }),
    );
    const error = errorOf(withWords(bytes, words));
    expect(error.code).toBe("program");
    expect(error.message).toContain("overlap");
  });

  it("are found by any of their instructions, and by no other", () => {
    const sizes = fc.array(fc.record({ gap: fc.nat(3), size: fc.integer({ min: 1, max: 5 }) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 4 }), (sections) => {
        const programs = sections.flatMap((functions, sectionIndex) => {
          let end = 0;
          return functions.map(({ gap, size }, i): Program => {
            const offset = end + gap * 8;
            end = offset + size * 8;
            return { name: `f${i}`, section: `s${sectionIndex}`, sectionIndex, offset, size: size * 8 };
          });
        });
        for (let sectionIndex = -1; sectionIndex <= sections.length; sectionIndex++) {
          for (let insnOff = 0; insnOff < 8 * 70; insnOff += 8) {
            const expected = programs.find(
              (program) =>
                program.sectionIndex === sectionIndex &&
                insnOff >= program.offset &&
                insnOff < program.offset + program.size,
            );
            expect(findProgram(programs, sectionIndex, insnOff)).toBe(expected);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

it("is a view of the bytes, which are not copied", () => {
  const bytes = fixtureBytes("example");
  const { elf } = openObject(bytes);
  expect(elf.bytes).toBe(bytes);
  expect(sectionBytes(elf, sectionOf(elf, ".BTF")).buffer).toBe(bytes.buffer);
});
