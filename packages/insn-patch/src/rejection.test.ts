import { expect, it } from "vitest";
import { formatRejection, type Rejection } from "./index.js";

const ALL_ONES = 2n ** 64n - 1n;

it.each<[Rejection, string]>([
  [
    { reason: "unexpected-value", form: "LDX/ST/STX", got: 16n, expected: 24n },
    "LDX/ST/STX holds 16, expected 24",
  ],
  // The two differ above bit 31, which unsigned 64-bit numbers would hide from a reader.
  [
    { reason: "unexpected-value", form: "ALU/ALU64", got: ALL_ONES, expected: 0xffffffffn },
    "ALU/ALU64 holds -1, expected 4294967295",
  ],
  [
    { reason: "offset-out-of-range", value: 40000n },
    "offset 40000 is out of reach: a load or store takes at most 32767",
  ],
  [{ reason: "unexpected-size", got: 4, expected: 8 }, "accesses 4 bytes, but the field has 8"],
  [{ reason: "unexpected-size", got: 1, expected: 8 }, "accesses 1 byte, but the field has 8"],
  [{ reason: "invalid-size", size: 3 }, "no load or store accesses 3 bytes: only 1, 2, 4 or 8"],
  [
    { reason: "unexpected-ldimm64", flaw: "opcode" },
    "a load of class LD that is not LDIMM64 holds no value that can be relocated",
  ],
  [
    { reason: "unexpected-ldimm64", flaw: "source-register" },
    "LDIMM64 loads an address, not a plain value: its source register is not 0",
  ],
  [{ reason: "unexpected-ldimm64", flaw: "offset" }, "LDIMM64 is malformed: its offset is not 0"],
  [
    { reason: "unexpected-ldimm64", flaw: "second-slot" },
    "LDIMM64 is malformed: its second slot holds more than an immediate",
  ],
  [{ reason: "truncated-ldimm64" }, "LDIMM64 is truncated: its second slot lies outside the program"],
  [
    { reason: "register-operand", code: 0x0f },
    "opcode 0x0f computes with a register: there is no immediate to patch",
  ],
  [{ reason: "unrecognized-insn", code: 0x85 }, "opcode 0x85 holds no value that can be relocated"],
])("%o", (rejection, text) => {
  expect(formatRejection(rejection)).toBe(text);
});
