import { BtfError, stringAt } from "@core/btf";
import type { InfoSection, LineInfo } from "@core/btf-ext";
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

/** The source line of the instruction at `insnOff` bytes of a section, from the object's line info. */
export function findSourceLine(object: BpfObject, section: string, insnOff: number): SourceLine | undefined {
  const { btf, ext } = object;
  const info = ext?.lineInfo?.sections.find(({ name }) => name === section);
  const record = info && lastUpTo(info, insnOff);
  if (btf === undefined || record === undefined) return undefined;
  const text = (offset: number): string => {
    try {
      return stringAt(btf, offset).trim();
    } catch (error) {
      // A line that cannot be shown is no reason not to relocate.
      if (error instanceof BtfError) return "";
      throw error;
    }
  };
  const { fileNameOff, lineOff, line, column } = record;
  return { file: text(fileNameOff), line, column, text: text(lineOff) };
}

/** Records are in the order of their instructions: the kernel refuses others. */
function lastUpTo({ records }: InfoSection<LineInfo>, insnOff: number): LineInfo | undefined {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.insnOff ?? 0) <= insnOff) low = middle + 1;
    else high = middle;
  }
  return records[low - 1];
}
