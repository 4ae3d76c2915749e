import { replaceUnprintable } from "@core/bytes";
import { withoutCommands } from "./output.js";

/**
 * JSON that is safe to show in a terminal: its strings hold printable characters and escapes only. In
 * pieces, as a report may be longer than a string can be: one for each element of `list`.
 */
export function* jsonOf(head: object, name: string, list: readonly unknown[]): Generator<string> {
  yield `${stringify(head, 0).slice(0, -2)},\n  ${stringify(name, 0)}: [`;
  for (const [i, element] of list.entries()) yield `${i === 0 ? "" : ","}\n    ${stringify(element, 4)}`;
  yield list.length === 0 ? "]\n}\n" : "\n  ]\n}\n";
}

/** The same for what is one string at most. */
export const jsonText = (value: object): string => `${stringify(value, 0)}\n`;

/** @param indent of every line but the first, in spaces. */
function stringify(value: unknown, indent: number): string {
  return inertJson(JSON.stringify(value, null, 2).replaceAll("\n", `\n${" ".repeat(indent)}`));
}

/** JSON that does nothing where it is shown. */
export function inertJson(json: string): string {
  // Line feeds stand only between values: within strings they are escaped already.
  const text = replaceUnprintable(json, (char) => (char === "\n" ? char : escapeUnits(char)));
  return withoutCommands(text, escapeUnits("#"));
}

/** A character as JSON escapes it. */
const escapeUnits = (char: string): string =>
  Array.from(
    { length: char.length },
    (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");

/** The same of several lists, which may be long: every element is one line. */
export function* jsonOfLists(
  head: object,
  lists: Readonly<Record<string, Iterable<unknown>>>,
): Generator<string> {
  yield stringify(head, 0).slice(0, -2);
  for (const [name, list] of Object.entries(lists)) {
    yield `,\n  ${stringify(name, 0)}: [`;
    let separator = "";
    for (const element of list) {
      yield `${separator}\n    ${inertJson(JSON.stringify(element))}`;
      separator = ",";
    }
    yield separator === "" ? "]" : "\n  ]";
  }
  yield "\n}\n";
}
