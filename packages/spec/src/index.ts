export { SpecError, type SpecErrorCode } from "./error.js";
export { describeType, formatAccess, formatSpec, shorten } from "./format.js";
export {
  familyOf,
  RELOCATION_KINDS,
  type RelocationFamily,
  type RelocationKind,
  relocationKindOf,
} from "./kind.js";
export { elementOffset, isFlexibleArray, memberOffset } from "./layout.js";
export { parseSpec } from "./parse.js";
export { accessors, bitOffsetOf, MAX_POINTS, type Point, pointNameOf, rawSpec, type Spec } from "./spec.js";
