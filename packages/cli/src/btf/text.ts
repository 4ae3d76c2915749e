import { printable, replaceUnprintable } from "@core/bytes";
import type { Colors } from "picocolors/types.js";

/** Text of several lines, with everything escaped that could do something to a terminal. */
export const printableText = (text: string): string =>
  replaceUnprintable(text, (char) => (char === "\n" || char === "\t" ? char : printable(char)));

/** C, with its comments less prominent. */
export const colorC = (text: string, { dim }: Colors): string =>
  // Also fits what has no end in its line, so as not to look for that one again from each place in it.
  text.replace(/\/\*.*?(?:\*\/|$)/gm, (comment) => (comment.endsWith("*/") ? dim(comment) : comment));

export const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
