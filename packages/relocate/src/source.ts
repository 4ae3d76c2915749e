import type { LineInfo } from "@core/btf-ext";
import type { BpfObject } from "./object.js";

/** Where in the source an instruction comes from, as far as the object tells. */
export interface SourceLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1; 0 when unknown. */
  readonly column: number;
  /** The text of the line, without the white space around it. */
  readonly text: string;
}

/** In characters; of a file's name and of a line. */
const MAX_TEXT = 4096;

/**
 * The source line of the instruction at `insnOff` bytes of a section, from the object's line info: the last one
 * up to there, as the kernel reads it. (Clang gives the constant that it adds to a pointer no line of its own.)
 *
 * @param start where its function begins, in bytes: lines before that are another function's.
 */
export function findSourceLine(
  object: BpfObject,
  section: string,
  insnOff: number,
  start = 0,
): SourceLine | undefined {
  const record = lastUpTo(object.lines().get(section) ?? [], insnOff);
  if (record === undefined || record.insnOff < start) return undefined;
  const { fileNameOff, lineOff, line, column } = record;
  // A line that cannot be shown is no reason not to relocate.
  const textAt = (offset: number): string => (object.stringAt(offset) ?? "").slice(0, MAX_TEXT).trim();
  return { file: textAt(fileNameOff), line, column, text: textAt(lineOff) };
}

function lastUpTo(records: readonly LineInfo[], insnOff: number): LineInfo | undefined {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.insnOff ?? 0) <= insnOff) low = middle + 1;
    else high = middle;
  }
  return records[low - 1];
}
