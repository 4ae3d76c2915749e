import { CoreError } from "@core/bytes";
import { fixtureObjects, readFixture } from "@core/fixtures";
import { openObject } from "@core/relocate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { programOf } from "../test/program.js";
import { linkObject, linkProgram, reachOf } from "./index.js";

/** Links everything; what throws must be an error that was thrown on purpose. */
function linkAll(bytes: Uint8Array): void {
  try {
    const linked = linkObject(openObject(bytes));
    for (const program of linked.object.programs) linkProgram(linked, program);
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
  }
}

describe("malformed objects", () => {
  const objects = fixtureObjects().map(({ path }) => readFixture(path));

  it("throw what is thrown on purpose, and nothing else", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...objects), changes, (bytes, changes) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, byte] of changes) changed[at % changed.length] = byte;
        linkAll(changed);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("any instructions", () => {
  it("are followed to an answer", () => {
    const slot = fc.tuple(
      fc.constantFrom(
        0x05,
        0x06,
        0x07,
        0x15,
        0x18,
        0x1d,
        0x2e,
        0x61,
        0x63,
        0x71,
        0x7b,
        0x85,
        0x95,
        0xb7,
        0xbf,
        0xc3,
      ),
      fc.nat({ max: 255 }),
      fc.integer({ min: -9, max: 9 }),
      fc.integer({ min: -9, max: 9 }),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(slot, fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 }), fc.constant(0), fc.integer())),
          { minLength: 1, maxLength: 30 },
        ),
        (slots) => {
          const { linked, relocated } = programOf(["exit\n".repeat(slots.length)]);
          const view = new DataView(linked.object.elf.bytes.buffer);
          for (const [index, [code, regs, off, imm]] of slots.entries()) {
            view.setUint8(8 * index, code);
            view.setUint8(8 * index + 1, regs);
            view.setInt16(8 * index + 2, off, true);
            view.setInt32(8 * index + 4, imm, true);
          }
          const [main] = linked.functions;
          const places = slots.map((_, index) => ({ function: main, insnOff: 8 * index }));
          const found = reachOf(linked, relocated, places);
          expect(found).toHaveLength(slots.length);
          expect(found[0]).toEqual({ kind: "reached" });
        },
      ),
      { numRuns: 300 },
    );
  });
});
