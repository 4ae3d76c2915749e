// Guesses: which of what is gone may be which of what is new.

/** Below this, two are not taken for the same. */
const LIKELY = 3;
/** More combinations than this are not tried: where that much is different, nothing can be told. */
const MAX_COMBINATIONS = 1 << 14;

/** Of each in `before` its partner in `after`, the most alike first; those without a likely one are left out. */
export function bestPairs<T>(
  before: readonly T[],
  after: readonly T[],
  likeness: (a: T, b: T) => number,
): Map<T, T> {
  const pairs = new Map<T, T>();
  if (before.length * after.length > MAX_COMBINATIONS) return pairs;
  const taken = new Set<T>();
  const likely: { readonly a: T; readonly b: T; readonly score: number }[] = [];
  for (const a of before) {
    for (const b of after) {
      const score = likeness(a, b);
      if (score >= LIKELY) likely.push({ a, b, score });
    }
  }
  for (const { a, b } of likely.sort((x, y) => y.score - x.score)) {
    if (pairs.has(a) || taken.has(b)) continue;
    pairs.set(a, b);
    taken.add(b);
  }
  return pairs;
}

/** Characters of a name that are looked at. The kernel knows none that is longer. */
const MAX_NAME = 512;

/** What of a name {@link nameLikeness} compares. */
export const comparableName = (name: string): string => name.slice(0, MAX_NAME).replaceAll("_", "");

/**
 * How alike two comparable names are: 3 when they are the same, 2 when one is most of the other, 1 when they
 * start and end alike, else 0.
 */
export function nameLikeness(a: string, b: string): number {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short === "") return 0;
  if (short === long) return 3;
  if (long.includes(short)) return short.length * 2 >= long.length ? 2 : 0;
  let prefix = 0;
  while (prefix < short.length && short[prefix] === long[prefix]) prefix++;
  let suffix = 0;
  while (suffix < short.length - prefix && short.at(-1 - suffix) === long.at(-1 - suffix)) suffix++;
  return (prefix + suffix) * 2 >= long.length ? 1 : 0;
}
