import { CALL } from "@core/insn-patch/opcodes";
import { type Code, type Instruction, readCode } from "./code.js";
import { type LeadFinder, leadFinder } from "./lead.js";
import type { LinkedProgram } from "./link.js";
import { neededRegisters } from "./need.js";
import type { Explored } from "./reachability.js";
import type { Reference } from "./reference.js";

/**
 * What there is to know of a program before it is relocated, and no less after that: relocating changes immediates,
 * offsets and sizes of accesses, and never a jump, a call or a register.
 */
export interface Outline extends Code {
  /** By the number of an instruction, the registers that a later jump may depend on: a bit each. Found out when first asked. */
  readonly needed: () => Uint16Array;
  /** Where jumps and calls lead, and where calls return to. */
  readonly meetingPoints: readonly number[];
  /** Does it refer to what a kernel has or has not, whatever its relocations are? */
  readonly hasExterns: boolean;
  /** What was found on kernels for which it was relocated. */
  readonly explored: Map<string, Explored>;
  readonly leadTo: LeadFinder;
}

const OUTLINES = new WeakMap<LinkedProgram, Outline>();

/** Made once for all kernels that a program is looked at on. */
export function outlineOf(linked: LinkedProgram): Outline {
  const outline = OUTLINES.get(linked) ?? makeOutline(readCode(linked));
  OUTLINES.set(linked, outline);
  return outline;
}

function makeOutline(code: Code): Outline {
  const notable = code.notable.flatMap((number) => code.instructionAt(number) ?? []);
  let needed: Uint16Array | undefined;
  return {
    ...code,
    needed: () => (needed ??= neededRegisters(code)),
    meetingPoints: notable.flatMap(meetingPointsOf),
    hasExterns: notable.some(({ reference }) => reference !== undefined && isOfKernel(reference)),
    explored: new Map(),
    leadTo: leadFinder(code),
  };
}

const isOfKernel = ({ kind }: Reference): boolean =>
  kind === "kconfig" || kind === "ksym" || kind === "kfunc";

function meetingPointsOf({ insn, target, next }: Instruction): readonly number[] {
  return target === undefined ? [] : insn.code === CALL ? [target, next] : [target];
}
