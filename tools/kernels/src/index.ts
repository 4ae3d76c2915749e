export { type Boot, bootAndLoad, type NamedObject } from "./boot.js";
export { fetchKernel, type Kernel, LABELS } from "./kernel.js";
export type { LoadClass, LoadResult } from "./results.js";
export { recordedVerdicts, type Verdicts } from "./verdicts.js";
