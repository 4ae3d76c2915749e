import { readFileSync } from "node:fs";
import { type ByteOrder, readerOf } from "@core/bytes";
import { describe, expect, it } from "vitest";
import { formatInsn, InsnError } from "./index.js";

function formatHex(hex: string, order: ByteOrder): string {
  return formatInsn(readerOf(Uint8Array.from(Buffer.from(hex, "hex")), order), 0);
}

const rows = readFileSync(new URL("../testdata/disasm.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => /^(\S+) (\S+) (.+)$/.exec(line) ?? [line])
  .map(([, little = "", big = "", text = ""]) => ({ little, big, text }));

describe("formatInsn prints what the kernel's disassembler prints", () => {
  it("has a row for every instruction of cpu v4 and later", () => {
    expect(rows.length).toBe(181);
  });

  it.each(rows)("$little $text", ({ little, big, text }) => {
    expect(formatHex(little, "little")).toBe(text);
    expect(formatHex(big, "big")).toBe(text);
  });

  // Calls that LLVM's assembler only writes with a relocation; the texts are the kernel's.
  it.each([
    ["8510000005000000", "call pc+5"],
    ["85100000fbffffff", "call pc-5"],
    ["8520000039300000", "call kernel-function#12345"],
  ])("%s %s", (hex, text) => {
    expect(formatHex(hex, "little")).toBe(text);
  });
});

describe("an LDIMM64 of an address", () => {
  // RFC 9669 section 5.4, its table of 64-bit immediate instructions.
  it.each([
    [1, "map_by_fd(7)"],
    [2, "map_val(map_by_fd(7)) + 24"],
    [3, "var_addr(7)"],
    [4, "code_addr(7)"],
    [5, "map_by_idx(7)"],
    [6, "map_val(map_by_idx(7)) + 24"],
  ])("with source register %d is %s", (srcReg, text) => {
    expect(formatHex(`18${srcReg}30000070000000000000018000000`, "little")).toBe(`r3 = ${text}`);
  });
});

describe("what is no instruction", () => {
  // Codes that the kernel prints as BUG_…, (null) or not at all, and selectors that choose nothing.
  it.each([
    ["an ALU operation that is none", "e712050007000000"],
    ["an ALU operation that is none", "f412050007000000"],
    ["an ALU operation that is none, with an offset of 0", "e712000007000000"],
    ["a negation of another register", "8f12000000000000"],
    ["a negation with an offset", "8702050000000000"],
    ["an unsigned operation with an offset", "b712050007000000"],
    ["an addition that extends", "0f12080000000000"],
    ["a division with offset 2", "3712020007000000"],
    ["a move that extends 24 bits", "bf12180000000000"],
    ["an immediate move that extends", "b712080007000000"],
    ["a 32-bit move that extends 32 bits", "bc12200000000000"],
    ["a 32-bit move to another address space", "bc12010000000000"],
    ["a byte swap of 24 bits", "dc01000018000000"],
    ["a byte swap with an offset", "d701010010000000"],
    ["an unconditional swap from a register", "df01000010000000"],
    ["a sign-extending load of 64 bits", "9912000000000000"],
    ["a load of mode 0", "0112000000000000"],
    ["an atomic load class", "c112000000000000"],
    ["an atomic store of an immediate", "c212000000000000"],
    ["a store of mode 0", "0312000000000000"],
    ["an atomic operation that is none", "c312000002000000"],
    ["an atomic operation that is none", "c312000020000000"],
    ["an atomic addition of 8 bits", "d312000000000000"],
    ["an exchange of 16 bits", "cb120000e1000000"],
    ["a packet load of 64 bits", "3800000000000000"],
    ["a packet load of mode 6", "6000000000000000"],
    ["a 32-bit LD immediate", "0001000000000000"],
    ["an LDIMM64 from register 7", "18710000000000000000000000000000"],
    ["an LDIMM64 without its second slot", "1801000005000000"],
    ["a jump that is none", "ed12030007000000"],
    ["a jump that is none", "f512030007000000"],
    ["a conditional jump that is none", "e512030007000000"],
    ["a call through a register", "8d01000000000000"],
    ["a 32-bit call", "8600000001000000"],
    ["a 32-bit exit", "9600000000000000"],
    ["a 32-bit jump through a register", "0e01000000000000"],
    ["a call of kind 3", "8530000001000000"],
  ])("%s (%s)", (_, hex) => {
    expect(formatHex(hex, "little")).toMatch(
      /^unknown \(code 0x[0-9a-f]+, dst \d+, src \d+, off -?\d+, imm -?\d+\)$/,
    );
  });

  it("is shown with all its fields", () => {
    expect(formatHex("8da1feffffffffff", "little")).toBe(
      "unknown (code 0x8d, dst 1, src 10, off -2, imm -1)",
    );
  });

  it("throws outside the bytes", () => {
    expect(() => formatInsn(readerOf(new Uint8Array(7), "little"), 0)).toThrow(InsnError);
    expect(() => formatInsn(readerOf(new Uint8Array(16), "little"), 1)).toThrow(InsnError);
  });
});
