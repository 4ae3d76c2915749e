export { comparable, type Difference, differencesOf } from "./compare.js";
export {
  type BenchResult,
  type BuildInfo,
  benchHarness,
  dedup,
  distillBase,
  findHarness,
  type Harness,
  type HarnessAnswer,
  type HarnessRelocation,
  type Input,
  type Made,
  type RunOptions,
  rebase,
  runHarness,
  runHarnessAll,
  type Times,
} from "./harness.js";
export { ourAnswer } from "./ours.js";
