// Which branches the tests of the layers below `relocate` take. A run over real kernels would take branches that no
// other test looks at, so those runs do not count: what is held here has a test that says what is right.

import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** The least share of branches taken in each layer, in percent. */
const LEAST = 95;
const LAYERS = ["bytes", "elf", "btf", "btf-ext", "spec", "matcher", "insn-patch"];

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: {
    include: LAYERS.map((layer) => `packages/${layer}/src/**/*.test.ts`),
    exclude: ["packages/btf/src/memory.test.ts", "packages/btf/src/**/*kernels.test.ts"],
    testTimeout: 300_000,
    reporters: ["dot"],
    coverage: {
      provider: "v8",
      include: LAYERS.map((layer) => `packages/${layer}/src/**/*.ts`),
      exclude: ["**/*.test.ts", "**/*.bench.ts"],
      reporter: [["text", { skipFull: true, maxCols: 110 }]],
      thresholds: Object.fromEntries(
        LAYERS.map((layer) => [`packages/${layer}/src/**`, { branches: LEAST }]),
      ),
    },
  },
});
