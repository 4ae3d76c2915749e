export {
  type BenchResult,
  type BuildInfo,
  benchHarness,
  findHarness,
  type Harness,
  type HarnessAnswer,
  type HarnessRelocation,
  type Input,
  type RunOptions,
  runHarness,
  runHarnessAll,
  type Times,
} from "./harness.js";
