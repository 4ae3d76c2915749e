import { CALL, EXIT, GOTO, GOTOL, GOTOX } from "@core/insn-patch/opcodes";
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
import { type CodeRange, type Instruction, isJump } from "./code.js";
import { isAsynchronous } from "./helpers.js";
import type { KernelTraits } from "./kernel.js";
import { mayCallBack } from "./lead.js";
import type { LinkedProgram } from "./link.js";
import { loadedValues } from "./loaded.js";
import type { Outline } from "./outline.js";
import type { Doubt, Explored, Knowledge, Place } from "./reachability.js";
import { UNKNOWN } from "./scalar.js";
import { widenStack } from "./stack.js";
import { copyState, coversState, type Frame, frameOf, type State, withoutLoneIds } from "./state.js";
import { type Setting, step } from "./step.js";

/** Instructions that are followed. Real programs take thousands; the kernel gives up after a million. */
const MAX_STEPS = 200_000;
/** Paths that wait to be followed; the kernel gives up after as many (`BPF_COMPLEXITY_LIMIT_JMP_SEQ`). */
const MAX_PENDING = 8192;
/** `MAX_CALL_FRAMES` */
const MAX_FRAMES = 8;
/** States that are remembered of one instruction. */
const MAX_KNOWN = 32;

/** Section names of programs that newer kernels know to be given pointers that are not null. */
const TRUSTED_CONTEXT = /^\??(tp_btf|iter|lsm|struct_ops)/;

/**
 * Follows the paths of a program, one by one, until all that is asked for is reached, or nothing else is.
 *
 * @param instructions as relocated
 * @param asked numbers of instructions
 */
export function explore(
  { object }: LinkedProgram,
  outline: Outline,
  instructions: readonly Instruction[],
  relocated: Relocated,
  asked: readonly number[],
  kernel: KernelTraits,
  knowledge: Knowledge,
): Explored {
  const { functions, leadTo } = outline;
  const found = new Array<Doubt | "sure" | undefined>(instructions.length);
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

  let leads = leadTo(missing);
  let led = missing.size;
  const isWorthwhile = ({ at, frames }: State) =>
    leads(at) ||
    frames.some(
      ({ caller, callback }) =>
        leads(instructions[caller]?.next ?? -1) || (callback !== undefined && leads(callback.start)),
    );

  let steps = 0;
  while (missing.size > 0) {
    const state = sure.pop() ?? doubtful.pop();
    if (state === undefined) break;
    // Looked for anew so rarely that this takes no time to speak of.
    if (missing.size <= led / 2) {
      leads = leadTo(missing);
      led = missing.size;
    }
    for (;;) {
      const instruction = instructions[state.at];
      if (instruction === undefined || !isWorthwhile(state) || isKnown(state)) break;
      if (++steps > MAX_STEPS || sure.length + doubtful.length > MAX_PENDING)
        return { found, unfollowed: { reason: "limit" } };
      if (state.doubt === undefined) {
        found[state.at] = "sure";
        missing.delete(state.at);
      } else found[state.at] ??= state.doubt;
      if (!follow(state, instruction)) break;
    }
  }
  return { found, unfollowed };

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
    go(taken, target, passed === undefined ? state : copyState(state));
    go(passed, next < range.end ? next : undefined, state);
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
    if (range !== undefined) {
      const called = callbackFrame(state, isHelper ? insn.imm : 0, callback?.register ?? 0, caller);
      callBack(state, range.start, isHelper && isAsynchronous(insn.imm), called);
    }
    if (isHelper) {
      callHelper(state, insn.imm, newId);
      return true;
    }
    return callKernel(state, object.btf, instruction, newId);
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
    const caller = instructions[left.caller];
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

function placeOf({ range, insnOff }: Instruction): Place {
  return { function: range.function, insnOff };
}

/**
 * Remembers the states that were seen where paths meet, and says of a new one whether it leads nowhere that an old
 * one does not lead as well (the kernel's is_state_visited).
 */
function knownStates({ needed, meetingPoints }: Outline): (state: State) => boolean {
  const known = new Map(meetingPoints.map((at): [number, State[]] => [at, []]));
  return (state) => {
    const before = known.get(state.at);
    if (before === undefined) return false;
    if (before.some((one) => coversState(one, state, needed))) return true;
    if (before.length === MAX_KNOWN) before.shift();
    before.push(withoutLoneIds(state));
    return false;
  };
}
