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
 * The part's offset and length become 0, as libbpf refuses a part that is there but empty; its bytes go
 * if they are the last ones, and else become 0.
 *
 * @returns new bytes, and which bytes of the old ones are gone, `undefined` if there was nothing to remove.
 * Relocations of the section itself that point there have lost their meaning.
 */
export function withoutCoreRelos(ext: BtfExt): { bytes: Uint8Array; removed: ByteRange | undefined } {
  const part = ext.coreRelos;
  if (part === undefined) return { bytes: copyBytes(ext.bytes), removed: undefined };
  const bytes = copyBytes(ext.bytes);
  const view = viewOf(bytes);
  view.setUint32(CORE_RELOS_OFF_AT, 0);
  view.setUint32(CORE_RELOS_LEN_AT, 0);

  const removed = { start: part.offset, end: part.offset + part.length };
  const shared = [ext.funcInfo, ext.lineInfo].some((other) => other !== undefined && overlap(other, part));
  if (shared) return { bytes, removed: undefined };
  if (removed.end === bytes.length) return { bytes: bytes.subarray(0, removed.start), removed };
  bytes.fill(0, removed.start, removed.end);
  return { bytes, removed };
}

function overlap(a: InfoPart<unknown>, b: InfoPart<unknown>): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}
