import { setFlagsFromString } from "node:v8";

/**
 * Settings of V8, by its major version, as one complains of what it does not know. Optimising took 40 % of all processor
 * time of a run of seconds, most of it for code that had nearly done its work: it starts later with these. Newer
 * versions have a quick optimiser in between.
 */
const OPTIMISE_LATER: ReadonlyMap<string, string> = new Map([
  ["11", "--interrupt-budget=1000000"],
  ["12", "--invocation-count-for-turbofan=8000"],
]);

/** Young garbage is collected more often instead of growing to 48 MB. */
const KEEP_YOUNG_SMALL = "--semi-space-growth-factor=1";
const HAVE_GROWTH_FACTOR = /^1[1-3]\./;

/** Sets up the engine, in all threads, for many kernels and objects. */
export function tuneEngine(): void {
  const { v8 } = process.versions;
  const later = OPTIMISE_LATER.get(v8.replace(/\..*/, ""));
  if (later !== undefined) setFlagsFromString(later);
  if (HAVE_GROWTH_FACTOR.test(v8)) setFlagsFromString(KEEP_YOUNG_SMALL);
}
