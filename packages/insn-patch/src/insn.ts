import type { Reader } from "@core/bytes";
import { InsnError } from "./error.js";
import { LDIMM64 } from "./opcodes.js";

/** Bytes of one instruction slot. */
export const INSN_SIZE = 8;

/** One instruction slot, decoded: the kernel's `struct bpf_insn`. */
export interface Insn {
  /** The opcode, 0 to 255. */
  readonly code: number;
  /** Destination register, 0 to 15 (the kernel has r0 to r10). */
  readonly dstReg: number;
  /** Source register, 0 to 15; for some opcodes a selector and not a register. */
  readonly srcReg: number;
  /** Signed, 16 bits: bytes for a load or store, slots for a jump. */
  readonly off: number;
  /** Signed, 32 bits. */
  readonly imm: number;
}

/**
 * Decodes the slot at `offset`, in bytes. The second slot of an LDIMM64 is a slot like any other.
 * @throws {@link InsnError} when `offset` is no multiple of 8 or the slot lies outside the bytes.
 */
export function insnAt(reader: Reader, offset: number): Insn {
  checkOffset(reader.bytes.length, offset);
  // Two words: to read each field by itself takes twice as long.
  const head = reader.i32(offset);
  const imm = reader.i32(offset + 4);
  // Bit-fields fill a byte from its low end on little-endian machines and from its high end on others.
  return reader.order === "little"
    ? { code: head & 0xff, dstReg: (head >> 8) & 0xf, srcReg: (head >> 12) & 0xf, off: head >> 16, imm }
    : {
        code: head >>> 24,
        dstReg: (head >> 20) & 0xf,
        srcReg: (head >> 16) & 0xf,
        off: (head << 16) >> 16,
        imm,
      };
}

/** True for the first slot of the only instruction of two, `rX = <imm64>`. */
export function isLdimm64(insn: Insn): boolean {
  return insn.code === LDIMM64;
}

/**
 * Bytes that the instruction at `offset` (in bytes) takes: 16 for an LDIMM64, else 8. The opcode alone
 * decides: the second slot of a truncated LDIMM64 lies outside the bytes.
 * @throws {@link InsnError} as {@link insnAt} does.
 */
export function insnLengthAt(reader: Reader, offset: number): 8 | 16 {
  checkOffset(reader.bytes.length, offset);
  return reader.u8(offset) === LDIMM64 ? 16 : 8;
}

/** @throws {@link InsnError} unless `offset` is where a whole slot of `length` bytes of code can start. */
export function checkOffset(length: number, offset: number): void {
  if (offset % INSN_SIZE !== 0) {
    throw new InsnError("misaligned", `instructions start at multiples of ${INSN_SIZE}`, offset);
  }
  if (offset < 0 || offset + INSN_SIZE > length) {
    throw new InsnError("out-of-bounds", `no instruction here in ${length} bytes of code`, offset);
  }
}
