import type { ReasonCode } from "@core/check";
import type { Cause } from "./digest.js";
import { versionOf } from "./groups.js";
import { formatCount, listOf } from "./words.js";

/** What is the matter with a reason's subject. */
const TITLES: ReadonlyMap<string, string> = new Map<ReasonCode, string>([
  ["core-ambiguous", "ambiguous"],
  ["core-invalid", "cannot be relocated"],
  ["poison-reached", "absent, and used"],
  ["poison-unknown", "absent, and maybe used"],
  ["attach-target-missing", "no such attach target"],
  ["attach-target-placeholder", "left to the loading program"],
  ["attach-target-unknown", "no attach target"],
  ["ksym-missing", "no such symbol"],
  ["ksym-unknown", "no such symbol"],
  ["kfunc-missing", "no such function"],
  ["kfunc-prototype", "has another prototype"],
  ["kconfig-missing", "not configured"],
  ["kconfig-unknown", "not configured"],
  ["helper-unsupported", "not in the kernel"],
  ["helper-not-allowed", "not allowed"],
  ["insn-unsupported", "not supported"],
  ["prog-type-unsupported", "not supported"],
  ["attach-type-unsupported", "not supported"],
  ["map-unsupported", "not supported"],
  ["context-access", "beyond the arguments"],
  ["struct-ops-member-missing", "no such member"],
  ["module-unknown", "in a module that was not given"],
  ["object-invalid", "malformed"],
]);

/** Titles that say already that it cannot be told. */
const UNKNOWN: ReadonlySet<string> = new Set<ReasonCode>([
  "poison-unknown",
  "attach-target-placeholder",
  "module-unknown",
]);

/** A cause in a few words: `struct bio.bi_disk: absent, and used`. */
export const headlineOf = ({ subject, ...reason }: Pick<Cause, "subject" | "code" | "verdict">): string =>
  `${subject}: ${titleOf(reason)}`;

export function titleOf({ code, verdict }: Pick<Cause, "code" | "verdict">): string {
  // A report that is read may come from a later version, which has more codes.
  const title = TITLES.get(code) ?? code;
  return verdict === "unknown" && !UNKNOWN.has(code) ? `maybe ${title}` : title;
}

/** On which kernels a cause shows, of those where it could: `from 6.1 on (4 of 6 kernels)`; and where versions do not tell, on which not. */
export function formatKernels({ kernels, checkedOn }: Pick<Cause, "kernels" | "checkedOn">): string {
  const [count, all] = [kernels.length, checkedOn.length];
  if (count === all) return count === 1 ? `on ${kernels.join("")}` : `on all ${formatCount(all)} kernels`;
  if (count === 1) return `on ${kernels.join("")} (1 of ${formatCount(all)} kernels)`;
  const extent = `${formatCount(count)} of ${formatCount(all)} kernels`;
  const range = rangeOf(kernels, checkedOn);
  if (range !== undefined) return `${range} (${extent})`;
  // Where versions do not tell, names have to.
  const affected = new Set(kernels);
  const others = checkedOn.filter((name) => !affected.has(name));
  return `on ${listOf(kernels)} (${extent}, not on ${listOf(others)})`;
}

/** Where versions alone tell the kernels of a cause from the others. */
function rangeOf(kernels: readonly string[], checkedOn: readonly string[]): string | undefined {
  const others = new Set(checkedOn);
  for (const name of kernels) others.delete(name);
  const bounds = (names: Iterable<string>): readonly Version[] =>
    [...names].map((name) => versionOf(name) ?? NO_VERSION).toSorted(compareVersions);
  const [own, rest] = [bounds(kernels), bounds(others)];
  const [first, last] = [own[0] ?? NO_VERSION, own.at(-1) ?? NO_VERSION];
  const [lowest, highest] = [rest[0] ?? NO_VERSION, rest.at(-1) ?? NO_VERSION];
  if ([first, lowest].includes(NO_VERSION)) return undefined;
  if (compareVersions(highest, first) < 0) return `from ${first.join(".")} on`;
  return compareVersions(last, lowest) < 0 ? `up to ${last.join(".")}` : undefined;
}

type Version = readonly [major: number, minor: number];

/** Sorts before every other one. */
const NO_VERSION: Version = [-1, -1];

const compareVersions = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1];
