import { fallsThrough } from "@core/insn-patch";
import { CALL, GOTOX } from "@core/insn-patch/opcodes";
import { type Code, type Instruction, isJump } from "./code.js";
import { takesCallback } from "./helpers.js";

/**
 * How many instructions it takes from one to any of `asked`, within its function or by calls on the way; Infinity where
 * none may be reached.
 */
type Lead = (at: number) => number;

/** Does a jump never lead to `to`, whatever was known before the instruction `before`, by which alone it is come to? */
type RuledOut = (before: number, jump: number, to: number) => boolean;

/** Finds where it is worth going on: what branches decide is left aside, but for what `isRuledOut` says. */
export type LeadFinder = (asked: Iterable<number>, isRuledOut: RuledOut) => Lead;

export function leadFinder(code: Code): LeadFinder {
  const { instructionAt } = code;
  const jumps = jumpsByTarget(code);
  const indirect = code.notable.filter((at) => instructionAt(at)?.insn.code === GOTOX);

  /** The instruction that goes on at another one without a jump. An LDIMM64 takes two slots. */
  function before(at: number): number | undefined {
    for (const from of [at - 2, at - 1]) {
      const instruction = instructionAt(from);
      if (instruction?.next === at && at < instruction.range.end)
        return fallsThrough(instruction.insn) ? from : undefined;
    }
    return undefined;
  }

  return (asked, isRuledOut) => {
    const distances = new Map<number, number>();
    for (const at of asked) distances.set(at, 0);
    // Where they lead only the running program knows.
    for (const at of indirect) distances.set(at, distances.get(at) ?? code.end);
    const add = (from: number, to: number, distance: number) => {
      if (distances.has(from)) return;
      const setter = jumps.has(from) ? undefined : before(from);
      if (setter === undefined || !isRuledOut(setter, from, to)) distances.set(from, distance + 1);
    };
    // Those that are added meanwhile included: the nearest first.
    for (const [at, distance] of distances) {
      const from = before(at);
      if (from !== undefined) add(from, at, distance);
      for (const jump of jumps.get(at) ?? []) add(jump, at, distance);
    }
    return (at) => distances.get(at) ?? Infinity;
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
