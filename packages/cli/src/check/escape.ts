import { printable } from "@core/bytes";
import { withoutCommands } from "../common/output.js";

/** Text in a report that has no other way to say a character. */
const literal = (text: string): string => withoutCommands(printable(text), "\\x23");

/** Text in XML, in an element or an attribute. */
export const xml = (text: string): string =>
  // XML has no way to say the last two.
  literal(text).replace(/[&<>"'\uFFFE\uFFFF]/g, (char) => ENTITIES.get(char) ?? "?");

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
]);

const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((longest, { length }) => Math.max(longest, length), 0);

/** Text in Markdown, literally: neither formatted, nor a link, nor a mention of somebody. */
export function code(text: string): string {
  // A table's cells end at a bar, wherever it stands; and nothing can be in front of its backslash to be safe.
  const plain = literal(text).replaceAll("|", "\\x7c") || " ";
  const fence = "`".repeat(longestRun(plain) + 1);
  const pad = /^`|`$|^ | $/.test(plain) ? " " : "";
  return `${fence}${pad}${plain}${pad}${fence}`;
}

/** Lines of text as a block in Markdown. */
export function codeBlock(lines: readonly string[]): string[] {
  const plain = lines.map(literal);
  const fence = "`".repeat(Math.max(3, longestRun(plain.join("\n")) + 1));
  return [`${fence}text`, ...plain, fence];
}

/** A workflow command of GitHub Actions, such as an annotation. */
export function workflowCommand(
  command: string,
  properties: Readonly<Record<string, string | number | undefined>>,
  message: string,
): string {
  const list = Object.entries(properties)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`]))
    .join(",");
  return `::${command}${list === "" ? "" : " "}${list}::${escapeData(message)}\n`;
}

/** Lines stay, and nothing in them can end the command. */
const escapeData = (text: string): string =>
  text.split("\n").map(literal).join("\n").replaceAll("%", "%25").replaceAll("\n", "%0A");

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
