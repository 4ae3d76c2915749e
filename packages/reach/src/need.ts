import { fallsThrough } from "@core/insn-patch";
import {
  BPF_ATOMIC,
  BPF_LD,
  BPF_LDX,
  BPF_MEM,
  BPF_MEMSX,
  BPF_MOV,
  BPF_ST,
  BPF_STX,
  BPF_X,
  CALL,
  CLASS_MASK,
  EXIT,
  GOTO,
  GOTOL,
  GOTOX,
  JCOND,
  MODE_MASK,
  OP_MASK,
  SOURCE_MASK,
} from "@core/insn-patch/opcodes";
import { type Code, type CodeRange, type Instruction, isArithmetic, isJump } from "./code.js";

// Sets of registers are a bit each.
const R0 = 1;
const ARGUMENTS = 0b11_1110;
const CALLER_SAVED = R0 | ARGUMENTS;
const FRAME_POINTER = 1 << 10;
/** Beside registers: a pointer to a stack was stored somewhere. */
const STORED = 1 << 11;

/**
 * For every instruction the registers that a later jump may depend on: where two paths differ in no other,
 * they go on alike. (The kernel finds out which are, `mark_chain_precision`, as it goes.)
 */
export function neededRegisters(code: Code): Uint16Array {
  const needed = new Uint16Array(code.end);
  const mayPoint = new Uint16Array(code.end);
  const successors = Array.from(needed, (_, number) => successorsOf(code.instructionAt(number)));
  for (const range of code.functions) {
    const isDone =
      followStackPointers(code, range, successors, mayPoint) &&
      followNeeds(code, range, successors, mayPoint, needed);
    if (!isDone) needed.fill(ALL_REGISTERS, range.start, range.end);
  }
  return needed;
}

const ALL_REGISTERS = 0x7ff;

/** So often a function is gone through. Compilers' jumps need a few rounds. */
const MAX_ROUNDS = 100;

/** By instruction, where a function goes on behind it. */
type Successors = readonly (readonly number[])[];

function followNeeds(
  code: Code,
  range: CodeRange,
  successors: Successors,
  mayPoint: Uint16Array,
  needed: Uint16Array,
): boolean {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let changed = false;
    for (let at = range.end - 1; at >= range.start; at--) {
      const instruction = code.instructionAt(at);
      if (instruction === undefined) continue;
      let after = 0;
      for (const next of successors[at] ?? []) after |= needed[next] ?? 0;
      const before = neededBefore(instruction, after, mayPoint[at] ?? 0);
      if (before !== needed[at]) {
        needed[at] = before;
        changed = true;
      }
    }
    if (!changed) return true;
  }
  return false;
}

function successorsOf(instruction: Instruction | undefined): readonly number[] {
  if (instruction === undefined) return [];
  const { insn, next, target, range } = instruction;
  const isCall = insn.code === CALL;
  return [
    ...(fallsThrough(insn) && next < range.end ? [next] : []),
    ...(target !== undefined && isJump(insn) && !isCall ? [target] : []),
  ];
}

function neededBefore({ insn, range }: Instruction, after: number, mayPoint: number): number {
  const { code } = insn;
  const dst = 1 << insn.dstReg;
  const src = 1 << insn.srcReg;
  const isFromReg = (code & SOURCE_MASK) === BPF_X;
  if (isArithmetic(insn)) {
    if ((after & dst) === 0) return after;
    const kept = (code & OP_MASK) === BPF_MOV ? after & ~dst : after;
    return isFromReg ? kept | src : kept;
  }
  if (isJump(insn)) {
    if (code === CALL) return (after & ~CALLER_SAVED) | ARGUMENTS;
    if (code === EXIT) return range.start === 0 ? 0 : R0;
    if (code === GOTO || code === GOTOL || code === JCOND) return after;
    if (code === GOTOX) return after | dst;
    return after | dst | (isFromReg ? src : 0);
  }
  switch (code & CLASS_MASK) {
    case BPF_LDX:
      return (after & dst) === 0 ? after : (after & ~dst) | src;
    case BPF_LD:
      return (code & MODE_MASK) === 0 ? after & ~dst : (after & ~CALLER_SAVED) | src | (1 << 6);
    case BPF_STX:
      if ((code & MODE_MASK) === BPF_ATOMIC) return after | dst | src | R0;
      return (mayPoint & dst) === 0 ? after : after | dst | src;
    default:
      return (code & CLASS_MASK) === BPF_ST && (mayPoint & dst) !== 0 ? after | dst : after;
  }
}

/** Finds for every instruction of a function the registers that may hold a pointer to a stack. */
function followStackPointers(
  code: Code,
  range: CodeRange,
  successors: Successors,
  pointers: Uint16Array,
): boolean {
  // Subprograms may be given some.
  pointers[range.start] = FRAME_POINTER | (range.start === 0 ? 0 : ARGUMENTS | STORED);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let changed = false;
    for (let at = range.start; at < range.end; at++) {
      const instruction = code.instructionAt(at);
      if (instruction === undefined || pointers[at] === 0) continue;
      const after = pointersAfter(instruction, pointers[at] ?? 0);
      for (const next of successors[at] ?? []) {
        const all = (pointers[next] ?? 0) | after;
        if (all === pointers[next]) continue;
        pointers[next] = all;
        changed = true;
      }
    }
    if (!changed) return true;
  }
  return false;
}

function pointersAfter({ insn }: Instruction, before: number): number {
  const { code } = insn;
  const dst = 1 << insn.dstReg;
  const src = 1 << insn.srcReg;
  if (isArithmetic(insn)) {
    const isFromReg = (code & SOURCE_MASK) === BPF_X && (before & src) !== 0;
    if ((code & OP_MASK) !== BPF_MOV) return isFromReg ? before | dst : before;
    return isFromReg ? before | dst : before & ~dst;
  }
  if (code === CALL) return before & ~CALLER_SAVED;
  const kind = code & CLASS_MASK;
  const mode = code & MODE_MASK;
  if (kind === BPF_LDX && (mode === BPF_MEM || mode === BPF_MEMSX))
    return (before & STORED) !== 0 && (before & src) !== 0 ? before | dst : before & ~dst;
  if (kind === BPF_STX && (before & src) !== 0) return before | STORED;
  if (kind === BPF_LD) return before & ~dst;
  return before;
}
