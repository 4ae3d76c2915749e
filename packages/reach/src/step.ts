import type { ByteOrder } from "@core/bytes";
import type { Insn } from "@core/insn-patch";
import {
  BPF_ADD,
  BPF_ALU,
  BPF_ALU64,
  BPF_AND,
  BPF_ARSH,
  BPF_ATOMIC,
  BPF_B,
  BPF_DIV,
  BPF_END,
  BPF_H,
  BPF_LDX,
  BPF_LSH,
  BPF_MEMSX,
  BPF_MOD,
  BPF_MOV,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_RSH,
  BPF_ST,
  BPF_STX,
  BPF_SUB,
  BPF_W,
  BPF_X,
  BPF_XOR,
  CLASS_MASK,
  MODE_MASK,
  OP_MASK,
  SIZE_MASK,
  SOURCE_MASK,
} from "@core/insn-patch/opcodes";
import { smaxOf, sminOf, W32, W64 } from "./arc.js";
import type { Instruction } from "./code.js";
import type { KernelTraits } from "./kernel.js";
import {
  compute,
  constant,
  knownValue,
  knowsMore,
  lessTrusted,
  type Operation,
  type Scalar,
  signExtend,
  truncate,
  UNKNOWN,
  UNKNOWN_BYTES,
  UNTOLD,
} from "./scalar.js";
import { forgetStack, isZero, loadSomewhere, loadStack, storeStack, storeZeroSomewhere } from "./stack.js";
import { type Frame, frameOf, readRegister, type State } from "./state.js";
import type { Pointer, Value } from "./value.js";

/** What a run of the analysis has in common for all its paths. */
export interface Setting {
  readonly order: ByteOrder;
  readonly kernel: KernelTraits;
  /** A pointer that the program is given is known not to be null by newer kernels. */
  readonly hasTrustedContext: boolean;
  /** What an LDIMM64 loads. */
  readonly loaded: (instruction: Instruction) => Value;
  /** A number that stands for nothing yet. */
  readonly newId: () => number;
}

type Size = 1 | 2 | 4 | 8;

function sizeOf({ code }: Insn): Size {
  switch (code & SIZE_MASK) {
    case BPF_B:
      return 1;
    case BPF_H:
      return 2;
    case BPF_W:
      return 4;
    default:
      return 8;
  }
}

/** Follows an instruction that is neither a jump nor a call. */
export function step(state: State, instruction: Instruction, setting: Setting): void {
  const { insn, isPoisoned } = instruction;
  const { regs } = frameOf(state);
  switch (insn.code & CLASS_MASK) {
    case BPF_ALU:
    case BPF_ALU64:
      regs[insn.dstReg] = isPoisoned ? UNKNOWN : arithmetic(state, insn, setting);
      break;
    case BPF_LDX:
      regs[insn.dstReg] = isPoisoned ? UNKNOWN : load(state, insn, setting);
      break;
    case BPF_ST:
      if (!isPoisoned) store(state, insn, constant(BigInt(insn.imm)), setting);
      break;
    case BPF_STX:
      if (isPoisoned) break;
      if ((insn.code & MODE_MASK) === BPF_ATOMIC) atomic(state, insn, setting);
      else store(state, insn, named(frameOf(state), insn.srcReg, setting), setting);
      break;
    default:
      if (insn.code === LDIMM64) regs[insn.dstReg] = isPoisoned ? UNKNOWN : setting.loaded(instruction);
      else readPacket(frameOf(state));
  }
  state.at = instruction.next;
}

const LDIMM64 = 0x18;

const OPERATIONS: Readonly<Record<number, Operation>> = {
  [BPF_ADD]: "add",
  [BPF_SUB]: "sub",
  [BPF_MUL]: "mul",
  [BPF_DIV]: "div",
  [BPF_OR]: "or",
  [BPF_AND]: "and",
  [BPF_LSH]: "lsh",
  [BPF_RSH]: "rsh",
  [BPF_NEG]: "neg",
  [BPF_MOD]: "mod",
  [BPF_XOR]: "xor",
  [BPF_ARSH]: "arsh",
};

