export {
  type Candidate,
  expectCandidates,
  findCandidates,
  type ModuleBtf,
  type Target,
} from "./candidate.js";
export { type Budget, newBudget } from "./comparison.js";
export { typesIncompatible } from "./compatible.js";
export { MatcherError, type MatcherErrorCode } from "./error.js";
export { formatCandidate, formatRejection, formatSubject } from "./format.js";
export type { Rejection } from "./rejection.js";
export {
  type Attempt,
  type Change,
  type Resolution,
  resolve,
  survivorsOf,
  type Verdict,
} from "./resolve.js";
export type { Value } from "./value.js";
