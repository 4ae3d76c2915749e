import { type ByteOrder, viewOf } from "@core/bytes";
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
  const view = viewOf(bytes);
  const little = order === "little";
  const code = view.getUint8(offset);
  switch (code & CLASS_MASK) {
    case BPF_ALU:
    case BPF_ALU64:
      if ((code & SOURCE_MASK) === BPF_X) return refused({ reason: "register-operand", code });
      return patchImm(view, little, offset, patch);
    case BPF_LDX:
    case BPF_ST:
    case BPF_STX:
      return patchOff(view, little, offset, patch);
    case BPF_LD:
      return patchLdimm64(view, little, offset, patch);
    default:
      return refused({ reason: "unrecognized-insn", code });
  }
}

/** ALU and ALU64 with an immediate operand. */
function patchImm(view: DataView, little: boolean, offset: number, patch: Patch): PatchOutcome {
  if (patch.poison) return poison(view, little, offset, POISONED_REQUESTED);
  const previous = BigInt.asUintN(64, BigInt(view.getInt32(offset + 4, little)));
  if (isUnexpected(previous, patch)) return refusedValue("ALU/ALU64", previous, patch);
  view.setInt32(offset + 4, low32(patch.value), little);
  return { kind: "patched", form: "ALU/ALU64", previous };
}

/** LDX, ST and STX: the offset, and the access width where the field's size changes. */
function patchOff(view: DataView, little: boolean, offset: number, patch: Patch): PatchOutcome {
  if (patch.poison) return poison(view, little, offset, POISONED_REQUESTED);
  const previous = BigInt.asUintN(64, BigInt(view.getInt16(offset + 2, little)));
  if (isUnexpected(previous, patch)) return refusedValue("LDX/ST/STX", previous, patch);
  const value = BigInt.asUintN(64, patch.value);
  if (value > MAX_OFFSET) return refused({ reason: "offset-out-of-range", value });
  if (patch.failMemszAdjust) return poison(view, little, offset, POISONED_SIZE_MISMATCH);

  if (patch.size !== patch.originalSize) {
    const code = view.getUint8(offset);
    const got = accessSize(code);
    if (got !== patch.originalSize) {
      return refused({ reason: "unexpected-size", got, expected: patch.originalSize });
    }
    const sizeBits = findSizeBits(patch.size);
    if (sizeBits === undefined) return refused({ reason: "invalid-size", size: patch.size });
    view.setUint8(offset, (code & ~SIZE_MASK) | sizeBits);
  }
  view.setInt16(offset + 2, Number(value), little);
  return { kind: "patched", form: "LDX/ST/STX", previous };
}

/** LDIMM64, which alone in its class has an immediate that a relocation may change. */
function patchLdimm64(view: DataView, little: boolean, offset: number, patch: Patch): PatchOutcome {
  const rejection = findLdimm64Rejection(view, little, offset);
  if (rejection !== undefined) return refused(rejection);
  if (patch.poison) {
    poison(view, little, offset + INSN_SIZE, POISONED_REQUESTED);
    return poison(view, little, offset, POISONED_REQUESTED);
  }
  const high = BigInt(view.getUint32(offset + INSN_SIZE + 4, little));
  const previous = (high << 32n) | BigInt(view.getUint32(offset + 4, little));
  if (isUnexpected(previous, patch)) return refusedValue("LDIMM64", previous, patch);
  view.setInt32(offset + 4, low32(patch.value), little);
  view.setInt32(offset + INSN_SIZE + 4, low32(patch.value >> 32n), little);
  return { kind: "patched", form: "LDIMM64", previous };
}

/** Why the instruction of class LD at `offset` is not a plain `rX = <imm64>`, if it is not. */
function findLdimm64Rejection(view: DataView, little: boolean, offset: number): Rejection | undefined {
  if (view.getUint8(offset) !== LDIMM64) return { reason: "unexpected-ldimm64", flaw: "opcode" };
  const second = offset + INSN_SIZE;
  if (second + INSN_SIZE > view.byteLength) return { reason: "truncated-ldimm64" };
  const regs = view.getUint8(offset + 1);
  if ((little ? regs >> 4 : regs & 0x0f) !== 0) {
    return { reason: "unexpected-ldimm64", flaw: "source-register" };
  }
  if (view.getInt16(offset + 2, little) !== 0) {
    return { reason: "unexpected-ldimm64", flaw: "offset" };
  }
  // Opcode, both registers and offset: all but the immediate.
  if (view.getUint32(second, little) !== 0) {
    return { reason: "unexpected-ldimm64", flaw: "second-slot" };
  }
  return undefined;
}

/** Writes the bad call into one slot. */
function poison(view: DataView, little: boolean, offset: number, outcome: PatchOutcome): PatchOutcome {
  view.setUint8(offset, CALL);
  view.setUint8(offset + 1, 0);
  view.setInt16(offset + 2, 0, little);
  view.setInt32(offset + 4, POISON_IMM, little);
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
