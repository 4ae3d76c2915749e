import { formatOpcode } from "./opcodes.js";

/** The three forms of instruction that hold a relocatable value, as libbpf's messages call them. */
export type InsnForm = "ALU/ALU64" | "LDX/ST/STX" | "LDIMM64";

/** What keeps an instruction of class LD from being a plain `rX = <imm64>`; the first that applies. */
export type Ldimm64Flaw = "opcode" | "source-register" | "offset" | "second-slot";

/** The largest offset of a load or store: `SHRT_MAX`. Negative ones exist, but no field has one. */
export const MAX_OFFSET = 32767n;

/** Why an instruction was left as it is. 64-bit values are unsigned. */
export type Rejection =
  /** The instruction does not hold what it should hold before patching. */
  | {
      readonly reason: "unexpected-value";
      readonly form: InsnForm;
      readonly got: bigint;
      readonly expected: bigint;
    }
  /** A load or store reaches no further than 32767 bytes. */
  | { readonly reason: "offset-out-of-range"; readonly value: bigint }
  /** The access width of a load or store, in bytes, is not the size of the field that it should access. */
  | { readonly reason: "unexpected-size"; readonly got: number; readonly expected: number }
  /** The field's new size, in bytes, is none that a load or store can access. */
  | { readonly reason: "invalid-size"; readonly size: number }
  | { readonly reason: "unexpected-ldimm64"; readonly flaw: Ldimm64Flaw }
  /** The second slot lies outside the program. */
  | { readonly reason: "truncated-ldimm64" }
  /** Arithmetic on two registers has no immediate to patch. */
  | { readonly reason: "register-operand"; readonly code: number }
  /** A jump, call or exit: nothing in it is relocatable. */
  | { readonly reason: "unrecognized-insn"; readonly code: number };

/** One line for a person: what is wrong with the instruction, without naming it. */
export function formatRejection(rejection: Rejection): string {
  switch (rejection.reason) {
    case "unexpected-value": {
      const got = BigInt.asIntN(64, rejection.got);
      const expected = BigInt.asIntN(64, rejection.expected);
      return `${rejection.form} holds ${got}, expected ${expected}`;
    }
    case "offset-out-of-range":
      return `offset ${rejection.value} is out of reach: a load or store takes at most ${MAX_OFFSET}`;
    case "unexpected-size":
      return `accesses ${bytes(rejection.got)}, but the field has ${rejection.expected}`;
    case "invalid-size":
      return `no load or store accesses ${bytes(rejection.size)}: only 1, 2, 4 or 8`;
    case "unexpected-ldimm64":
      return LDIMM64_FLAWS[rejection.flaw];
    case "truncated-ldimm64":
      return "LDIMM64 is truncated: its second slot lies outside the program";
    case "register-operand":
      return `opcode ${formatOpcode(rejection.code)} computes with a register: there is no immediate to patch`;
    case "unrecognized-insn":
      return `opcode ${formatOpcode(rejection.code)} holds no value that can be relocated`;
  }
}

const LDIMM64_FLAWS: Readonly<Record<Ldimm64Flaw, string>> = {
  opcode: "a load of class LD that is not LDIMM64 holds no value that can be relocated",
  "source-register": "LDIMM64 loads an address, not a plain value: its source register is not 0",
  offset: "LDIMM64 is malformed: its offset is not 0",
  "second-slot": "LDIMM64 is malformed: its second slot holds more than an immediate",
};

function bytes(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}
