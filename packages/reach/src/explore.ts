import {
  BPF_ALU,
  BPF_ALU64,
  BPF_MOV,
  CALL,
  EXIT,
  GOTO,
  GOTOL,
  GOTOX,
  LDIMM64,
} from "@core/insn-patch/opcodes";
import type { Relocated } from "@core/relocate";
import { type Way, waysOf } from "./branch.js";
import {
  callbackFrame,
  callbackOf,
  callHelper,
  callKernel,
  contextFrame,
  finishCall,
  forgetArguments,
  globalFrame,
  newFrame,
} from "./call.js";
import { type CodeRange, type Instruction, type InstructionReader, isJump } from "./code.js";
import { isAsynchronous, LOOP } from "./helpers.js";
import type { KernelTraits } from "./kernel.js";
import { FAR, mayCallBack } from "./lead.js";
import type { LinkedProgram } from "./link.js";
import { loadedValues } from "./loaded.js";
import type { Outline } from "./outline.js";
import type { Doubt, Explored, Knowledge, Place } from "./reachability.js";
import { UNKNOWN } from "./scalar.js";
import { isZero, widenStack } from "./stack.js";
import {
  copyState,
  coversState,
  type Frame,
  frameOf,
  readRegister,
  type State,
  withoutLoneIds,
} from "./state.js";
import { type Setting, step } from "./step.js";

/** Instructions that are followed. Real programs take thousands; the kernel gives up after a million. */
const MAX_STEPS = 200_000;
/** Paths that wait to be followed; the kernel gives up after as many (`BPF_COMPLEXITY_LIMIT_JMP_SEQ`). */
const MAX_PENDING = 8192;
/** `MAX_CALL_FRAMES` */
const MAX_FRAMES = 8;
/** States that are remembered of one instruction. */
const MAX_KNOWN = 32;

/** They set a register to their immediate. */
const MOV = BPF_ALU64 | BPF_MOV;
const MOV32 = BPF_ALU | BPF_MOV;

interface OpenWays {
  readonly taken: boolean;
  readonly passed: boolean;
}

const WAYS_BEHIND = new WeakMap<Instruction, OpenWays>();

/** Section names of programs that newer kernels know to be given pointers that are not null. */
const TRUSTED_CONTEXT = /^\??(tp_btf|iter|lsm|struct_ops)/;

/**
 * Follows the paths of a program, one by one, until all that is asked for is reached, or nothing else is.
 *
 * @param instructionAt as relocated
 * @param asked numbers of instructions
 */
