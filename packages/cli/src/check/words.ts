/** How many names are told before it says only how many more there are. */
const MAX_NAMES = 3;

/** `a, b, c and 4 more`. */
export function listOf(names: readonly string[], max = MAX_NAMES): string {
  if (names.length <= max + 1) return names.join(", ");
  return `${names.slice(0, max).join(", ")} and ${names.length - max} more`;
}

export const plural = (count: number, what: string): string =>
  `${formatCount(count)} ${what}${count === 1 ? "" : "s"}`;

/** `12,345`. */
export const formatCount = (count: number): string => count.toLocaleString("en-US");
