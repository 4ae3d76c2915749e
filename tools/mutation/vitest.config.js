// The tests that a mutant has to get past: those that do the same whenever they run.

import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // What random inputs notice is another thing each time, and examples are sooner done.
    exclude: [...configDefaults.exclude, "**/*properties.test.ts"],
    testTimeout: 60_000,
    // A mutant is switched on within functions, which no file needs a thread of its own for.
    isolate: false,
    fileParallelism: false,
    server: { deps: { external: [/\/dist\//] } },
  },
});