export function explore(
  { object }: LinkedProgram,
  outline: Outline,
  instructionAt: InstructionReader,
  relocated: Relocated,
  asked: ReadonlySet<number>,
  kernel: KernelTraits,
  knowledge: Knowledge,
): Explored {
  const { functions, leadTo } = outline;
  const found = new Map<number, Doubt | "sure">();
  const missing = new Set(asked);
  let unfollowed: Doubt | undefined;
  let lastId = 0;
  const newId = () => ++lastId;
  const setting: Setting = {
    order: object.elf.order,
    kernel,
    hasTrustedContext: TRUSTED_CONTEXT.test(functions[0]?.function.section ?? ""),
    loaded: loadedValues(relocated, knowledge),
    newId,
  };
  const byStart = new Map(functions.map((range) => [range.start, range]));
  const isKnown = knownStates(outline);
  // What is sure goes first: what is in doubt often follows from it.
  const sure: State[] = [];
  const doubtful: State[] = [];
  const push = (state: State) => (state.doubt === undefined ? sure : doubtful).push(state);

  push({ at: 0, frames: [contextFrame()], doubt: undefined });
  if (!kernel.verifiesGlobalsLazily)
    for (const range of functions.slice(1)) if (range.function.global) verifyApart(range, undefined);

  const isRuledOut = (before: number, jump: number, to: number): boolean => {
    const [setter, jumping] = [instructionAt(before), instructionAt(jump)];
    if (setter === undefined || jumping === undefined || !isCompared(setter, jumping)) return false;
    const { taken, passed } = waysBehind(setter, jumping);
    return !(taken && jumping.target === to) && !(passed && jumping.next === to);
  };
  let leads = leadTo(missing, isRuledOut);
  let led = missing.size;
  let looked = 0;
  const doesLead = (at: number) => leads(at) < FAR;
  const isWorthwhile = ({ at, frames }: State) =>
    doesLead(at) ||
    frames.some(
      ({ caller, callback }) =>
        doesLead(instructionAt(caller)?.next ?? -1) || (callback !== undefined && doesLead(callback.start)),
    );

  let steps = 0;
  while (missing.size > 0) {
    const state = sure.pop() ?? doubtful.pop();
    if (state === undefined) break;
    // Looked for anew so rarely that this takes no time to speak of.
    if (missing.size < led && steps > looked + outline.end / 8) {
      leads = leadTo(missing, isRuledOut);
      led = missing.size;
      looked = steps;
    }
    for (;;) {
      const instruction = instructionAt(state.at);
      if (instruction === undefined || !isWorthwhile(state) || isKnown(state)) break;
      if (++steps > MAX_STEPS || sure.length + doubtful.length > MAX_PENDING)
        return { found, unfollowed: { reason: "limit" } };
      if (missing.has(state.at)) {
        if (state.doubt === undefined) missing.delete(state.at);
        found.set(state.at, state.doubt === undefined ? "sure" : (found.get(state.at) ?? state.doubt));
      }
      if (!follow(state, instruction)) break;
    }
  }
  return { found, unfollowed };

  /** Which ways a jump may go that compares what the instruction before it sets, whatever else is known. */
  function waysBehind(setter: Instruction, jumping: Instruction): OpenWays {
    const before = WAYS_BEHIND.get(setter);
    if (before !== undefined) return before;
    const state: State = { at: 0, frames: [newFrame(0, -1)], doubt: undefined };
    step(state, setter, setting);
    const { taken, passed } = waysOf(state, jumping.insn, kernel);
    const ways = { taken: taken !== undefined, passed: passed !== undefined };
    // What it refers to is of one kernel; a plain number is the same to all.
    if (setter.reference === undefined) WAYS_BEHIND.set(setter, ways);
    return ways;
  }

  function verifyApart({ start, function: called }: CodeRange, doubt: Doubt | undefined): void {
    push({ at: start, frames: [globalFrame(object.btf, called, newId)], doubt });
  }

  /** Brings a path one instruction further; false when it ends, or goes on as others that were pushed. */
  function follow(state: State, instruction: Instruction): boolean {
    const { insn, target, next, range, isPoisoned } = instruction;
    const isNextInside = next < range.end;
    if (isPoisoned || !isJump(insn)) {
      step(state, instruction, setting);
      return isNextInside;
    }
    switch (insn.code) {
      case GOTO:
      case GOTOL:
        state.at = target ?? -1;
        return true;
      case GOTOX:
        unfollowed ??= { reason: "indirect", at: placeOf(instruction) };
        return false;
      case EXIT:
        return leave(state);
      case CALL:
        return isNextInside && call(state, instruction);
      default:
        branch(state, instruction);
        return false;
    }
  }

  function branch(state: State, instruction: Instruction): void {
    const { insn, target, next, range } = instruction;
    const { taken, passed } = waysOf(state, insn, kernel);
    const go = (way: Way | undefined, at: number | undefined, from: State) => {
      if (way === undefined || at === undefined) return;
      from.at = at;
      if (way.isDoubtful) from.doubt ??= { reason: "branch", at: placeOf(instruction) };
      way.learn(from);
      push(from);
    };
    const other = passed === undefined ? state : copyState(state);
    const pass = () => go(passed, next < range.end ? next : undefined, state);
    const isTakenNearer = target !== undefined && leads(target) < leads(next);
    if (isTakenNearer) pass();
    go(taken, target, other);
    if (!isTakenNearer) pass();
  }

  function call(state: State, instruction: Instruction): boolean {
    const { insn, reference, target, next } = instruction;
    const frame = frameOf(state);
    const caller = state.at;
    state.at = next;
    if (reference?.kind === "call") {
      const range = target === undefined ? undefined : byStart.get(target);
      if (range === undefined) return false;
      if (range.function.global) {
        if (kernel.verifiesGlobalsLazily) verifyApart(range, state.doubt);
        forgetArguments(state);
        finishCall(frame, UNKNOWN);
        return true;
      }
      const called = newFrame(state.frames.length, caller);
      for (let register = 1; register <= 5; register++) called.regs[register] = frame.regs[register];
      finishCall(frame, undefined);
      state.frames.push(called);
      state.at = range.start;
      return state.frames.length <= MAX_FRAMES;
    }
    const isHelper = insn.srcReg === 0;
    const callback = mayCallBack(instruction) ? callbackOf(frame) : undefined;
    const range = callback && byStart.get(callback.index);
    if (range !== undefined && !(isHelper && hasNoRound(insn.imm, frame))) {
      const called = callbackFrame(state, isHelper ? insn.imm : 0, callback?.register ?? 0, caller);
      callBack(state, range.start, isHelper && isAsynchronous(insn.imm), called);
    }
    if (isHelper) {
      callHelper(state, insn.imm, kernel, newId);
      return true;
    }
    return callKernel(state, object.btf, instruction, newId);
  }

  function hasNoRound(helper: number, frame: Frame): boolean {
    return helper === LOOP && kernel.countsRounds && isZero(readRegister(frame, 1));
  }

  /** Follows a call that a function of the kernel makes, which returns to that function. */
  function callBack(before: State, at: number, isAsync: boolean, called: Frame): void {
    const state = copyState(before);
    if (isAsync) state.frames = [called];
    else {
      finishCall(frameOf(state), UNKNOWN);
      const stacks = state.frames.map(({ stack }) => [...stack]);
      state.frames.push({ ...called, callback: { start: at, regs: [...called.regs], stacks } });
    }
    state.at = at;
    if (state.frames.length <= MAX_FRAMES) push(state);
  }

  function leave(state: State): boolean {
    const left = state.frames.pop();
    if (left === undefined || state.frames.length === 0) return false;
    const caller = instructionAt(left.caller);
    if (caller === undefined) return false;
    state.at = caller.next;
    if (left.callback === undefined) {
      finishCall(frameOf(state), left.regs[0]);
      return true;
    }
    const { start, regs, stacks } = left.callback;
    if (stacks !== undefined) {
      // It may be called any number of times: what one round changes may be anything in the next ones.
      const again = copyState(state);
      for (const [depth, { stack }] of again.frames.entries()) widenStack(stack, stacks[depth] ?? []);
      const frame = newFrame(again.frames.length, left.caller);
      again.frames.push({ ...frame, regs: [...regs], callback: { start, regs, stacks: undefined } });
      again.at = start;
      push(again);
    }
    return true;
  }
}

/** Is a number, or an address, that an instruction puts in a register, what a jump compares? */
function isCompared({ insn: { code, dstReg } }: Instruction, { insn }: Instruction): boolean {
  return isJump(insn) && dstReg === insn.dstReg && (code === LDIMM64 || code === MOV || code === MOV32);
}

function placeOf({ range, insnOff }: Instruction): Place {
  return { function: range.function, insnOff };
}

/**
 * Remembers the states that were seen where paths meet, and says of a new one whether it leads nowhere that an old
 * one does not lead as well (the kernel's is_state_visited).
 */
function knownStates({ needed, meetingPoints }: Outline): (state: State) => boolean {
  const known = new Map<number, State[]>();
  return (state) => {
    if (!meetingPoints.has(state.at)) return false;
    const before = known.get(state.at) ?? [];
    if (before.some((one) => coversState(one, state, needed()))) return true;
    if (before.length === MAX_KNOWN) before.shift();
    before.push(withoutLoneIds(state));
    known.set(state.at, before);
    return false;
  };
}