function arithmetic(state: State, insn: Insn, setting: Setting): Value {
  const frame = frameOf(state);
  const width = (insn.code & CLASS_MASK) === BPF_ALU64 ? W64 : W32;
  const isFromReg = (insn.code & SOURCE_MASK) === BPF_X;
  const op = insn.code & OP_MASK;
  const source = isFromReg && op !== BPF_END ? readRegister(frame, insn.srcReg) : constant(BigInt(insn.imm));
  if (op === BPF_MOV) {
    if (isFromReg && insn.off !== 0) return extended(source, insn.off, width.bits);
    if (width.bits === 64) return isFromReg ? named(frame, insn.srcReg, setting) : source;
    if (source.kind === "pointer") return UNKNOWN_BYTES[4];
    const low = truncate(source, 4);
    return low === source ? named(frame, insn.srcReg, setting) : { ...low, id: 0 };
  }
  const before = readRegister(frame, insn.dstReg);
  if (op === BPF_END) return before.kind === "scalar" ? swapped(before, insn, setting.order) : UNKNOWN;
  const operation = OPERATIONS[op];
  if (operation === undefined) return UNTOLD;
  if (before.kind === "scalar" && source.kind === "scalar")
    return compute(isSigned(insn) ? (SIGNED[operation] ?? operation) : operation, before, source, width);
  return width.bits === 64 ? movedPointer(operation, before, source) : UNKNOWN_BYTES[4];
}

const SIGNED: Partial<Record<Operation, Operation>> = { div: "sdiv", mod: "smod" };
const isSigned = ({ off }: Insn): boolean => off === 1;

function extended(source: Value, off: number, bits: 32 | 64): Value {
  if (source.kind === "pointer") return off === 1 ? source : UNKNOWN;
  if (off !== 8 && off !== 16 && off !== 32) return UNTOLD;
  const wide = { ...signExtend(source, off), id: 0 };
  return bits === 64 ? wide : truncate(wide, 4);
}

/** A register's value; from now on it is known that whatever gets it holds the same. */
function named({ regs }: Frame, register: number, { newId }: Setting): Value {
  const value = regs[register] ?? UNTOLD;
  if (value.id !== 0 || value.kind === "pointer" || knownValue(value) !== undefined) return value;
  const withId = { ...value, id: newId() };
  regs[register] = withId;
  return withId;
}

function movedPointer(operation: Operation, a: Value, b: Value): Value {
  const [pointer, by] = a.kind === "pointer" ? [a, b] : [b, a];
  // The difference of two pointers, or what the kernel refuses to compute.
  if (pointer.kind !== "pointer" || by.kind !== "scalar") return UNKNOWN;
  if (operation !== "add" && operation !== "sub") return UNKNOWN;
  return { ...pointer, offset: { ...compute(operation, pointer.offset, by, W64), id: 0 } };
}

function swapped(value: Scalar, insn: Insn, order: ByteOrder): Scalar {
  const bytes = (insn.imm / 8) as Size;
  const isWanted = (insn.code & SOURCE_MASK) === BPF_X ? "big" : "little";
  const isSwap = (insn.code & CLASS_MASK) === BPF_ALU64 || order !== isWanted;
  if (bytes !== 2 && bytes !== 4 && bytes !== 8) return UNTOLD;
  const cut = bytes === 8 ? value : truncate(value, bytes);
  if (!isSwap) return { ...cut, id: 0 };
  const known = knownValue(cut);
  if (known === undefined) return { ...UNKNOWN_BYTES[bytes], trust: value.trust };
  let reversed = 0n;
  for (let i = 0; i < bytes; i++) reversed = (reversed << 8n) | ((known >> BigInt(8 * i)) & 0xffn);
  // Only newer kernels follow it.
  return lessTrusted(constant(reversed, value.trust));
}

