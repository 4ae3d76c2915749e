import { CALL } from "@core/insn-patch/opcodes";
import { type Code, readCode } from "./code.js";
import { type Lead, leadFinder } from "./lead.js";
import type { LinkedProgram } from "./link.js";
import { neededRegisters } from "./need.js";
import type { Explored } from "./reachability.js";
import type { Reference } from "./reference.js";

/**
 * What there is to know of a program before it is relocated, and no less after that: relocating changes immediates,
 * offsets and sizes of accesses, and never a jump, a call or a register.
 */
export interface Outline extends Code {
  /** By the number of an instruction, the registers that a later jump may depend on: a bit each. */
  readonly needed: Uint16Array;
  /** Where jumps and calls lead, and where calls return to. */
  readonly meetingPoints: readonly number[];
  /** Does it refer to what a kernel has or has not, whatever its relocations are? */
  readonly hasExterns: boolean;
  /** What was found on kernels for which it was relocated. */
  readonly explored: Map<string, Explored>;
  readonly leadTo: (asked: Iterable<number>) => Lead;
}

const OUTLINES = new WeakMap<LinkedProgram, Outline>();

/** Made once for all kernels that a program is looked at on. */
export function outlineOf(linked: LinkedProgram): Outline {
  const outline = OUTLINES.get(linked) ?? makeOutline(readCode(linked));
  OUTLINES.set(linked, outline);
  return outline;
}

const makeOutline = (code: Code): Outline => ({
  ...code,
  needed: neededRegisters(code),
  meetingPoints: meetingPointsOf(code),
  hasExterns: code.instructions.some(({ reference }) => reference !== undefined && isOfKernel(reference)),
  explored: new Map(),
  leadTo: leadFinder(code),
});

const isOfKernel = ({ kind }: Reference): boolean =>
  kind === "kconfig" || kind === "ksym" || kind === "kfunc";

function meetingPointsOf({ instructions }: Code): readonly number[] {
  return instructions.flatMap(({ insn, target, next }) =>
    target === undefined ? [] : insn.code === CALL ? [target, next] : [target],
  );
}
