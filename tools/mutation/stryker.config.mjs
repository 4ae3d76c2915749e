// How Stryker mutates one layer; started in the layer's folder by main.mjs.

import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const reports = join(import.meta.dirname, "reports", process.env.LAYER ?? "");

export default {
  mutate: ["src/**/*.ts", "!src/**/*.{test,bench}.ts"],
  testRunner: "vitest",
  plugins: [require.resolve("@stryker-mutator/vitest-runner")],
  vitest: { configFile: join(import.meta.dirname, "vitest.config.js") },
  // TypeScript 7 has no interface for programs, by which Stryker would rewrite settings that its copy does not need.
  tsconfigFile: "none",
  ignorePatterns: ["dist", "tsconfig*.json"],
  concurrency: 2,
  // Endless loops are told by their steps; time is for what a busy machine has others to give to.
  timeoutMS: 60_000,
  incremental: true,
  incrementalFile: join(reports, "incremental.json"),
  reporters: ["clear-text", "html", "progress-append-only"],
  clearTextReporter: { logTests: false, reportTests: false, reportMutants: false },
  htmlReporter: { fileName: join(reports, "mutation.html") },
};
