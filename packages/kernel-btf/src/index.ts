export { KernelBtfError, type KernelBtfErrorCode } from "./error.js";
export { type BtfKind, extractBtf, type FoundBtf, findBtfs } from "./find.js";
export type { FindOptions } from "./limits.js";
export { type Format, formatSteps, type Step } from "./steps.js";
