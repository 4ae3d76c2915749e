export { type FoundField, fieldsOf, findLikeFields, type WantedField } from "./fields.js";
export { type FindOptions, findTypes, type NamePattern } from "./find.js";
export { glob } from "./glob.js";
export { nearestNames } from "./nearest.js";
export {
  type BtfStats,
  type Duplicate,
  type KindStats,
  type SizedType,
  type StatsOptions,
  statsOf,
} from "./stats.js";
export { findUsers, indexReferences, type ReferenceIndex, type Use } from "./users.js";
