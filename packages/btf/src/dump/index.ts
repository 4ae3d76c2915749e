export { type COptions, dumpC } from "./c.js";
export { dumpJson, type JsonOptions } from "./json.js";
export { dumpRaw } from "./raw.js";
export type { Roots } from "./roots.js";
export { type Chunks, textOf } from "./text.js";
