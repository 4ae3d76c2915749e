import { parseBtf, writeBtf } from "@core/btf";
import { viewOf } from "@core/bytes";
import { findSection, parseElf, replaceSections, sectionBytes } from "@core/elf";
import { objectPath, readFixture, targetPath } from "@core/fixtures";
import { openObject, type Relocated, relocate, writeRelocated } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { answerOf } from "../../test/answers.js";

const object = readFixture(objectPath("guard", "little"));
const kernel = parseBtf(readFixture(targetPath("guard-old", "little")));
const elf = parseElf(object);

function contentOf(name: string): Uint8Array<ArrayBuffer> {
  const section = findSection(elf, name);
  if (section === undefined) throw new Error(`no section ${name}`);
  return sectionBytes(elf, section).slice();
}

/** The object with another content of a section. */
function withSections(contents: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const replaced = Object.entries(contents).flatMap(([name, bytes]) => {
    const section = findSection(elf, name);
    return section === undefined ? [] : [[section.index, bytes] as const];
  });
  return replaceSections(elf, new Map(replaced));
}

/** Offsets in `.BTF.ext`, in bytes: of the header's words, and of the first CO-RE record. */
const HEADER = { length: 4, coreOff: 24, coreLen: 28 };
const ext = contentOf(".BTF.ext");
const headerLength = viewOf(ext).getUint32(HEADER.length, true);
const part = headerLength + viewOf(ext).getUint32(HEADER.coreOff, true);
const FIRST = part + 12;
const RECORD = { insnOff: 0, typeId: 4, accessStr: 8, kind: 12, length: 16 };

/** The object with words of `.BTF.ext` changed, by their offset in bytes. */
function withRecords(words: Readonly<Record<number, number>>): Uint8Array {
  const copy = ext.slice();
  for (const [at, word] of Object.entries(words)) viewOf(copy).setUint32(Number(at), word, true);
  return withSections({ ".BTF.ext": copy });
}

/** The object whose first relocation has another access string. */
function withAccess(text: string): Uint8Array {
  const btf = contentOf(".BTF");
  const strings = viewOf(btf).getUint32(20, true);
  const longer = new Uint8Array(btf.length + text.length + 1);
  longer.set(btf);
  longer.set(new TextEncoder().encode(text), btf.length);
  viewOf(longer).setUint32(20, strings + text.length + 1, true);
  const records = ext.slice();
  viewOf(records).setUint32(FIRST + RECORD.accessStr, strings, true);
  return withSections({ ".BTF": longer, ".BTF.ext": records });
}

const run = (bytes: Uint8Array): Relocated => relocate(openObject(bytes), { kernel });
const firstOutcome = (bytes: Uint8Array) => run(bytes).relocations[0]?.outcome;

it("the object as it is: its first relocation is patched", () => {
  expect(firstOutcome(withRecords({}))?.kind).toBe("patched");
});

describe("records", () => {
  it.each([
    ["of no length", { [part]: 0 }],
    ["of 4 GiB", { [part]: 0xfffffffc }],
    ["of an odd length", { [part]: 17 }],
    ["4 billion of them", { [part + 8]: 0xffffffff }],
    ["none of them", { [part + 8]: 0 }],
    ["of a section without a name", { [part + 4]: 0xffffffff }],
    ["that start beyond the section", { [HEADER.coreOff]: 0xfffffff0 }],
    ["that fill 4 GiB", { [HEADER.coreLen]: 0xfffffff0 }],
  ])("%s are refused", (_, words) => {
    expect(answerOf(() => run(withRecords(words)))).not.toBe("fine");
  });

  it.each([
    ["of a type that is not there", { [FIRST + RECORD.typeId]: 0xffffffff }],
    ["of an unknown kind", { [FIRST + RECORD.kind]: 99 }],
    ["with an access string beyond all strings", { [FIRST + RECORD.accessStr]: 0xffffffff }],
  ])("%s: that relocation fails, or the object", (_, words) => {
    const bytes = withRecords(words);
    if (answerOf(() => run(bytes)) === "fine") expect(firstOutcome(bytes)?.kind).toBe("failed");
  });
});

describe("access strings", () => {
  it.each([
    ["of 10,000 parts", `0${":0".repeat(9_999)}`],
    ["of 65 parts", `0${":0".repeat(64)}`],
    ["with a negative index", "0:-1"],
    ["with an index of 2^32", "0:4294967296"],
    ["with an index of 2^31", "0:2147483648"],
    ["with an index of 400 digits", `0:${"9".repeat(400)}`],
    ["that are empty", ""],
    ["with letters", "0:a"],
    ["with escape sequences", "0:\u001b[31m"],
  ])("%s fail that relocation", (_, text) => {
    expect(firstOutcome(withAccess(text))?.kind).toBe("failed");
  });
});

describe("instructions", () => {
  it.each([
    ["at an odd offset", 1],
    ["at no multiple of 8", 12],
    ["behind the section", 1 << 20],
    ["at 4 GiB", 0xfffffff8],
  ])("%s are not touched", (_, insnOff) => {
    const bytes = withRecords({ [FIRST + RECORD.insnOff]: insnOff });
    if (answerOf(() => run(bytes)) === "fine")
      expect(firstOutcome(bytes)?.kind).toMatch(/^(failed|skipped)$/);
  });

  it("with two relocations: the second finds what the first left", () => {
    const view = viewOf(ext);
    const [first, second] = [FIRST, FIRST + RECORD.length];
    const words = Object.fromEntries(
      [0, 4, 8, 12].map((at) => [second + at, view.getUint32(first + at, true)]),
    );
    const { relocations } = run(withRecords(words));
    expect(relocations[0]?.outcome.kind).toBe("patched");
    // libbpf checks the instruction's value before each patch.
    expect(relocations[1]?.outcome.kind).toMatch(/^(patched|failed)$/);
  });

  it("of two slots are not relocated at their second", () => {
    const code = new Uint8Array(16);
    code[0] = 0x18;
    const section = openObject(object).relocations[0]?.section ?? "";
    const old = contentOf(section);
    old.set(code, 0);
    const copy = ext.slice();
    viewOf(copy).setUint32(FIRST + RECORD.insnOff, 8, true);
    const bytes = withSections({ [section]: old, ".BTF.ext": copy });
    expect(firstOutcome(bytes)?.kind).not.toBe("patched");
  });
});

describe("kernels", () => {
  it("without types poison what needs one, and the object can be written", () => {
    const nothing = parseBtf(writeBtf([], { order: "little" }));
    const relocated = relocate(openObject(object), { kernel: nothing });
    expect(relocated.relocations.some(({ outcome }) => outcome.kind === "poisoned")).toBe(true);
    expect(openObject(writeRelocated(relocated)).relocations).toEqual([]);
  });
});
