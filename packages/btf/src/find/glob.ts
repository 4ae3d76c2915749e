/** What one character of a name may be. */
type Part = { readonly any: true } | { readonly any: false; readonly isIn: (char: string) => boolean };

/**
 * A test for names that a shell's pattern fits: `*` stands for any characters, `?` for one, `[abc]`, `[a-z]` and `[!a]` for one of
 * those or none of them, and `\` takes the next character as it is. It needs at most as many steps as the lengths of
 * pattern and name multiplied, whatever they are.
 */
export function glob(pattern: string): (name: string) => boolean {
  const parts = parseGlob([...pattern]);
  return (name) => matches(parts, [...name]);
}

function parseGlob(pattern: readonly string[]): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const char = charAt(pattern, i);
    const set = char === "[" ? parseSet(pattern, i) : undefined;
    if (char === "*") {
      // Several do no more than one.
      if (parts.at(-1)?.any !== true) parts.push({ any: true });
    } else if (char === "?") {
      parts.push({ any: false, isIn: () => true });
    } else if (set !== undefined) {
      parts.push({ any: false, isIn: set.isIn });
      i = set.end;
    } else {
      const literal = char === "\\" && i + 1 < pattern.length ? charAt(pattern, ++i) : char;
      parts.push({ any: false, isIn: (other) => other === literal });
    }
  }
  return parts;
}

/** The set that begins with the bracket at `start`; undefined without a closing one: then it is a character like others. */
function parseSet(
  pattern: readonly string[],
  start: number,
): { readonly isIn: (char: string) => boolean; readonly end: number } | undefined {
  const isInverse = pattern[start + 1] === "!" || pattern[start + 1] === "^";
  const first = start + (isInverse ? 2 : 1);
  // A bracket that comes first is one of the set.
  const end = pattern.indexOf("]", first + 1);
  if (end < 0) return undefined;
  const ranges: (readonly [from: string, to: string])[] = [];
  for (let i = first; i < end; i++) {
    const from = charAt(pattern, i);
    const isRange = pattern[i + 1] === "-" && i + 2 < end;
    ranges.push([from, isRange ? charAt(pattern, i + 2) : from]);
    if (isRange) i += 2;
  }
  const isIn = (char: string): boolean => ranges.some(([from, to]) => isBetween(char, from, to));
  return { isIn: (char) => isIn(char) !== isInverse, end };
}

/** One of the characters. */
const charAt = (chars: readonly string[], index: number): string => chars[index] ?? "";

const code = (char: string): number => char.codePointAt(0) ?? 0;

const isBetween = (char: string, from: string, to: string): boolean =>
  code(char) >= code(from) && code(char) <= code(to);

/** After a mismatch only the last `*` has to take one more: what came before it fits as early as it can. */
function matches(parts: readonly Part[], name: readonly string[]): boolean {
  let part = 0;
  let at = 0;
  let star = -1;
  let taken = 0;
  while (at < name.length) {
    const wanted = parts[part];
    if (wanted?.any === true) {
      star = part++;
      taken = at;
    } else if (wanted?.any === false && wanted.isIn(charAt(name, at))) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++taken;
    } else {
      return false;
    }
  }
  return part === parts.length || (part === parts.length - 1 && parts[part]?.any === true);
}
