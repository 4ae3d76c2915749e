import { copyBytes, viewOf } from "@core/bytes";
import type { BtfExt, InfoPart } from "./btf-ext.js";

const CORE_RELOS_OFF_AT = 24;
const CORE_RELOS_LEN_AT = 28;

/** Bytes `[start, end)` of a section. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * `.BTF.ext` as a loader wants it that has nothing to relocate: the same bytes without CO-RE records.
 * The part's offset and length become 0, as libbpf refuses a part that is there but empty. Its bytes go if they
 * are the last ones and not the only ones behind the header (libbpf refuses a header alone, too); they become 0
 * otherwise, or, where they belong to another part as well, stay.
 *
 * @returns new bytes, and which bytes of the old ones are gone or 0; `undefined` when there are none.
 * Relocations of the section itself that point there have lost their meaning.
 */
export function withoutCoreRelos(ext: BtfExt): { bytes: Uint8Array; removed: ByteRange | undefined } {
  const bytes = copyBytes(ext.bytes);
  const part = ext.coreRelos;
  if (part === undefined) return { bytes, removed: undefined };
  const view = viewOf(bytes);
  view.setUint32(CORE_RELOS_OFF_AT, 0);
  view.setUint32(CORE_RELOS_LEN_AT, 0);

  const shared = [ext.funcInfo, ext.lineInfo].some((other) => other !== undefined && overlap(other, part));
  if (shared) return { bytes, removed: undefined };
  const removed = { start: part.offset, end: part.offset + part.length };
  bytes.fill(0, removed.start, removed.end);
  const isTail = removed.end === bytes.length && removed.start > ext.headerLength;
  return { bytes: isTail ? bytes.subarray(0, removed.start) : bytes, removed };
}

function overlap(a: InfoPart<unknown>, b: InfoPart<unknown>): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}
