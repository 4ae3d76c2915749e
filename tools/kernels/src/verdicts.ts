// What real kernels said of @core/fixtures' objects for them, kept beside the sources.

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { LoadResult } from "./results.js";

const FOLDER = resolve(import.meta.dirname, "../verdicts");
const EXTENSION = ".jsonl";

/** What one kernel said. */
export interface Verdicts {
  /** Such as `6.1.0-56-cloud-amd64`. */
  readonly release: string;
  /** Of every program of `kernelObjects()`; `object` is the fixture's name. */
  readonly results: readonly LoadResult[];
}

/** Every recorded kernel, the oldest first. */
export function recordedVerdicts(): readonly Verdicts[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((release) => ({ release, results: parseResults(readFileSync(verdictsPath(release), "utf8")) }));
}

export function verdictsPath(release: string): string {
  return join(FOLDER, `${release}${EXTENSION}`);
}

/** A line for each result, as in the shared corpus. */
export function formatResults(results: readonly LoadResult[]): string {
  return results.map((result) => `${JSON.stringify(result)}\n`).join("");
}

export function parseResults(text: string): readonly LoadResult[] {
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}
