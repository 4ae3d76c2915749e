import { fallsThrough } from "@core/insn-patch";
import { CALL, GOTOX } from "@core/insn-patch/opcodes";
import { type Code, type Instruction, isJump } from "./code.js";
import { takesCallback } from "./helpers.js";

/** More instructions than any program has. */
export const FAR = 0x3fff_ffff;

/** How many instructions it takes from one to any of `asked`, within its function or by calls on the way; FAR where none leads there. */
type Lead = (at: number) => number;

/** Does a jump never lead to `to`, whatever was known before the instruction `before`, by which alone it is come to? */
type RuledOut = (before: number, jump: number, to: number) => boolean;

/** Finds where it is worth going on: what branches decide is left aside, but for what `isRuledOut` says. */
export type LeadFinder = (asked: Iterable<number>, isRuledOut: RuledOut) => Lead;

const NONE: readonly number[] = [];

export function leadFinder(code: Code): LeadFinder {
  const { instructionAt } = code;
  const jumps = jumpsByTarget(code);
  const indirect = code.notable.filter((at) => instructionAt(at)?.insn.code === GOTOX);

  const goesOnAt = (from: number, at: number): boolean => {
    const instruction = instructionAt(from);
    return instruction?.next === at && at < instruction.range.end && fallsThrough(instruction.insn);
  };
  /** The instruction that goes on at another one without a jump. An LDIMM64 takes two slots. */
  const before = (at: number): number | undefined =>
    goesOnAt(at - 2, at) ? at - 2 : goesOnAt(at - 1, at) ? at - 1 : undefined;

  return (asked, isRuledOut) => {
    const distances: number[] = new Array(code.end).fill(FAR);
    const found: number[] = [];
    const add = (at: number, distance: number) => {
      if ((distances[at] ?? 0) <= distance) return;
      distances[at] = distance;
      found.push(at);
    };
    const addFrom = (from: number, to: number, distance: number) => {
      const setter = jumps.has(from) ? undefined : before(from);
      if (setter === undefined || !isRuledOut(setter, from, to)) add(from, distance);
    };
    for (const at of asked) add(at, 0);
    // Where they lead only the running program knows.
    for (const at of indirect) add(at, code.end);
    // Those that are added meanwhile included: the nearest first.
    for (const at of found) {
      const distance = (distances[at] ?? 0) + 1;
      const from = before(at);
      if (from !== undefined) addFrom(from, at, distance);
      for (const jump of jumps.get(at) ?? NONE) addFrom(jump, at, distance);
    }
    return (at) => distances[at] ?? FAR;
  };
}

/** The jumps and calls that lead to an instruction, those among them that may call back. */
function jumpsByTarget({ notable, instructionAt }: Code): ReadonlyMap<number, readonly number[]> {
  const jumps = new Map<number, number[]>();
  const add = (from: number, target: number) => {
    const known = jumps.get(target);
    if (known === undefined) jumps.set(target, [from]);
    else known.push(from);
  };
  const callbacks = new Set<number>();
  const callers: number[] = [];
  for (const at of notable) {
    const instruction = instructionAt(at);
    if (instruction === undefined) continue;
    const { insn, target, reference } = instruction;
    if (reference?.kind === "function" && target !== undefined) callbacks.add(target);
    else if (isJump(insn) && target !== undefined) add(at, target);
    else if (mayCallBack(instruction)) callers.push(at);
  }
  for (const target of callbacks) for (const from of callers) add(from, target);
  return jumps;
}

/** Is it a call of a function of the kernel that may call functions of the program? */
export function mayCallBack({ insn, reference }: Instruction): boolean {
  if (insn.code !== CALL || reference?.kind === "call") return false;
  return reference?.kind === "kfunc" || insn.srcReg !== 0 || takesCallback(insn.imm);
}
