import { readerOf } from "@core/bytes";
import { describe, expect, it } from "vitest";
import { InsnError, insnAt, insnLengthAt, isLdimm64 } from "./index.js";

describe("insnAt", () => {
  const load = { code: 0x61, dstReg: 1, srcReg: 10, off: -8, imm: 0x01020304 };

  it("reads registers, offset and immediate in either byte order", () => {
    const little = Uint8Array.of(0x61, 0xa1, 0xf8, 0xff, 0x04, 0x03, 0x02, 0x01);
    const big = Uint8Array.of(0x61, 0x1a, 0xff, 0xf8, 0x01, 0x02, 0x03, 0x04);
    expect(insnAt(readerOf(little, "little"), 0)).toEqual(load);
    expect(insnAt(readerOf(big, "big"), 0)).toEqual(load);
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

  it("says what is wrong with an offset", () => {
    const reader = readerOf(new Uint8Array(23), "little");
    expect(() => insnAt(reader, 16)).toThrow(
      expect.objectContaining({
        name: "InsnError",
        message: "insn-patch: no instruction here in 23 bytes of code (offset 0x10)",
      }),
    );
    expect(() => insnAt(reader, 12)).toThrow(
      expect.objectContaining({
        name: "InsnError",
        message: "insn-patch: instructions start at multiples of 8 (offset 0xc)",
      }),
    );
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
