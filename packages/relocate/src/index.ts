export type { Attempt, Candidate, Change, ModuleBtf, Resolution, Target, Verdict } from "@core/matcher";
export { adviceForFailure } from "./advice.js";
export { RelocateError, type RelocateErrorCode } from "./error.js";
export { explainResolution, formatNoMatch } from "./explain.js";
export type { LocalRelocation } from "./local-relocation.js";
export { type BpfObject, openObject } from "./object.js";
export { findProgram, type Program } from "./program.js";
export { type Outcome, type Relocated, type Relocation, relocate } from "./relocate.js";
export {
  type CandidateReport,
  type InsnReport,
  type ProgramReport,
  type RelocationReport,
  type Report,
  reportOf,
  type Summary,
} from "./report.js";
export { findSourceLine, type SourceLine } from "./source.js";
export { writeRelocated } from "./write.js";
