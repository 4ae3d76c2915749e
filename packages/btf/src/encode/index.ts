export { type EncodeOptions, encodeBtf } from "./encode.js";
