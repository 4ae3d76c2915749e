export { checkObject } from "./check.js";
export { type CheckKernel, type KernelOptions, openKernel } from "./kernel.js";
export type {
  CoreCounts,
  ObjectCheck,
  ProgramCheck,
  ProgramVerdict,
  Reason,
  ReasonCode,
} from "./verdict.js";
