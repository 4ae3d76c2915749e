export { checkObject } from "./check.js";
export type { LikeField } from "./explain/advice.js";
export { type Existence, type ExistenceReport, findExistence } from "./explain/existence.js";
export {
  type ExplainedInsn,
  type Explanation,
  explain,
  type InsnPlace,
  insnsAround,
} from "./explain/explain.js";
export { type CheckKernel, type KernelOptions, openKernel } from "./kernel.js";
export { kallsymsOf, kconfigOf } from "./texts.js";
export type {
  Absences,
  CoreCounts,
  ObjectCheck,
  ProgramCheck,
  ProgramVerdict,
  Reason,
  ReasonCode,
} from "./verdict.js";
