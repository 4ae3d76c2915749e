import { type Btf, BtfError, stringAt } from "@core/btf";
import type { BtfExt, CoreRelo } from "@core/btf-ext";
import type { Elf } from "@core/elf";
import { parseSpec, type RelocationKind, relocationKindOf, type Spec, SpecError } from "@core/spec";
import { findProgram, type Program } from "./program.js";

/** A CO-RE relocation as its object has it, before any target is known. */
export interface LocalRelocation {
  /** Name of the ELF section of the instruction. */
  readonly section: string;
  readonly record: CoreRelo;
  /** The function of the instruction; `undefined` when it lies in none, and so is left alone. */
  readonly program: Program | undefined;
  /** `undefined` for a number that no relocation kind has. */
  readonly kind: RelocationKind | undefined;
  /** Empty when the record's string offset leads nowhere. */
  readonly accessStr: string;
  /** What is accessed, one object for equal accesses; or why the record makes no sense. */
  readonly spec: Spec | SpecError;
}

export function parseRelocations(
  elf: Elf,
  btf: Btf,
  ext: BtfExt,
  programs: readonly Program[],
): readonly LocalRelocation[] {
  const specs = new Map<string, Spec | SpecError>();
  // The first of a name counts (libbpf: elf_sec_by_name), so that it is entered last.
  const sections = new Map(elf.sections.toReversed().map((section) => [section.name, section]));
  return (ext.coreRelos?.sections ?? []).flatMap(({ name, records }) => {
    const section = sections.get(name);
    return records.map((record): LocalRelocation => {
      const kind = relocationKindOf(record.kind);
      const accessStr = accessStrAt(btf, record.accessStrOff);
      const key = `${record.typeId} ${record.kind} ${accessStr}`;
      const spec = specs.get(key) ?? specOf(btf, record, accessStr, kind);
      specs.set(key, spec);
      const program = section && findProgram(programs, section.index, record.insnOff);
      return { section: name, record, program, kind, accessStr, spec };
    });
  });
}

function accessStrAt(btf: Btf, offset: number): string {
  try {
    return stringAt(btf, offset);
  } catch (error) {
    if (error instanceof BtfError) return "";
    throw error;
  }
}

function specOf(
  btf: Btf,
  record: CoreRelo,
  accessStr: string,
  kind: RelocationKind | undefined,
): Spec | SpecError {
  const { insnOff, typeId } = record;
  if (kind === undefined)
    return new SpecError("kind", `${record.kind} is no kind of relocation`, { insnOff, typeId });
  try {
    return parseSpec(btf, typeId, accessStr, kind);
  } catch (error) {
    if (error instanceof SpecError) return error;
    throw error;
  }
}
