import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { btfOf, extBytes, SAMPLE } from "../test/builder.js";
import { extErrorOf } from "../test/errors.js";
import { sectionsOf } from "../test/sections.js";
import { parseBtfExt, withoutCoreRelos } from "./index.js";

const btf = btfOf();

/** No input of this size may take longer: microseconds of the processor's time, of which a busy machine takes no more. */
const SOON = 1_000_000;

/** Parses, and if that works, removes the relocations and parses what is left. Gives the error's code. */
function attempt(bytes: Uint8Array): string | undefined {
  const before = bytes.slice();
  const error = extErrorOf(() => {
    const ext = parseBtfExt(bytes, btf);
    const { bytes: written, removed } = withoutCoreRelos(ext);
    const again = parseBtfExt(written, btf);
    expect(again.coreRelos).toBeUndefined();
    expect(sectionsOf(again)).toEqual({ ...sectionsOf(ext), coreRelos: undefined });
    if (removed !== undefined) expect(removed.end - removed.start).toBe(ext.coreRelos?.length);
  });
  if (bytes.some((byte, i) => byte !== before[i])) throw new Error("the input was changed");
  return error?.code;
}

describe.each(["little", "big"] as const)("%s-endian", (order) => {
  describe.each([24, 32, 40])("a header of %d bytes", (headerLength) => {
    const bytes = extBytes({ ...SAMPLE, order, headerLength, filler: 0xff });

    test("cut off at every length", () => {
      const whole = headerLength === 24 ? headerLength + 96 : bytes.length;
      for (let length = 0; length < bytes.length; length++) {
        expect(attempt(bytes.slice(0, length)) === undefined).toBe(length >= whole);
      }
    });

    test("every byte changed", () => {
      let slowest = 0;
      const codes = new Set<string | undefined>();
      for (const [offset, byte] of bytes.entries()) {
        for (const bits of [0x01, 0x02, 0x04, 0x80, 0xff]) {
          const changed = bytes.slice();
          changed[offset] = byte ^ bits;
          const started = process.cpuUsage();
          codes.add(attempt(changed));
          slowest = Math.max(slowest, process.cpuUsage(started).user);
        }
      }
      expect(slowest).toBeLessThan(SOON);
      expect([...codes].sort()).toEqual(
        ["header", "magic", "part", "record-size", "records", "section-name", "version", undefined].sort(),
      );
    });
  });
});

test("any words changed", () => {
  const word = fc.oneof(
    fc.constantFrom(0, 1, 4, 8, 16, 24, 32, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff),
    fc.nat(200),
    fc.nat(0xffffffff),
  );
  const edits = fc.array(fc.record({ where: fc.nat(), word }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom("little", "big"), edits, fc.nat(8), (order, edits, gap) => {
      const bytes = extBytes({ ...SAMPLE, order, gap: gap * 4 });
      const view = new DataView(bytes.buffer);
      for (const { where, word } of edits)
        view.setUint32((where % (bytes.length / 4)) * 4, word, order === "little");
      attempt(bytes);
    }),
    { numRuns: 1500 },
  );
});

test("any bytes behind a header that is right", () => {
  const words = fc.array(fc.nat(24), { minLength: 12, maxLength: 40 });
  fc.assert(
    fc.property(words, (words) => {
      const bytes = new Uint8Array(32 + words.length * 4);
      const view = new DataView(bytes.buffer);
      const third = Math.floor(words.length / 3) * 4;
      const header = [32, 0, third, third, third, 2 * third, third];
      view.setUint16(0, 0xeb9f, true);
      view.setUint8(2, 1);
      for (const [i, word] of header.entries()) view.setUint32(4 + 4 * i, word, true);
      for (const [i, word] of words.entries()) view.setUint32(32 + 4 * i, word, true);
      attempt(bytes);
    }),
    { numRuns: 1000 },
  );
});
