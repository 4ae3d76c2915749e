import type { ByteOrder } from "@core/bytes";
import { checkOffset, INSN_SIZE } from "./insn.js";
import {
  BPF_ALU,
  BPF_ALU64,
  BPF_B,
  BPF_DW,
  BPF_H,
  BPF_LD,
  BPF_LDX,
  BPF_ST,
  BPF_STX,
  BPF_W,
  BPF_X,
  CALL,
  CLASS_MASK,
  LDIMM64,
  SIZE_MASK,
  SOURCE_MASK,
} from "./opcodes.js";
import { type InsnForm, MAX_OFFSET, type Rejection } from "./rejection.js";
import { int16At, int32At, setInt16, setInt32 } from "./words.js";

/** The helper that a poisoned instruction calls; reached, the kernel says `invalid func unknown#195896080`. */
export const POISON_IMM = 0xbad2310;

/** What to write; libbpf's `struct bpf_core_relo_res`. Values are `__u64`: any bigint is taken modulo 2^64. */
export interface Patch {
  /** What the instruction must hold now, unless {@link validate} is off. */
  readonly original: bigint;
  /** What it is to hold. Cut to the low 32 bits where only an `imm` of 32 bits is to be had, as libbpf does. */
  readonly value: bigint;
  /** Make the instruction one that no kernel accepts. */
  readonly poison: boolean;
  /** Refuse to patch an instruction that does not hold {@link original}. */
  readonly validate: boolean;
  /** Bytes of the field that a load or store accesses now, 0 when there is no such field. */
  readonly originalSize: number;
  /** Bytes of the field that it is to access. Where the two differ, the access is widened or narrowed. */
  readonly size: number;
  /** The sizes differ in a way that no access width makes good: a load or store is poisoned. */
  readonly failMemszAdjust: boolean;
}

export type PatchOutcome =
  /** `previous` is what the instruction held, widened to 64 bits as a `__s32` or `__s16` is, and unsigned. */
  | { readonly kind: "patched"; readonly form: InsnForm; readonly previous: bigint }
  | { readonly kind: "poisoned"; readonly reason: "requested" | "size-mismatch" }
  | { readonly kind: "refused"; readonly rejection: Rejection };

const POISONED_REQUESTED: PatchOutcome = { kind: "poisoned", reason: "requested" };
const POISONED_SIZE_MISMATCH: PatchOutcome = { kind: "poisoned", reason: "size-mismatch" };

/**
 * Writes `patch` into the instruction at `offset` (in bytes) of `bytes`, which is the caller's to change,
 * or poisons that instruction. Decisions and their order are those of libbpf 1.8's `bpf_core_patch_insn`;
 * unlike it, a refusal leaves the bytes as they were (libbpf gives the whole object up then, so nobody
 * sees the offset that it wrote before it looked at the access width).
 *
 * `bytes` is one program: an LDIMM64 whose second slot lies outside is refused as truncated, also when
 * poison is asked for (libbpf's `bpf_object__relocate_core`).
 * @throws {@link InsnError} when `offset` is no multiple of 8 or the instruction lies outside `bytes`.
 */
export function patchInsn(bytes: Uint8Array, order: ByteOrder, offset: number, patch: Patch): PatchOutcome {
  checkOffset(bytes.length, offset);
  const little = order === "little";
  const code = bytes[offset] ?? 0;
  switch (code & CLASS_MASK) {
    case BPF_ALU:
    case BPF_ALU64:
      if ((code & SOURCE_MASK) === BPF_X) return refused({ reason: "register-operand", code });
      return patchImm(bytes, little, offset, patch);
    case BPF_LDX:
    case BPF_ST:
    case BPF_STX:
      return patchOff(bytes, little, offset, patch);
    case BPF_LD:
      return patchLdimm64(bytes, little, offset, patch);
    default:
      return refused({ reason: "unrecognized-insn", code });
  }
}

/** ALU and ALU64 with an immediate operand. */
function patchImm(bytes: Uint8Array, little: boolean, offset: number, patch: Patch): PatchOutcome {
  if (patch.poison) return poison(bytes, little, offset, POISONED_REQUESTED);
  const previous = BigInt.asUintN(64, BigInt(int32At(bytes, offset + 4, little)));
  if (isUnexpected(previous, patch)) return refusedValue("ALU/ALU64", previous, patch);
  setInt32(bytes, offset + 4, low32(patch.value), little);
  return { kind: "patched", form: "ALU/ALU64", previous };
}

