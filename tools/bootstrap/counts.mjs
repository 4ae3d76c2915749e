// What vitest's closing lines say: " Tests  1 failed | 20 passed | 2 skipped (23)".

import { stripVTControlCharacters } from "node:util";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * The counts at the end of one package's test log. A file that could not be run at all is one failure, and so
 * is a log without its closing lines.
 *
 * @type {(log: string) => Counts}
 */
export function countsOf(log) {
  const text = stripVTControlCharacters(log);
  const tests = /^.*\bTests {2}.*$/m.exec(text)?.[0];
  if (tests === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const files = /^.*\bTest Files {2}.*$/m.exec(text)?.[0] ?? "";
  /** @type {(line: string, what: string) => number} */
  const count = (line, what) => Number(new RegExp(`(\\d+) ${what}`).exec(line)?.[1] ?? 0);
  return {
    passed: count(tests, "passed"),
    failed: count(tests, "failed") || count(files, "failed"),
    skipped: count(tests, "skipped") + count(tests, "todo"),
  };
}

/** @type {(counts: Counts[]) => Counts} */
export function sum(counts) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of counts) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}
