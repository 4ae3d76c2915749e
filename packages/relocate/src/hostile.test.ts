import { type Btf, parseBtf, type WritableType, writeBtf } from "@core/btf";
import { CoreError, viewOf } from "@core/bytes";
import { replaceSections, sectionBytes } from "@core/elf";
import { objectPath, readFixture, targetPath } from "@core/fixtures";
import { SpecError } from "@core/spec";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placesOf, sectionOf, withWords } from "../test/edit.js";
import { fixtureBtf, fixtureBytes, fixtureObject, ORDERS } from "../test/fixtures.js";
import { openObject, relocate, reportOf, writeRelocated } from "./index.js";

/** No single input may take longer, in microseconds of the processor's time. Most take less than a thousand. */
const LIMIT = 5_000_000;

/** Everything that can be done with an object and a target; answers the name of the error that ended it, if one did. */
function doAll(object: Uint8Array, target: () => Btf): string {
  const start = process.cpuUsage();
  try {
    const relocated = relocate(openObject(object), { kernel: target() });
    const report = reportOf(relocated);
    JSON.stringify(report);
    expect(report.relocations.length).toBe(report.summary.relocations);
    if (report.summary.failed === 0) openObject(writeRelocated(relocated));
    return "";
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    return error.name;
  } finally {
    expect(process.cpuUsage(start).user).toBeLessThan(LIMIT);
  }
}

/** How often each error, or none, ended it. */
function tally(names: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name || "fine"] = (counts[name || "fine"] ?? 0) + 1;
  return counts;
}

describe.each(ORDERS)("a %s-endian object", (order) => {
  const bytes = readFixture(objectPath("guard", order));
  const kernel = fixtureBtf("guard-new", order);

  it("may be cut off anywhere", () => {
    const counts = tally(
      (function* () {
        for (let length = 0; length < bytes.length; length++)
          yield doAll(bytes.subarray(0, length), () => kernel);
      })(),
    );
    // The section headers are at its end.
    expect(counts["fine"]).toBeUndefined();
    expect(counts["RelocateError"]).toBe(4);
  });

  it.each([0xff, 0x01, 0x80])("may have any byte changed (by 0x%x)", (mask) => {
    const copy = new Uint8Array(bytes);
    const counts = tally(
      (function* () {
        for (const [at, byte] of bytes.entries()) {
          copy[at] = byte ^ mask;
          yield doAll(copy, () => kernel);
          copy[at] = byte;
        }
      })(),
    );
    for (const name of ["fine", "ElfError", "BtfError", "BtfExtError", "RelocateError"]) {
      expect(counts[name], name).toBeGreaterThan(0);
    }
  });

  it("may be anything that several changes make of it", () => {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 2, maxLength: 12 }), (changes) => {
        const copy = new Uint8Array(bytes);
        for (const [at, byte] of changes) copy[at] = byte;
        doAll(copy, () => kernel);
      }),
      { numRuns: 2000 },
    );
  });

  it("may meet a target that is cut off or changed anywhere", () => {
    const target = readFixture(targetPath("guard-new", order));
    const copy = new Uint8Array(target);
    const counts = tally(
      (function* () {
        for (let length = 0; length < target.length; length++) {
          yield doAll(bytes, () => parseBtf(target.subarray(0, length)));
        }
        for (const [at, byte] of target.entries()) {
          for (const mask of [0xff, 0x01, 0x80]) {
            copy[at] = byte ^ mask;
            yield doAll(bytes, () => parseBtf(copy));
          }
          copy[at] = byte;
        }
      })(),
    );
    expect(Object.keys(counts).sort()).toEqual(["BtfError", "fine"]);
  });
});

it("many candidates for many relocations come to an end, and the rest is told to be undecided", () => {
  const same = { kind: "struct", name: "same", size: 0, members: [] } as const;
  const kernel = parseBtf(writeBtf(Array(200_000).fill(same), { order: "little" }));
  const { relocations } = relocate(fixtureObject("flavors"), { kernel });
  const own = relocations.filter(({ local }) => local.program?.name === "flavors_same");
  const messages = own.map(({ outcome }) => ("message" in outcome ? outcome.message : outcome.kind));
  expect(messages.slice(0, 2)).toEqual(["poisoned", "poisoned"]);
  expect(messages.at(-1)).toContain("not decided on");
});

/** The bytes of BTF with those of what is split from it behind its own, types and strings. */
function withMore(btf: Uint8Array, more: Uint8Array): Uint8Array {
  const partsOf = (bytes: Uint8Array) => {
    const [header = 0, typeOff = 0, typeLen = 0, strOff = 0, strLen = 0] = new Uint32Array(
      bytes.slice(4, 24).buffer,
    );
    const part = (at: number, length: number) => bytes.subarray(header + at, header + at + length);
    return { header: bytes.slice(0, header), types: part(typeOff, typeLen), strings: part(strOff, strLen) };
  };
  const [first, second] = [partsOf(btf), partsOf(more)];
  const types = Buffer.concat([first.types, second.types]);
  const strings = Buffer.concat([first.strings, second.strings]);
  const header = Buffer.from(first.header);
  for (const [i, word] of [0, types.length, types.length, strings.length].entries())
    header.writeUInt32LE(word, 8 + 4 * i);
  return Buffer.concat([header, types, strings]);
}

it("detailed comparisons of types come to an end, those of all relocations together", () => {
  const bytes = fixtureBytes("matches");
  const { elf, btf } = openObject(bytes);
  if (btf === undefined) throw new Error("no types");
  const members = Array.from({ length: 1400 }, (_, i) => ({
    name: `m${i}`,
    typeId: 0,
    bitOffset: 0,
    bitSize: 0,
  }));
  const structs = (order: typeof members): WritableType[] =>
    Array.from({ length: 10 }, (_, i) => ({ kind: "struct", name: `many___${i}`, size: 0, members: order }));
  const section = sectionOf(elf, ".BTF");
  const more = writeBtf(structs(members), { order: "little", base: btf });
  const copy = replaceSections(elf, new Map([[section.index, withMore(sectionBytes(elf, section), more)]]));
  const places = placesOf(copy).slice(0, 3);
  const object = withWords(copy, Object.fromEntries(places.map(({ at }, i) => [at + 4, btf.endId + i])));
  const kernel = parseBtf(writeBtf(structs(members.toReversed()), { order: "little" }));
  const outcomes = relocate(openObject(object), { kernel }).relocations.map(({ outcome }) => outcome);
  expect(outcomes[0]?.kind).toBe("patched");
  const message = expect.stringContaining("takes over 10000000 steps, with all before it");
  expect(outcomes[2]).toMatchObject({ kind: "failed", reason: "invalid", message });
});

it.each([
  [1024, "too-deep"],
  [1025, "access-string"],
])("an access string of %i characters is refused: %s", (length, code) => {
  const bytes = fixtureBytes("guard");
  const { elf } = openObject(bytes);
  const section = sectionOf(elf, ".BTF");
  const old = sectionBytes(elf, section);
  const strings = viewOf(old).getUint32(20, true);
  const text = "0:".repeat(600).slice(0, length);
  const longer = Buffer.concat([old, Buffer.from(text), Buffer.alloc(1)]);
  longer.writeUInt32LE(strings + text.length + 1, 20);
  const copy = replaceSections(elf, new Map([[section.index, longer]]));
  const [first] = placesOf(copy);
  const [relocation] = openObject(withWords(copy, { [(first?.at ?? 0) + 8]: strings })).relocations;
  expect(relocation?.spec).toBeInstanceOf(SpecError);
  expect(relocation?.spec).toMatchObject({ code });
});
