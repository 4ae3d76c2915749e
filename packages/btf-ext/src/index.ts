export type { BtfExt, CoreRelo, FuncInfo, InfoPart, InfoSection, LineInfo } from "./btf-ext.js";
export { BtfExtError, type BtfExtErrorCode } from "./error.js";
export { parseBtfExt } from "./parse.js";
export { type ByteRange, withoutCoreRelos } from "./without-core-relos.js";
