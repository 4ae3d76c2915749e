import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findNode, fuzz } from "./engine.js";
import { FINDINGS } from "./findings.js";
import { TARGETS } from "./targets.js";

/** Of each target, in seconds. */
const SHORT = 4;

/** The same for each run, which tells of a change, and not of luck: `pnpm fuzz` goes where nothing went yet. */
const SEED = 1;

// What is fetched for the engine is fetched in CI only: elsewhere `pnpm fuzz` is there for it.
describe.runIf(process.env["CI"] === "true")("a short run of the engine", () => {
  const node = findNode();

  it.each([...TARGETS])("finds nothing in %s", { timeout: 600_000 }, async (name, target) => {
    const { executions, edges, findings } = await fuzz(node, name, target, SHORT, SEED);
    // On a machine that is thrown away, this is all that is left of them.
    const contents = findings.map((file) => [file, readFileSync(join(FINDINGS, file), "base64")]);
    expect(contents).toEqual([]);
    expect(executions).toBeGreaterThan(100);
    expect(edges).toBeGreaterThan(50);
  });
});
