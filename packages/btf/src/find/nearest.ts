import { wordAt } from "../words.js";

/** How many names are suggested. */
const MAX_SUGGESTIONS = 3;
/** Names that are longer are nobody's typing error. */
const MAX_LENGTH = 64;

/**
 * The names that `wanted` may be meant to be, at most three, the nearest first: those that differ in up to a quarter
 * of its letters, or begin or end with it. Of those that are long nothing is told.
 */
export function nearestNames(wanted: string, names: Iterable<string>): readonly string[] {
  if (wanted.length === 0 || wanted.length > MAX_LENGTH) return [];
  const limit = Math.ceil(wanted.length * MAX_DIFFERENCE);
  const lower = wanted.toLowerCase();
  const near: { readonly name: string; readonly distance: number }[] = [];
  for (const name of new Set(names)) {
    if (name === "") continue;
    const other = name.toLowerCase();
    const isPart = wanted.length > 2 && (other.startsWith(lower) || other.endsWith(lower));
    const distance =
      other.length > MAX_LENGTH || Math.abs(other.length - lower.length) > limit
        ? Number.POSITIVE_INFINITY
        : editDistance(lower, other);
    if (distance <= limit) near.push({ name, distance });
    // Behind the typing errors, the shortest first.
    else if (isPart) near.push({ name, distance: MAX_LENGTH + name.length });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, MAX_SUGGESTIONS).map(({ name }) => name);
}

/** Of the letters of a name. */
const MAX_DIFFERENCE = 0.25;

/** Letters to insert, remove, replace or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  let last = Uint32Array.from({ length: b.length + 1 }, (_, j) => j);
  let beforeLast = last;
  for (let i = 1; i <= a.length; i++) {
    const row = new Uint32Array(b.length + 1);
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min(
        wordAt(last, j) + 1,
        wordAt(row, j - 1) + 1,
        wordAt(last, j - 1) + (isSame ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, wordAt(beforeLast, j - 2) + 1);
      }
      row[j] = least;
    }
    beforeLast = last;
    last = row;
  }
  return wordAt(last, b.length);
}
