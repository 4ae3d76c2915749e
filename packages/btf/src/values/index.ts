export { type DecodeOptions, decodeValue, type StructValue, type Value } from "./decode.js";
export type { TypedDumpError, TypedDumpOptions } from "./dump-state.js";
export { formatData, type TypedDump } from "./typed-dump.js";
