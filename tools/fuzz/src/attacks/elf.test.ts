import { readFileSync } from "node:fs";
import { viewOf } from "@core/bytes";
import {
  parseElf,
  relocationsOf,
  replaceSections,
  SHT_REL,
  SHT_SYMTAB,
  sectionBytes,
  symbolsOf,
} from "@core/elf";
import { objectPath, readFixture } from "@core/fixtures";
import { openObject } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { answerOf } from "../../test/answers.js";

const object = readFixture(objectPath("guard", "little"));
const HEADER = { machine: 18, shoff: 40, shnum: 60, shstrndx: 62 };
const ENTRY = { length: 64, type: 4, offset: 24, size: 32, link: 40, info: 44, entsize: 56 };

/** A copy with something written into it. */
function changed(change: (view: DataView, headers: number) => void): Uint8Array {
  const copy = object.slice();
  const view = viewOf(copy);
  change(view, Number(view.getBigUint64(HEADER.shoff, true)));
  return copy;
}

/** Reads all there is in an ELF file. */
function readAll(bytes: Uint8Array): void {
  const elf = parseElf(bytes);
  symbolsOf(elf);
  for (const section of elf.sections) {
    sectionBytes(elf, section);
    if (section.type === SHT_REL) relocationsOf(elf, section);
  }
  replaceSections(elf, new Map([[1, new Uint8Array(8)]]));
}

describe("an object", () => {
  it("reads as it is", () => {
    expect(answerOf(() => readAll(object))).toBe("fine");
  });

  it("with all sections in one place is read, but not written", () => {
    const bytes = changed((view, headers) => {
      const count = view.getUint16(HEADER.shnum, true);
      for (let i = 1; i < count; i++) view.setBigUint64(headers + i * ENTRY.length + ENTRY.offset, 64n, true);
    });
    expect(answerOf(() => readAll(bytes))).not.toBe("fine");
    expect(answerOf(() => openObject(bytes))).not.toBe("fine");
  });

  it("whose sections refer to themselves is refused, or read", () => {
    const bytes = changed((view, headers) => {
      const count = view.getUint16(HEADER.shnum, true);
      for (let i = 1; i < count; i++) {
        view.setUint32(headers + i * ENTRY.length + ENTRY.link, i, true);
        view.setUint32(headers + i * ENTRY.length + ENTRY.info, i, true);
      }
    });
    expect(answerOf(() => readAll(bytes))).toMatch(/^bad-/);
  });

  it.each([
    ["4 billion", 0xffffffffn],
    ["2^64 - 1", 2n ** 64n - 1n],
    ["2^60", 2n ** 60n],
  ])("with %s sections by the extended header is refused", (_, count) => {
    const bytes = changed((view, headers) => {
      view.setUint16(HEADER.shnum, 0, true);
      view.setBigUint64(headers + ENTRY.size, count, true);
    });
    expect(answerOf(() => readAll(bytes))).toMatch(/^(past-end|too-large)$/);
  });

  it("with a symbol table of symbols without length is refused", () => {
    const bytes = changed((view, headers) => {
      const count = view.getUint16(HEADER.shnum, true);
      for (let i = 1; i < count; i++) {
        const at = headers + i * ENTRY.length;
        if (view.getUint32(at + ENTRY.type, true) === SHT_SYMTAB)
          view.setBigUint64(at + ENTRY.entsize, 0n, true);
      }
    });
    expect(answerOf(() => readAll(bytes))).toBe("bad-table");
  });

  it("for another machine is no BPF object", () => {
    const bytes = changed((view) => view.setUint16(HEADER.machine, 62, true));
    expect(answerOf(() => openObject(bytes))).toBe("not-bpf");
  });
});

it("a program of this machine is no BPF object", () => {
  expect(answerOf(() => openObject(readFileSync("/bin/true")))).toBe("not-bpf");
});

it.each([
  ["no bytes", new Uint8Array(), "not-bpf"],
  ["a magic number alone", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), "past-end"],
  [
    "32 bits and nothing behind",
    Uint8Array.from({ length: 52 }, (_, i) => [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1][i] ?? 0),
    "",
  ],
])("%s is refused", (_, bytes, code) => {
  const answer = answerOf(() => openObject(bytes));
  expect(answer).not.toBe("fine");
  if (code !== "") expect(answer).toBe(code);
});
