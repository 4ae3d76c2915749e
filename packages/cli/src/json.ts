import { replaceUnprintable } from "@core/bytes";

/** JSON that is safe to show in a terminal: its strings hold printable characters and escapes only. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  // Line feeds stand only between values: within strings they are escaped already.
  return `${replaceUnprintable(text, (char) => (char === "\n" ? char : escapeUnits(char)))}\n`;
}

const escapeUnits = (char: string): string =>
  Array.from(
    { length: char.length },
    (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");
