/** Wide enough for what is not shown in a terminal, narrow enough to be read. */
export const TEXT_WIDTH = 78;

/**
 * Text in lines of up to `width` characters, each behind `indent`. Words are not split: those of an input
 * may be wider.
 */
export function wrap(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && indent.length + longer.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return [...lines, indent + line];
}

/** The width of a column: that of its widest text up to `max`. What is wider pushes its own line aside. */
export const columnWidth = (texts: readonly string[], max = Number.POSITIVE_INFINITY): number =>
  texts.reduce((width, { length }) => (length <= max ? Math.max(width, length) : width), 0);
