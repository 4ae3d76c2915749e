import type { Btf } from "./btf.js";

const TAB = 0x09;
const LINE_FEED = 0x0a;
/** Is in no UTF-8. */
const NO_TEXT = 0xff;

/**
 * The same types, for text in several lines with tabs, such as C, that is shown to people: of a line feed or a tab in a
 * name nothing else could tell that it is none of the text's own. Each becomes U+FFFD, as all that is no text does; names
 * without them, and all ids and offsets, stay what they are.
 */
export function withOneLineNames(btf: Btf): Btf {
  const base = btf.base === undefined ? undefined : withOneLineNames(btf.base);
  const isBroken = btf.strings.includes(LINE_FEED) || btf.strings.includes(TAB);
  if (!isBroken && base === btf.base) return btf;
  const strings = isBroken
    ? btf.strings.map((byte) => (byte === LINE_FEED || byte === TAB ? NO_TEXT : byte))
    : btf.strings;
  return { ...btf, base, strings, nameIndex: undefined };
}
