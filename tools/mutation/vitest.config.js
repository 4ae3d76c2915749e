// The tests that a mutant has to get past.

import { defineConfig } from "vitest/config";

export default defineConfig({ test: { testTimeout: 20_000 } });
