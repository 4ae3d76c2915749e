export { type BaseMismatch, formatMismatch, type UnresolvedReference } from "./mismatch.js";
export { parseSplitBtf, type SplitBtf, type SplitOptions, type SplitWarning } from "./split.js";
