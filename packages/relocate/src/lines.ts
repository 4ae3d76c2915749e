import type { BtfExt, LineInfo } from "@core/btf-ext";

/** Line info by the name of its section, in the order of the instructions. */
export type Lines = ReadonlyMap<string, readonly LineInfo[]>;

/** Reads line info when it is first asked for: an object has more of it than of anything else, and few ask. */
export function linesOnce(ext: BtfExt | undefined): () => Lines {
  let lines: Lines | undefined;
  return () => {
    lines ??= linesBySection(ext);
    return lines;
  };
}

/**
 * The records of each section that name a line; line 0 stands for code that the compiler added. Sorted:
 * the kernel refuses another order, but it has not seen them yet.
 */
function linesBySection(ext: BtfExt | undefined): Lines {
  const lines = new Map<string, LineInfo[]>();
  for (const { name, records } of ext?.lineInfo?.sections ?? []) {
    const own = lines.get(name) ?? [];
    lines.set(name, own);
    for (const record of records()) if (record.line !== 0) own.push(record);
  }
  for (const own of lines.values()) own.sort((a, b) => a.insnOff - b.insnOff);
  return lines;
}
