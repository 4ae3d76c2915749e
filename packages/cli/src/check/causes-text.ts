import type { ReasonCode } from "@core/check";
import type { Cause } from "./digest.js";
import type { Existence } from "./existence.js";
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
  ["context-access", "more are read than it has"],
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

/**
 * On which kernels a cause shows, of those where it could: `from 6.1 on (4 of 6 kernels)`; and where its subject is:
 * `absent from 6.1 on (4 of 6 kernels); there up to 5.15`.
 */
export function formatKernels(cause: Pick<Cause, "kernels" | "checkedOn" | "existence">): string {
  const { kernels, checkedOn, existence } = cause;
  if (existence === undefined) return formatExtent(cause);
  const { absent, there, untold } = existence;
  const isSame = isSameSet(absent, kernels) && isSameSet([...absent, ...there, ...untold], checkedOn);
  // Where it is absent and does no harm, a program asks first.
  if (!isSame) return `${formatExtent(cause)}; ${formatExistence(existence)}`;
  const isEverywhere = kernels.length === checkedOn.length;
  return isEverywhere ? formatExtent(cause) : formatExistence(existence, ` (${shareOf(cause)})`);
}

/** On which kernels something shows, of those where it could: `from 6.1 on (4 of 6 kernels)`. */
export function formatExtent({ kernels, checkedOn }: Pick<Cause, "kernels" | "checkedOn">): string {
  const [count, all] = [kernels.length, checkedOn.length];
  if (count === all) return count === 1 ? `on ${kernels.join("")}` : `on all ${formatCount(all)} kernels`;
  const share = shareOf({ kernels, checkedOn });
  if (count === 1) return `on ${kernels.join("")} (${share})`;
  const range = rangeOf(kernels, checkedOn);
  if (range !== undefined) return `${range} (${share})`;
  // Where versions do not tell, names have to.
  const affected = new Set(kernels);
  const others = checkedOn.filter((name) => !affected.has(name));
  return `on ${listOf(kernels)} (${share}, not on ${listOf(others)})`;
}

const shareOf = ({ kernels, checkedOn }: Pick<Cause, "kernels" | "checkedOn">): string =>
  `${formatCount(kernels.length)} of ${formatCount(checkedOn.length)} kernels`;

/** `absent from 6.1 on; there up to 5.15`: of the kernels that were checked, no others. */
export function formatExistence({ absent, there, untold }: Existence, share = ""): string {
  const all = [...absent, ...there, ...untold];
  return [
    `absent ${whereOf(absent, all)}${share}`,
    ...(there.length > 0 ? [`there ${whereOf(there, all)}`] : []),
    ...(untold.length > 0 ? [`not to be told ${whereOf(untold, all)}`] : []),
  ].join("; ");
}

function whereOf(names: readonly string[], all: readonly string[]): string {
  if (names.length === all.length) return `on all ${formatCount(all.length)} kernels`;
  return (names.length > 1 ? rangeOf(names, all) : undefined) ?? `on ${listOf(names)}`;
}

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && new Set([...a, ...b]).size === a.length;

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
