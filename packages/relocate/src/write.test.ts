import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseBtf } from "@core/btf";
import type { InfoPart } from "@core/btf-ext";
import { viewOf } from "@core/bytes";
import { findCorpus, kernelsOf, objectsOf, readBytes } from "@core/corpus";
import { findSection, parseElf, relocationsOf, sectionBytes } from "@core/elf";
import { PAIRS } from "@core/fixtures";
import { afterAll, describe, expect, it } from "vitest";
import { sectionOf } from "../test/edit.js";
import { fixtureBtf, fixtureBytes, fixtureObject, fixtureTarget, ORDERS } from "../test/fixtures.js";
import { hasTool, outputOf } from "../test/tools.js";
import { openObject, type Relocated, RelocateError, relocate, writeRelocated } from "./index.js";

const sectionsOf = <R>(part: InfoPart<R> | undefined) =>
  part?.sections.map(({ name, records }) => ({ name, records: records() }));

/** Every pair of fixtures of which something can be written. */
const writable = PAIRS.filter(({ refusal }) => refusal === undefined).flatMap((pair) =>
  ORDERS.flatMap((order) => {
    const relocated = relocate(fixtureObject(pair.object, order), fixtureTarget(pair, order));
    const isFine = relocated.relocations.every(({ outcome }) => outcome.kind !== "failed");
    const title = `${pair.object} on ${pair.target}, ${order}-endian`;
    return isFine ? [{ title, object: `${pair.object}-${order}.o`, relocated }] : [];
  }),
);

/** The offset and length of the CO-RE part in a `.BTF.ext` header. */
function coreReloWords(ext: Uint8Array, little: boolean): number[] {
  const view = viewOf(ext);
  return view.getUint32(4, little) < 32 ? [0, 0] : [view.getUint32(24, little), view.getUint32(28, little)];
}

function expectFaithful(relocated: Relocated, written: Uint8Array): void {
  const { object, code } = relocated;
  const before = object.elf;
  const after = parseElf(written);
  const extBefore = findSection(before, ".BTF.ext");
  const part = object.ext?.coreRelos;
  expect(after.sections.map(({ name }) => name)).toEqual(before.sections.map(({ name }) => name));

  for (const section of before.sections) {
    const own = after.sections[section.index];
    if (own === undefined) throw new Error(`no section ${section.index}`);
    const bytes = sectionBytes(after, own);
    const isAboutExt = extBefore !== undefined && section.info === extBefore.index && section.type === 9;
    if (section.index === extBefore?.index && part !== undefined) {
      const little = before.order === "little";
      expect(coreReloWords(bytes, little)).toEqual([0, 0]);
      // Function and line info, and whatever else there is, is at the same place with the same bytes.
      const old = sectionBytes(before, section);
      const kept = Buffer.concat([old.subarray(0, 24), Buffer.alloc(8), old.subarray(32, part.offset)]);
      expect(Buffer.compare(bytes.subarray(0, part.offset), kept)).toBe(0);
      expect(bytes.length).toBe(part.offset);
      expect(part.offset + part.length).toBe(old.length);
    } else if (isAboutExt && part !== undefined) {
      const kept = relocationsOf(before, section).filter(({ offset }) => offset < part.offset);
      expect(relocationsOf(after, own)).toEqual(kept);
      expect(own).toMatchObject({ info: section.info, link: section.link, entsize: section.entsize });
    } else {
      expect(own).toEqual(section);
      const expected = code.get(section.index) ?? sectionBytes(before, section);
      expect(Buffer.compare(bytes, expected), section.name).toBe(0);
    }
  }
  const again = openObject(written);
  expect(again.relocations).toEqual([]);
  expect(again.ext?.coreRelos).toBeUndefined();
  expect(sectionsOf(again.ext?.funcInfo)).toEqual(sectionsOf(object.ext?.funcInfo));
  expect(sectionsOf(again.ext?.lineInfo)).toEqual(sectionsOf(object.ext?.lineInfo));
  expect(again.programs).toEqual(object.programs);
}