/** LDX, ST and STX: the offset, and the access width where the field's size changes. */
function patchOff(bytes: Uint8Array, little: boolean, offset: number, patch: Patch): PatchOutcome {
  if (patch.poison) return poison(bytes, little, offset, POISONED_REQUESTED);
  const previous = BigInt.asUintN(64, BigInt(int16At(bytes, offset + 2, little)));
  if (isUnexpected(previous, patch)) return refusedValue("LDX/ST/STX", previous, patch);
  const value = BigInt.asUintN(64, patch.value);
  if (value > MAX_OFFSET) return refused({ reason: "offset-out-of-range", value });
  if (patch.failMemszAdjust) return poison(bytes, little, offset, POISONED_SIZE_MISMATCH);

  if (patch.size !== patch.originalSize) {
    const code = bytes[offset] ?? 0;
    const got = accessSize(code);
    if (got !== patch.originalSize) {
      return refused({ reason: "unexpected-size", got, expected: patch.originalSize });
    }
    const sizeBits = findSizeBits(patch.size);
    if (sizeBits === undefined) return refused({ reason: "invalid-size", size: patch.size });
    bytes[offset] = (code & ~SIZE_MASK) | sizeBits;
  }
  setInt16(bytes, offset + 2, Number(value), little);
  return { kind: "patched", form: "LDX/ST/STX", previous };
}

/** LDIMM64, which alone in its class has an immediate that a relocation may change. */
function patchLdimm64(bytes: Uint8Array, little: boolean, offset: number, patch: Patch): PatchOutcome {
  const rejection = findLdimm64Rejection(bytes, little, offset);
  if (rejection !== undefined) return refused(rejection);
  if (patch.poison) {
    poison(bytes, little, offset + INSN_SIZE, POISONED_REQUESTED);
    return poison(bytes, little, offset, POISONED_REQUESTED);
  }
  const high = BigInt(int32At(bytes, offset + INSN_SIZE + 4, little) >>> 0);
  const previous = (high << 32n) | BigInt(int32At(bytes, offset + 4, little) >>> 0);
  if (isUnexpected(previous, patch)) return refusedValue("LDIMM64", previous, patch);
  setInt32(bytes, offset + 4, low32(patch.value), little);
  setInt32(bytes, offset + INSN_SIZE + 4, low32(patch.value >> 32n), little);
  return { kind: "patched", form: "LDIMM64", previous };
}

/** Why the instruction of class LD at `offset` is not a plain `rX = <imm64>`, if it is not. */
function findLdimm64Rejection(bytes: Uint8Array, little: boolean, offset: number): Rejection | undefined {
  if ((bytes[offset] ?? 0) !== LDIMM64) return { reason: "unexpected-ldimm64", flaw: "opcode" };
  const second = offset + INSN_SIZE;
  if (second + INSN_SIZE > bytes.length) return { reason: "truncated-ldimm64" };
  const regs = bytes[offset + 1] ?? 0;
  if ((little ? regs >> 4 : regs & 0x0f) !== 0) {
    return { reason: "unexpected-ldimm64", flaw: "source-register" };
  }
  if (int16At(bytes, offset + 2, little) !== 0) {
    return { reason: "unexpected-ldimm64", flaw: "offset" };
  }
  // Opcode, both registers and offset: all but the immediate.
  if (int32At(bytes, second, little) !== 0) {
    return { reason: "unexpected-ldimm64", flaw: "second-slot" };
  }
  return undefined;
}

/** Writes the bad call into one slot. */
function poison(bytes: Uint8Array, little: boolean, offset: number, outcome: PatchOutcome): PatchOutcome {
  bytes[offset] = CALL;
  bytes[offset + 1] = 0;
  setInt16(bytes, offset + 2, 0, little);
  setInt32(bytes, offset + 4, POISON_IMM, little);
  return outcome;
}

/** Compares all 64 bits, so a sign-extended immediate equals only a sign-extended expectation. */
function isUnexpected(held: bigint, patch: Patch): boolean {
  return patch.validate && held !== BigInt.asUintN(64, patch.original);
}

function low32(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** Bytes that a load or store accesses. */
function accessSize(code: number): number {
  switch (code & SIZE_MASK) {
    case BPF_W:
      return 4;
    case BPF_H:
      return 2;
    case BPF_B:
      return 1;
    default:
      return 8;
  }
}

/** The opcode's bits for an access of `size` bytes, if there is one. */
function findSizeBits(size: number): number | undefined {
  switch (size) {
    case 8:
      return BPF_DW;
    case 4:
      return BPF_W;
    case 2:
      return BPF_H;
    case 1:
      return BPF_B;
    default:
      return undefined;
  }
}

function refused(rejection: Rejection): PatchOutcome {
  return { kind: "refused", rejection };
}

function refusedValue(form: InsnForm, got: bigint, patch: Patch): PatchOutcome {
  const expected = BigInt.asUintN(64, patch.original);
  return refused({ reason: "unexpected-value", form, got, expected });
}
