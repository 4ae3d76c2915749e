export type { Btf, TypeId } from "./btf.js";
export { fieldClass, fieldsCompatible } from "./compatible.js";
export { BtfError, type BtfErrorCode } from "./error.js";
export { formatType } from "./format-type.js";
export { KINDS, type Kind } from "./kinds.js";
export { essentialName, expectNames, idsByName, isEmptyName, nextMemberNamed, sameName } from "./names.js";
export { withOneLineNames } from "./one-line.js";
export { type ParseOptions, parseBtf } from "./parse.js";
export { pointerSizeOf } from "./pointer-size.js";
export {
  arrayElementOf,
  arrayIndexOf,
  arrayNelemsOf,
  declTagIndexOf,
  enumeratorBits,
  enumeratorNameOff,
  intBitsOf,
  intEncodingOf,
  intOffsetOf,
  kflagOf,
  kindOf,
  memberBitOffset,
  memberBitSize,
  memberNameOff,
  memberTypeOf,
  nameOf,
  nameOffOf,
  ownSizeOf,
  paramNameOff,
  paramTypeOf,
  referredTypeOf,
  secVarOffset,
  secVarSize,
  secVarTypeOf,
  stringAt,
  stringBytesAt,
  typeIdAt,
  varLinkageOf,
  vlenOf,
} from "./read.js";
export { findUnmodified, sizeOf, skipModifiers } from "./resolve.js";
export {
  type BtfType,
  type Enumerator,
  type Member,
  memberAt,
  type Param,
  type SecVar,
  typeById,
} from "./types.js";
export { type WritableType, type WriteOptions, writeBtf } from "./write/write.js";
