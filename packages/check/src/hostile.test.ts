import { CoreError } from "@core/bytes";
import { kernelObjects, readFixture } from "@core/fixtures";
import { type BpfObject, openObject, relocate } from "@core/relocate";
import fc from "fast-check";
import { expect, it } from "vitest";
import { kernelOf } from "../test/kernel.js";
import { checkObject, explain, findExistence, insnsAround } from "./index.js";

const kernel = kernelOf();
const objects = kernelObjects().map(({ path }) => readFixture(path));

function opened(bytes: Uint8Array): BpfObject | undefined {
  try {
    return openObject(bytes);
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

it("damaged objects have verdicts, or cannot be opened", () => {
  let checked = 0;
  fc.assert(
    fc.property(
      fc.nat(objects.length - 1),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      (index, edits) => {
        const bytes = new Uint8Array(objects[index] ?? []);
        for (const [at, byte] of edits) bytes[64 + (at % (bytes.length - 64))] = byte;
        const object = opened(bytes);
        if (object === undefined) return;
        checked++;
        const { verdict, programs, reasons } = checkObject(object, kernel);
        expect(["loads", "fails", "unknown"]).toContain(verdict);
        if (reasons.some(({ code }) => code === "object-invalid"))
          expect(programs.every((one) => one.verdict === "fails")).toBe(true);
        const place = object.relocations[0];
        if (place === undefined) return;
        const relocated = relocate(object, { kernel: kernel.btf });
        for (const one of explain(relocated, () => true)) insnsAround(relocated, one);
        findExistence(
          object,
          { section: place.section, insnOff: place.record.insnOff },
          new Map([["k", kernel]]),
        );
      },
    ),
    { numRuns: 300 },
  );
  expect(checked).toBeGreaterThan(50);
});
