export { ReachError, type ReachErrorCode } from "./error.js";
export {
  codeOf,
  isSubprogram,
  type LinkedObject,
  type LinkedProgram,
  linkObject,
  linkProgram,
} from "./link.js";
export { poisonedPlaces, reachOf } from "./reach.js";
export type { Doubt, KconfigRange, Knowledge, Place, Reachability } from "./reachability.js";
export type { Extern, LinkedFunction, Reference } from "./reference.js";
