import { fallsThrough } from "@core/insn-patch";
import { CALL } from "@core/insn-patch/opcodes";
import { type Code, type Instruction, isJump } from "./code.js";
import { takesCallback } from "./helpers.js";

/** Says whether any of `asked` may be reached from an instruction, within its function or by calls on the way. */
export type Lead = (at: number) => boolean;

/** Finds where it is worth going on: what branches decide is left aside. */
export function leadFinder(code: Code): (asked: Iterable<number>) => Lead {
  const { instructions } = code;
  const jumps = jumpsByTarget(code);
  return (asked) => {
    const leads = new Uint8Array(instructions.length);
    const found = [...asked];
    for (let at = found.pop(); at !== undefined; at = found.pop()) {
      if (leads[at] === 1) continue;
      leads[at] = 1;
      for (const before of [at - 1, at - 2]) {
        const instruction = instructions[before];
        if (instruction?.next === at && at < instruction.range.end && fallsThrough(instruction.insn))
          found.push(before);
      }
      for (const from of jumps.get(at) ?? []) found.push(from);
    }
    return (at) => leads[at] === 1;
  };
}

/** The jumps and calls that lead to an instruction, those among them that may call back. */
function jumpsByTarget({ instructions }: Code): ReadonlyMap<number, readonly number[]> {
  const jumps = new Map<number, number[]>();
  const add = (from: number, target: number) => {
    const known = jumps.get(target);
    if (known === undefined) jumps.set(target, [from]);
    else known.push(from);
  };
  const callbacks = new Set<number>();
  const callers: number[] = [];
  for (const [at, instruction] of instructions.entries()) {
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
