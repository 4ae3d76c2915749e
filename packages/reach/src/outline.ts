import { CALL } from "@core/insn-patch/opcodes";
import { type Code, type Instruction, readCode } from "./code.js";
import { type LeadFinder, leadFinder } from "./lead.js";
import type { LinkedProgram } from "./link.js";
import { neededRegisters } from "./need.js";
import type { Explored } from "./reachability.js";

/**
 * What there is to know of a program before it is relocated, and no less after that: relocating changes immediates,
 * offsets and sizes of accesses, and never a jump, a call or a register.
 */
export interface Outline extends Code {
  /** By the number of an instruction, the registers that a later jump may depend on: a bit each. Found out when first asked. */
  readonly needed: () => Uint16Array;
  /** Where jumps and calls lead, and where calls return to. */
  readonly meetingPoints: ReadonlySet<number>;
  /** What was found on kernels for which it was relocated, the latest last. */
  readonly explored: Remembered[];
  readonly leadTo: LeadFinder;
}

interface Remembered extends Explored {
  /** What was asked for, of which kind of kernel. */
  readonly asked: string;
  /** By number, what was read of the instructions that a relocation may change. */
  readonly read: ReadonlyMap<number, Instruction>;
}

const OUTLINES = new WeakMap<LinkedProgram, Outline>();

/** Made once for all kernels that a program is looked at on. */
export function outlineOf(linked: LinkedProgram): Outline {
  const outline = OUTLINES.get(linked) ?? makeOutline(readCode(linked));
  OUTLINES.set(linked, outline);
  return outline;
}

function makeOutline(code: Code): Outline {
  let needed: Uint16Array | undefined;
  return {
    ...code,
    needed: () => (needed ??= neededRegisters(code)),
    meetingPoints: new Set(code.notable.flatMap((number) => meetingPointsOf(code.instructionAt(number)))),
    explored: [],
    leadTo: leadFinder(code),
  };
}

function meetingPointsOf(instruction: Instruction | undefined): readonly number[] {
  if (instruction?.target === undefined) return [];
  const { insn, target, next } = instruction;
  return insn.code === CALL ? [target, next] : [target];
}