describe("a written object", () => {
  it.each(writable)("is the same but for code and CO-RE records: $title", ({ relocated }) => {
    expectFaithful(relocated, writeRelocated(relocated));
  });

  it("comes of objects that have entries in .rel.BTF.ext for what is gone, and for what stays", () => {
    const counts = { gone: 0, kept: 0 };
    for (const { relocated } of writable) {
      const { elf, ext } = relocated.object;
      const entries = findSection(elf, ".rel.BTF.ext");
      for (const { offset } of entries ? relocationsOf(elf, entries) : []) {
        if (offset >= (ext?.coreRelos?.offset ?? Number.POSITIVE_INFINITY)) counts.gone++;
        else counts.kept++;
      }
    }
    expect(counts.gone).toBeGreaterThan(0);
    expect(counts.kept).toBeGreaterThan(0);
  });

  it.each(ORDERS)("is the same once more when it is relocated again (%s-endian)", (order) => {
    const target = { kernel: fixtureBtf("example-kernel", order) };
    const written = writeRelocated(relocate(fixtureObject("example", order), target));
    const again = relocate(openObject(written), target);
    expect(again.relocations).toEqual([]);
    expect(writeRelocated(again)).toEqual(written);
  });

  it("without .BTF.ext is a copy", () => {
    const bytes = fixtureBytes("plain");
    const written = writeRelocated(relocate(openObject(bytes), { kernel: fixtureBtf("nothing") }));
    expect(Buffer.compare(written, bytes)).toBe(0);
    expect(written).not.toBe(bytes);
  });

  it("is none when a relocation failed", () => {
    const relocated = relocate(fixtureObject("flavors"), { kernel: fixtureBtf("flavors-disagreeing") });
    const failed = relocated.relocations.filter(({ outcome }) => outcome.kind === "failed").length;
    expect(failed).toBeGreaterThan(0);
    const write = () => writeRelocated(relocated);
    expect(write).toThrow(RelocateError);
    expect(write).toThrow(`${failed} relocation${failed === 1 ? "" : "s"} failed`);
  });

  it("keeps CO-RE records' place when other parts follow, and drops only their entries of .rel.BTF.ext", () => {
    const bytes = fixtureBytes("guard");
    const elf = parseElf(bytes);
    const { ext } = openObject(bytes);
    if (ext?.coreRelos === undefined || ext.lineInfo === undefined) throw new Error("no parts");
    const section = sectionOf(elf, ".BTF.ext");
    // Line info behind the CO-RE records: both parts change places.
    const copy = new Uint8Array(bytes);
    const { coreRelos, lineInfo, headerLength } = ext;
    const at = section.offset + lineInfo.offset;
    expect(coreRelos.offset).toBe(lineInfo.offset + lineInfo.length);
    copy.set(bytes.subarray(section.offset + coreRelos.offset, section.offset + section.size), at);
    copy.set(bytes.subarray(at, at + lineInfo.length), at + coreRelos.length);
    const view = viewOf(copy);
    view.setUint32(section.offset + 16, lineInfo.offset + coreRelos.length - headerLength, true);
    view.setUint32(section.offset + 24, lineInfo.offset - headerLength, true);
    const entries = sectionOf(elf, ".rel.BTF.ext");
    // Two entries into what is now the CO-RE part.
    view.setBigUint64(entries.offset, BigInt(lineInfo.offset + 4), true);
    view.setBigUint64(entries.offset + 16, BigInt(lineInfo.offset + coreRelos.length - 4), true);

    const relocated = relocate(openObject(copy), { kernel: fixtureBtf("guard-new") });
    const written = writeRelocated(relocated);
    const result = parseElf(written);
    const [own, ownEntries] = [sectionOf(result, ".BTF.ext"), sectionOf(result, ".rel.BTF.ext")];
    expect(own.size).toBe(section.size);
    const removed = sectionBytes(result, own).subarray(lineInfo.offset, lineInfo.offset + coreRelos.length);
    expect(removed.every((byte) => byte === 0)).toBe(true);
    const before = relocationsOf(parseElf(copy), entries);
    const inside = (offset: bigint) =>
      offset >= lineInfo.offset && offset < lineInfo.offset + coreRelos.length;
    expect(before.some(({ offset }) => inside(offset))).toBe(true);
    expect(relocationsOf(result, ownEntries)).toEqual(before.filter(({ offset }) => !inside(offset)));
    expect(sectionsOf(openObject(written).ext?.lineInfo)).toEqual(sectionsOf(lineInfo));
  });
});

const hasReadelf = hasTool("readelf", ["--version"]);
const hasBpftool = hasTool("bpftool", ["version"]);
const corpus = findCorpus();
const scratch = mkdtempSync(join(tmpdir(), "written-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function writeScratch(name: string, bytes: Uint8Array): string {
  const path = join(scratch, name.replaceAll("/", "_"));
  writeFileSync(path, bytes);
  return path;
}

/** What a tool has to object to, without the file's name. */
const complaintsOf = (command: string, args: readonly string[], path: string): string[] =>
  outputOf(command, [...args, path])
    .split("\n")
    .filter((line) => /^(readelf|libbpf|Error|Warning|exit)\b|<corrupt|<unknown/.test(line))
    .map((line) => line.replaceAll(path, ""));

/** Written objects: each fixture once, and a corpus's against one kernel. */
function samples(): { name: string; before: Uint8Array; written: Uint8Array }[] {
  const [kernelFile] = corpus === undefined ? [] : kernelsOf(corpus).slice(-1);
  const fixtures = [...new Map(writable.map((one) => [one.object, one.relocated]))].map(
    ([name, relocated]) => ({
      name,
      before: relocated.object.elf.bytes,
      written: writeRelocated(relocated),
    }),
  );
  if (corpus === undefined || kernelFile === undefined) return fixtures;
  const kernel = parseBtf(readBytes(kernelFile));
  const real = objectsOf(corpus).map((file) => {
    const before = readBytes(file);
    return {
      name: basename(file.name),
      before,
      written: writeRelocated(relocate(openObject(before), { kernel })),
    };
  });
  return [...fixtures, ...real];
}

describe("other tools", () => {
  it.skipIf(!hasReadelf)("readelf finds nothing wrong", () => {
    for (const { name, written } of samples()) {
      expect(complaintsOf("readelf", ["-a", "-W"], writeScratch(name, written)), name).toEqual([]);
    }
  });

  it.skipIf(!hasBpftool)(
    "libbpf reads the BTF, opens the objects and links them (bpftool)",
    () => {
      const counts = { taken: 0, refused: 0 };
      for (const { name, before, written } of samples()) {
        const path = writeScratch(name, written);
        for (const way of [
          ["btf", "dump", "file"],
          ["gen", "skeleton"],
          ["gen", "object", join(scratch, "linked.o")],
        ]) {
          const complaints = complaintsOf("bpftool", way, path);
          if (complaints.length === 0) {
            counts.taken++;
            continue;
          }
          // Old versions do not read a foreign byte order, nor what only a newer one knows.
          writeFileSync(path, before);
          expect(complaintsOf("bpftool", way, path), `${way.join(" ")} ${name}`).toEqual(complaints);
          writeFileSync(path, written);
          counts.refused++;
        }
      }
      console.log(
        `bpftool took written objects ${counts.taken} times, and ${counts.refused} times as little as before`,
      );
      expect(counts.taken).toBeGreaterThan(counts.refused);
    },
    240_000,
  );
});
