import { parseBtf } from "@core/btf";
import { type ByteOrder, fixtureObjects, objectPath, readFixture } from "@core/fixtures";
import { describe, expect, test } from "vitest";
import { relocatedOffsets, sectionOf } from "../test/elf.js";
import { extErrorOf } from "../test/errors.js";
import { sectionsOf } from "../test/sections.js";
import { type BtfExt, type InfoPart, parseBtfExt } from "./index.js";

const ascending = (a: number, b: number): number => a - b;
const names = [...new Set(fixtureObjects().map(({ name }) => name))];

function parseObject(name: string, order: ByteOrder): BtfExt | undefined {
  const object = readFixture(objectPath(name, order));
  const [btf, ext] = [".BTF", ".BTF.ext"].map((section) => sectionOf(object, order, section));
  return btf && ext && parseBtfExt(ext, parseBtf(btf, { pointerSize: 8 }));
}

/** Where each record's `insn_off` is, in bytes from the start of `.BTF.ext`. */
function recordOffsets({ bytes, order }: BtfExt, part: InfoPart<unknown> | undefined): number[] {
  if (part === undefined) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const recordSize = view.getUint32(part.offset, order === "little");
  let at = part.offset + 4;
  return part.sections.flatMap(({ records }) => {
    const first = at + 8;
    at = first + records().length * recordSize;
    return records().map((_, i) => first + i * recordSize);
  });
}

/** Refused by libbpf, too. */
const REFUSED = { "guard-ext-empty-part": "part", "guard-ext-no-records": "records" };

describe.each(["little", "big"] as const)("%s-endian objects", (order) => {
  const readable = names.filter((name) => !(name in REFUSED));

  test("have a record wherever the compiler tells the linker of one, and nowhere else", () => {
    let records = 0;
    for (const name of readable) {
      const ext = parseObject(name, order);
      const table = sectionOf(readFixture(objectPath(name, order)), order, ".rel.BTF.ext");
      if (ext === undefined || table === undefined) continue;
      expect(ext.order).toBe(order);
      const found = [ext.funcInfo, ext.lineInfo, ext.coreRelos].flatMap((part) => recordOffsets(ext, part));
      expect(found.sort(ascending), name).toEqual(relocatedOffsets(table, order).sort(ascending));
      records += found.length;
    }
    expect(records).toBeGreaterThan(1000);
  });

  test.each(Object.entries(REFUSED))("%s", (name, code) => {
    expect(extErrorOf(() => parseObject(name, order))?.code).toBe(code);
  });

  test("hold the same with longer headers and records", () => {
    const contents = ["guard", "guard-ext-header-40", "guard-ext-records"].map((name) => {
      const ext = parseObject(name, order);
      return ext && sectionsOf(ext);
    });
    expect(Object.values(contents[0] ?? {}).filter((sections) => sections !== undefined)).toHaveLength(3);
    expect(contents[1]).toEqual(contents[0]);
    expect(contents[2]).toEqual(contents[0]);
    expect(parseObject("guard-ext-header-24", order)?.coreRelos).toBeUndefined();
  });
});
