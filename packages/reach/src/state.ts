import type { Doubt } from "./reachability.js";
import { UNTOLD } from "./scalar.js";
import { changeStack, coversStack, type Stack } from "./stack.js";
import { covers, type IdMap, type Value } from "./value.js";

/** A call that is being followed. */
export interface Frame {
  /** r0 to r10; undefined while nothing was stored. */
  readonly regs: (Value | undefined)[];
  readonly stack: Stack;
  /** The instruction that called; -1 for a program's own function. */
  readonly caller: number;
  /** Set when a function of the kernel called it. */
  readonly callback: Callback | undefined;
}

/** How a callback was called, for the next round. */
interface Callback {
  /** The number of its first instruction. */
  readonly start: number;
  readonly regs: readonly (Value | undefined)[];
  /** The stacks of its callers before the first round; undefined in the last one. */
  readonly stacks: readonly Stack[] | undefined;
}

/** Where a path is, and what is known there. */
export interface State {
  /** Number of the next instruction. */
  at: number;
  /** The program's own first, the running one last. */
  frames: Frame[];
  /** Why it may not be one that the kernel follows. */
  doubt: Doubt | undefined;
}

/** The frame that runs. */
export function frameOf({ frames }: State): Frame {
  const frame = frames[frames.length - 1];
  if (frame === undefined) throw new RangeError("a path without a frame");
  return frame;
}

/** What a register holds; nobody knows what one holds that was never written. */
export const readRegister = ({ regs }: Frame, register: number): Value => regs[register] ?? UNTOLD;

export function copyState({ at, frames, doubt }: State): State {
  return {
    at,
    frames: frames.map((frame) => ({ ...frame, regs: frame.regs.slice(), stack: frame.stack.slice() })),
    doubt,
  };
}

/** Applies `change` to all that registers and stacks hold. */
export function changeValues({ frames }: State, change: (value: Value) => Value): void {
  for (const { regs, stack } of frames) {
    for (let number = 0; number < regs.length; number++) {
      const value = regs[number];
      if (value !== undefined) regs[number] = change(value);
    }
    changeStack(stack, change);
  }
}

/** A copy in which ids are gone that only one register or stack slot has. */
export function withoutLoneIds(state: State): State {
  const counts = new Map<number, number>();
  changeValues(state, (value) => {
    if (value.id !== 0) counts.set(value.id, (counts.get(value.id) ?? 0) + 1);
    return value;
  });
  const copy = copyState(state);
  if (counts.size === 0) return copy;
  changeValues(copy, (value) => (counts.get(value.id) === 1 ? { ...value, id: 0 } : value));
  return copy;
}

/**
 * Does everything that can be reached from `now` follow from `before`, too? (The kernel's states_equal.)
 * @param needed by instruction, the registers that anything depends on: a bit each
 */
export function coversState(before: State, now: State, needed: Uint16Array): boolean {
  if (before.doubt !== undefined && now.doubt === undefined) return false;
  if (before.frames.length !== now.frames.length) return false;
  const ids: IdMap = new Map();
  return before.frames.every((frame, depth) => {
    const other = now.frames[depth];
    const at = before.frames[depth + 1]?.caller ?? before.at;
    return (
      other !== undefined &&
      other.caller === frame.caller &&
      other.callback?.stacks === frame.callback?.stacks &&
      coversRegisters(frame, other, needed[at] ?? 0, ids) &&
      coversStack(frame.stack, other.stack, ids)
    );
  });
}

function coversRegisters(before: Frame, now: Frame, needed: number, ids: IdMap): boolean {
  for (let number = 0; number < before.regs.length; number++) {
    const value = before.regs[number];
    if (value === undefined || (needed & (1 << number)) === 0) continue;
    if (!covers(value, now.regs[number], ids)) return false;
  }
  return true;
}
