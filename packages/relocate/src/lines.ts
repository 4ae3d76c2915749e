import type { BtfExt, LineInfo } from "@core/btf-ext";

/**
 * The records of each section that name a line; line 0 stands for code that the compiler added. Sorted:
 * the kernel refuses another order, but it has not seen them yet.
 */
export function linesBySection(ext: BtfExt | undefined): ReadonlyMap<string, readonly LineInfo[]> {
  const lines = new Map<string, LineInfo[]>();
  for (const { name, records } of ext?.lineInfo?.sections ?? []) {
    const own = lines.get(name) ?? [];
    lines.set(name, own);
    for (const record of records) if (record.line !== 0) own.push(record);
  }
  for (const own of lines.values()) own.sort((a, b) => a.insnOff - b.insnOff);
  return lines;
}
