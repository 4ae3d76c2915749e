import { readerOf } from "@core/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Insn, InsnError, insnAt, insnLengthAt, isLdimm64 } from "./index.js";

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

const orders = fc.constantFrom("little" as const, "big" as const);
const insns = fc.record({
  code: fc.integer({ min: 0, max: 255 }),
  dstReg: fc.integer({ min: 0, max: 15 }),
  srcReg: fc.integer({ min: 0, max: 15 }),
  off: fc.integer({ min: -32768, max: 32767 }),
  imm: fc.integer({ min: -2147483648, max: 2147483647 }),
});

describe("insnAt", () => {
  const load = { code: 0x61, dstReg: 1, srcReg: 10, off: -8, imm: 0x01020304 };

  it("reads registers, offset and immediate in either byte order", () => {
    const little = Uint8Array.of(0x61, 0xa1, 0xf8, 0xff, 0x04, 0x03, 0x02, 0x01);
    const big = Uint8Array.of(0x61, 0x1a, 0xff, 0xf8, 0x01, 0x02, 0x03, 0x04);
    expect(insnAt(readerOf(little, "little"), 0)).toEqual(load);
    expect(insnAt(readerOf(big, "big"), 0)).toEqual(load);
  });

  it("gives back whatever was encoded, wherever it stands", () => {
    fc.assert(
      fc.property(insns, orders, fc.nat({ max: 5 }), (insn, order, slot) => {
        const bytes = new Uint8Array(64).fill(0xee);
        bytes.set(encode(insn, order), slot * 8);
        expect(insnAt(readerOf(bytes, order), slot * 8)).toEqual(insn);
      }),
    );
  });

  it.each([
    [-8, "out-of-bounds"],
    [16, "out-of-bounds"],
    [2 ** 53, "out-of-bounds"],
    [4, "misaligned"],
    [8.5, "misaligned"],
    [Number.NaN, "misaligned"],
    [Number.POSITIVE_INFINITY, "misaligned"],
  ])("throws at offset %d: %s", (offset, code) => {
    // 23 bytes: two slots, and a third that is not whole.
    const reader = readerOf(new Uint8Array(23), "little");
    for (const read of [insnAt, insnLengthAt]) {
      expect(() => read(reader, offset)).toThrow(InsnError);
      expect(() => read(reader, offset)).toThrow(expect.objectContaining({ code, site: { offset } }));
    }
  });
});

describe("an LDIMM64", () => {
  const reader = readerOf(Uint8Array.of(0x18, 1, 0, 0, 5, 0, 0, 0, 0x20, 0, 0, 0, 5, 0, 0, 0), "little");

  it("takes two slots, other loads of its class one", () => {
    expect(insnLengthAt(reader, 0)).toBe(16);
    expect(insnLengthAt(reader, 8)).toBe(8);
    expect(isLdimm64(insnAt(reader, 0))).toBe(true);
    expect(isLdimm64(insnAt(reader, 8))).toBe(false);
  });
});
