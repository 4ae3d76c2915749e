export { SpecError, type SpecErrorCode } from "./error.js";
export { formatAccess, formatSpec } from "./format.js";
export {
  familyOf,
  RELOCATION_KINDS,
  type RelocationFamily,
  type RelocationKind,
  relocationKindOf,
} from "./kind.js";
export { elementOffset, isFlexibleArray, memberPoint, parseSpec } from "./parse.js";
export { accessors, bitOffsetOf, MAX_POINTS, type Point, rawSpec, type Spec } from "./spec.js";
