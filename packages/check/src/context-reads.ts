import type { Reader } from "@core/bytes";
import { fallsThrough, INSN_SIZE, type Insn, insnAt, isLdimm64, jumpDistance } from "@core/insn-patch";
import {
  BPF_ADD,
  BPF_ALU,
  BPF_ALU64,
  BPF_DW,
  BPF_LD,
  BPF_LDX,
  BPF_MEM,
  BPF_MOV,
  BPF_ST,
  BPF_STX,
  BPF_X,
  CALL,
  CLASS_MASK,
  MODE_MASK,
  OP_MASK,
  SIZE_MASK,
  SOURCE_MASK,
} from "@core/insn-patch/opcodes";
import type { LinkedFunction, LinkedProgram } from "@core/reach";
import type { Place } from "./finding.js";

/** A load from a program's context, the array of its target's arguments. */
export interface ContextRead {
  readonly place: Place;
  /** In bytes from the start of the context; `undefined` where it is computed. */
  readonly offset: number | undefined;
}

/** Where in the context a register or stack slot points; `computed` where that is not known here. */
type Pointer = number | "computed";

/** Registers r0 to r9 by number, and slots of the stack by their offsets, that point into the context. */
type Pointers = ReadonlyMap<number, Pointer>;

/** Of the program, in its own function and those that it hands the context to. Real programs take a fraction. */
const MAX_STEPS = 100_000;

const FRAME_POINTER = 10;
const CONTEXT = 1;

/**
 * The loads of a program from its context, by following the pointer through registers, the stack, and calls of its
 * own functions; not through a `gotox`. Nothing, where it is handed about too much to be followed.
 */
export function contextReadsOf(
  { functions: [main] }: Pick<LinkedProgram, "functions">,
  codeOf: (own: LinkedFunction) => Reader,
): readonly ContextRead[] {
  const reads = new Map<string, ContextRead>();
  const entered = new Set<string>();
  const calls: { own: LinkedFunction; before: Pointers }[] = [{ own: main, before: new Map([[CONTEXT, 0]]) }];
  let steps = 0;
  for (const { own, before } of calls) {
    const key = `${own.sectionIndex} ${own.offset} ${format(before)}`;
    if (entered.has(key)) continue;
    entered.add(key);
    const code = codeOf(own);
    const states = new Map<number, Pointers>([[own.offset, before]]);
    const pending = [own.offset];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (++steps > MAX_STEPS) return [];
      const insn = insnAt(code, at);
      const state = states.get(at) ?? before;
      const read = readBy(insn, state);
      if (read !== undefined) {
        const place = { function: own, insnOff: at };
        const known = reads.get(`${own.sectionIndex} ${at}`);
        const isSame = known === undefined || known.offset === read.offset;
        reads.set(`${own.sectionIndex} ${at}`, { place, offset: isSame ? read.offset : undefined });
      }
      const called = own.references.get(at);
      if (called?.kind === "call" && !called.function.global)
        calls.push({ own: called.function, before: argumentsOf(state) });
      const after = pointersAfter(insn, state);
      for (const next of successors(insn, at)) {
        if (next < own.offset || next >= own.offset + own.size) continue;
        const known = states.get(next);
        const joined = known === undefined ? after : join(known, after);
        if (joined === known) continue;
        states.set(next, joined);
        pending.push(next);
      }
    }
  }
  return [...reads.values()];
}

const format = (pointers: Pointers): string => JSON.stringify([...pointers].sort(([a], [b]) => a - b));

const argumentsOf = (state: Pointers): Pointers =>
  new Map([...state].filter(([key]) => key >= 1 && key <= 5));

function successors(insn: Insn, at: number): readonly number[] {
  const next = at + (isLdimm64(insn) ? 2 : 1) * INSN_SIZE;
  const distance = jumpDistance(insn);
  return [
    ...(fallsThrough(insn) ? [next] : []),
    ...(distance === undefined ? [] : [next + distance * INSN_SIZE]),
  ];
}

/** `a` itself when `b` adds nothing. */
function join(a: Pointers, b: Pointers): Pointers {
  const joined = new Map<number, Pointer>();
  let isSame = true;
  for (const [key, pointer] of a) {
    const other = b.get(key);
    const both = other === pointer ? pointer : "computed";
    if (other !== undefined) joined.set(key, both);
    isSame &&= other !== undefined && both === pointer;
  }
  return isSame ? a : joined;
}

const isLoad = ({ code }: Insn): boolean => (code & CLASS_MASK) === BPF_LDX && (code & MODE_MASK) === BPF_MEM;

function readBy(insn: Insn, state: Pointers): { readonly offset: number | undefined } | undefined {
  const from = isLoad(insn) ? state.get(insn.srcReg) : undefined;
  if (from === undefined) return undefined;
  return { offset: from === "computed" ? undefined : from + insn.off };
}

function pointersAfter(insn: Insn, state: Pointers): Pointers {
  const { code, dstReg, srcReg, off } = insn;
  const isWhole = (code & SIZE_MASK) === BPF_DW && (code & MODE_MASK) === BPF_MEM;
  switch (code & CLASS_MASK) {
    case BPF_ALU:
      return changed(state, dstReg, undefined);
    case BPF_ALU64:
      return changed(state, dstReg, computed(insn, state));
    case BPF_LD:
      return changed(state, dstReg, undefined);
    case BPF_LDX:
      return changed(
        state,
        dstReg,
        isWhole && srcReg === FRAME_POINTER && off < 0 ? state.get(off) : undefined,
      );
    case BPF_ST:
    case BPF_STX: {
      if (dstReg !== FRAME_POINTER || off >= 0) return state;
      const isPointer = (code & CLASS_MASK) === BPF_STX && isWhole;
      return changed(state, off, isPointer ? state.get(srcReg) : undefined);
    }
    default:
      return code === CALL ? new Map([...state].filter(([key]) => key < 0 || key > 5)) : state;
  }
}

/** What an operation of 64 bits makes of a pointer. */
function computed({ code, dstReg, srcReg, imm, off }: Insn, state: Pointers): Pointer | undefined {
  const isFromReg = (code & SOURCE_MASK) === BPF_X;
  const before = state.get(dstReg);
  switch (code & OP_MASK) {
    case BPF_MOV:
      return isFromReg && off === 0 ? state.get(srcReg) : undefined;
    case BPF_ADD:
      if (before === undefined) return isFromReg && state.has(srcReg) ? "computed" : undefined;
      return isFromReg || before === "computed" ? "computed" : before + imm;
    default:
      return before === undefined ? undefined : "computed";
  }
}

function changed(state: Pointers, key: number, pointer: Pointer | undefined): Pointers {
  if (state.get(key) === pointer) return state;
  const after = new Map(state);
  if (pointer === undefined) after.delete(key);
  else after.set(key, pointer);
  return after;
}
