import type { Btf } from "@core/btf";
import { objectPath, readFixture } from "@core/fixtures";
import { type BpfObject, openObject } from "@core/relocate";
import { parseSpec, RELOCATION_KINDS, type RelocationKind, SpecError } from "@core/spec";

/** A relocation to be made: what it is about, the id of its root, and the access string. */
export type Ask = readonly [kind: RelocationKind, rootId: number, accessStr: string];

const plain = openObject(readFixture(objectPath("plain", "little")));

/** An object with these types and relocations, all of them of the first instruction there is. */
export function objectOf(btf: Btf, asks: readonly Ask[]): BpfObject {
  const [program] = plain.programs;
  return {
    ...plain,
    btf,
    relocations: asks.map(([kind, typeId, accessStr], index) => ({
      section: program?.section ?? "",
      index,
      record: { insnOff: 0, typeId, accessStrOff: 0, kind: RELOCATION_KINDS.indexOf(kind) },
      program: program && { ...program, offset: 0 },
      kind,
      accessStr,
      spec: specOf(btf, typeId, accessStr, kind),
    })),
  };
}

function specOf(btf: Btf, typeId: number, accessStr: string, kind: RelocationKind) {
  try {
    return parseSpec(btf, typeId, accessStr, kind);
  } catch (error) {
    if (error instanceof SpecError) return error;
    throw error;
  }
}
