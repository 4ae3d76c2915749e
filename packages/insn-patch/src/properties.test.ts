import { type ByteOrder, readerOf } from "@core/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hexOf, neutral } from "../test/patches.js";
import { formatInsn, type Insn, insnAt, type Patch, type PatchOutcome, patchInsn } from "./index.js";

// The layouts of RFC 9669 section 3.1, written here a second time so that the decoder is not its own judge.
function encode(insn: Insn, order: "little" | "big"): Uint8Array {
  const { code, dstReg, srcReg, off, imm } = insn;
  const fields = [
    [(off >> 8) & 0xff, off & 0xff],
    [imm >>> 24, (imm >> 16) & 0xff, (imm >> 8) & 0xff, imm & 0xff],
  ];
  if (order === "big") return Uint8Array.of(code, (dstReg << 4) | srcReg, ...fields.flat());
  return Uint8Array.of(code, (srcReg << 4) | dstReg, ...fields.flatMap((field) => field.reverse()));
}

const orders = fc.constantFrom<ByteOrder>("little", "big");
const insns = fc.record({
  code: fc.integer({ min: 0, max: 255 }),
  dstReg: fc.integer({ min: 0, max: 15 }),
  srcReg: fc.integer({ min: 0, max: 15 }),
  off: fc.integer({ min: -32768, max: 32767 }),
  imm: fc.integer({ min: -2147483648, max: 2147483647 }),
});
const codes = fc.oneof(fc.constantFrom(0x18, 0xb7, 0x61, 0x62, 0x63, 0x0f, 0x85), fc.nat({ max: 255 }));
const values = fc.oneof(fc.bigInt({ min: 0n, max: 40000n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const sizes = fc.constantFrom(0, 1, 2, 3, 4, 8, 16);
const patches: fc.Arbitrary<Patch> = fc.record({
  original: values,
  value: values,
  poison: fc.boolean(),
  validate: fc.boolean(),
  originalSize: sizes,
  size: sizes,
  failMemszAdjust: fc.boolean(),
});
/** Six slots; the one that is patched has a telling opcode, and a clean slot after it more often than chance has. */
const programs = fc
  .tuple(fc.uint8Array({ minLength: 48, maxLength: 48 }), codes, fc.nat({ max: 5 }), fc.boolean())
  .map(([bytes, code, slot, clean]) => {
    bytes[slot * 8] = code;
    if (clean) bytes.fill(0, slot * 8 + 1, slot * 8 + 12);
    return { bytes, offset: slot * 8 };
  });

it("an instruction is read as it was encoded, wherever it stands", () => {
  fc.assert(
    fc.property(insns, orders, fc.nat({ max: 5 }), (insn, order, slot) => {
      const bytes = new Uint8Array(64).fill(0xee);
      bytes.set(encode(insn, order), slot * 8);
      expect(insnAt(readerOf(bytes, order), slot * 8)).toEqual(insn);
    }),
  );
});

it("formatInsn never throws, whatever the bytes, and never prints more than a line", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 24 }), orders, (bytes, order) => {
      expect(formatInsn(readerOf(bytes, order), 0)).toMatch(/^[ -~]+$/);
    }),
    { numRuns: 2000 },
  );
});

describe("for any instruction and any patch", () => {
  const run = (
    check: (before: Uint8Array, after: Uint8Array, at: number, o: PatchOutcome, p: Patch) => void,
  ) =>
    fc.assert(
      fc.property(programs, orders, patches, ({ bytes, offset }, order, patch) => {
        const before = bytes.slice();
        const outcome = patchInsn(bytes, order, offset, patch);
        check(before, bytes, offset, outcome, patch);
      }),
      { numRuns: 3000 },
    );

  it("nothing outside the instruction is touched", () => {
    run((before, after, offset) => {
      const end = offset + (before[offset] === 0x18 ? 16 : 8);
      expect(hexOf(after.subarray(0, offset))).toBe(hexOf(before.subarray(0, offset)));
      expect(hexOf(after.subarray(end))).toBe(hexOf(before.subarray(end)));
    });
  });

  it("a refusal leaves every byte as it was", () => {
    run((before, after, _, outcome) => {
      if (outcome.kind === "refused") expect(hexOf(after)).toBe(hexOf(before));
    });
  });

  it("poison covers the whole instruction, both slots of an LDIMM64", () => {
    run((before, after, offset, outcome) => {
      if (outcome.kind !== "poisoned") return;
      const slots = before[offset] === 0x18 ? 2 : 1;
      const bad = /^850000001023ad0b$|^850000000bad2310$/;
      for (let i = 0; i < slots; i++) {
        expect(hexOf(after.subarray(offset + i * 8, offset + i * 8 + 8))).toMatch(bad);
      }
    });
  });

  it("patching back restores it, where the new value is one that fits", () => {
    fc.assert(
      fc.property(
        programs,
        orders,
        fc.bigInt({ min: 0n, max: 32767n }),
        ({ bytes, offset }, order, value) => {
          const before = bytes.slice();
          const outcome = patchInsn(bytes, order, offset, { ...neutral, validate: false, value });
          if (outcome.kind !== "patched") return;
          // A negative offset cannot be patched in: no field has one.
          if (outcome.form === "LDX/ST/STX" && outcome.previous > 32767n) return;
          const back = { ...neutral, original: value, value: outcome.previous };
          expect(patchInsn(bytes, order, offset, back).kind).toBe("patched");
          expect(hexOf(bytes)).toBe(hexOf(before));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