/** Signed limits of a pointer's offset, plus that of an access. */
function offsetsOf(pointer: Pointer, off: number): { first: number; last: number } {
  const { wide } = pointer.offset;
  return { first: Number(sminOf(W64, wide)) + off, last: Number(smaxOf(W64, wide)) + off };
}

function load(state: State, insn: Insn, setting: Setting): Value {
  const size = sizeOf(insn);
  const value = loadFrom(state, readRegister(frameOf(state), insn.srcReg), insn.off, size, setting);
  if ((insn.code & MODE_MASK) !== BPF_MEMSX || size === 8) return value;
  return value.kind === "scalar" ? { ...signExtend(value, (8 * size) as 8 | 16 | 32), id: 0 } : UNKNOWN;
}

function loadFrom(state: State, from: Value, off: number, size: Size, setting: Setting): Value {
  if (from.kind === "scalar")
    return knowsMore(from.trust) ? { ...UNKNOWN_BYTES[size], trust: "more" } : UNKNOWN_BYTES[size];
  const { first, last } = offsetsOf(from, off);
  switch (from.to.kind) {
    case "stack": {
      const frame = state.frames[from.to.depth];
      if (frame === undefined) return UNKNOWN_BYTES[size];
      if (first !== last) return loadSomewhere(frame.stack, first, last + size, size, setting.kernel);
      return loadStack(frame.stack, first, size, setting.order, setting.kernel);
    }
    case "frozen": {
      return first === last ? from.to.read(first, size) : UNKNOWN_BYTES[size];
    }
    case "context":
      return size === 8 && setting.hasTrustedContext
        ? { ...UNKNOWN, trust: "not-null" }
        : UNKNOWN_BYTES[size];
    default:
      return UNKNOWN_BYTES[size];
  }
}

function store(state: State, insn: Insn, value: Value, { kernel }: Setting): void {
  const to = readRegister(frameOf(state), insn.dstReg);
  const size = sizeOf(insn);
  const place = stackPlace(state, to, insn.off, size);
  if (place === undefined) return;
  if (place.isSure) storeStack(place.frame.stack, place.start, size, value, kernel);
  else if (isZero(value)) storeZeroSomewhere(place.frame.stack, place.start, place.end);
  else forgetStack(place.frame.stack, place.start, place.end);
}

/** The bytes of a stack that an access of `size` bytes may touch; undefined when it is elsewhere. */
export function stackPlace(
  state: State,
  to: Value,
  off: number,
  size: number,
): { frame: Frame; start: number; end: number; isSure: boolean } | undefined {
  if (to.kind !== "pointer" || to.to.kind !== "stack") return undefined;
  const frame = state.frames[to.to.depth];
  if (frame === undefined) return undefined;
  const { first, last } = offsetsOf(to, off);
  return { frame, start: first, end: Math.min(0, last + size), isSure: first === last };
}

const BPF_FETCH = 1;
const BPF_CMPXCHG = 0xf1;
const BPF_LOAD_ACQ = 0x100;
const BPF_STORE_REL = 0x110;

function atomic(state: State, insn: Insn, setting: Setting): void {
  const frame = frameOf(state);
  const size = sizeOf(insn);
  if (insn.imm === BPF_LOAD_ACQ) {
    frame.regs[insn.dstReg] = load(state, insn, setting);
    return;
  }
  if (insn.imm === BPF_STORE_REL) {
    store(state, insn, readRegister(frame, insn.srcReg), setting);
    return;
  }
  const place = stackPlace(state, readRegister(frame, insn.dstReg), insn.off, size);
  if (place !== undefined) forgetStack(place.frame.stack, place.start, place.end);
  if (insn.imm === BPF_CMPXCHG) frame.regs[0] = UNKNOWN_BYTES[size];
  else if ((insn.imm & BPF_FETCH) !== 0) frame.regs[insn.srcReg] = UNKNOWN_BYTES[size];
}

/** The packet loads of classic BPF work like a call. */
function readPacket({ regs }: Frame): void {
  regs[0] = UNKNOWN_BYTES[4];
  regs.fill(undefined, 1, 6);
}
