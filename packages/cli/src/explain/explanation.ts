import type { ExplainedInsn, ProgramCheck, Reason, Explanation as Relocation } from "@core/check";
import type { Program } from "@core/relocate";
import type { Place } from "./place.js";

/** One instruction, or one need of a program that no instruction has, and what is to be said about it. */
export interface Point {
  readonly program: Program | undefined;
  readonly section: string | null;
  readonly insnOff: number | null;
  readonly source: Reason["source"];
  /** Why it keeps programs from being loaded, or may. */
  readonly reasons: readonly { readonly reason: Reason; readonly programs: readonly ProgramCheck[] }[];
  /** Those of the instruction. */
  readonly relocations: readonly Relocation[];
  /** The instruction and its neighbours. */
  readonly insns: readonly ExplainedInsn[];
}

export interface Explanation {
  readonly object: string;
  readonly kernel: string;
  readonly place: Place;
  /** The programs that it is about. */
  readonly programs: readonly ProgramCheck[];
  readonly points: readonly Point[];
}
