import { describe, expect, it } from "vitest";
import { fallsThrough, type Insn, jumpDistance } from "./index.js";

const insn = (code: number): Insn => ({ code, dstReg: 1, srcReg: 0, off: -3, imm: 70_000 });

// Opcodes as RFC 9669 and the kernel's include/uapi/linux/bpf.h have them.
describe.each([
  ["r1 += imm", 0x07, true, undefined],
  ["r1 = *(u64 *)(r0 - 3)", 0x79, true, undefined],
  ["the first slot of an LDIMM64", 0x18, true, undefined],
  ["call", 0x85, true, undefined],
  ["exit", 0x95, false, undefined],
  ["goto", 0x05, false, -3],
  ["gotol", 0x06, false, 70_000],
  ["gotox", 0x0d, false, undefined],
  ["may_goto", 0xe5, true, -3],
  ["if r1 == imm", 0x15, true, -3],
  ["if r1 s<= r0", 0xdd, true, -3],
  ["if w1 != imm", 0x56, true, -3],
])("%s", (_, code, goesOn, distance) => {
  it(`${goesOn ? "goes" : "does not go"} on behind itself`, () => {
    expect(fallsThrough(insn(code))).toBe(goesOn);
  });

  it(`jumps ${distance ?? "nowhere that is known"}`, () => {
    expect(jumpDistance(insn(code))).toBe(distance);
  });
});
