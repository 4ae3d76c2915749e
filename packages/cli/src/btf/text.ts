import { printable, replaceUnprintable } from "@core/bytes";
import type { Colors } from "picocolors/types.js";

/** Text of several lines, with everything escaped that could do something to a terminal. */
export const printableText = (text: string): string =>
  replaceUnprintable(text, (char) => (char === "\n" || char === "\t" ? char : printable(char)));

/** C, with its comments less prominent. */
export const colorC = (text: string, { dim }: Colors): string =>
  text.replace(/\/\*[^\n]*?\*\//g, (comment) => dim(comment));

export const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
