import type { Btf, TypeId } from "@core/btf";
import type { BtfExt, CoreRelo } from "@core/btf-ext";
import type { Elf } from "@core/elf";
import { parseSpec, type RelocationKind, relocationKindOf, type Spec, SpecError } from "@core/spec";
import { findProgram, type Program } from "./program.js";
import type { StringReader } from "./strings.js";

/** A CO-RE relocation as its object has it, before any target is known. */
export interface LocalRelocation {
  /** Name of the ELF section of the instruction. */
  readonly section: string;
  /** Position among the records of the section, from 0: libbpf's `relo #<index>`. */
  readonly index: number;
  readonly record: CoreRelo;
  /** The function of the instruction; `undefined` when it lies in none, and so is left alone. */
  readonly program: Program | undefined;
  /** `undefined` for a number that no relocation kind has. */
  readonly kind: RelocationKind | undefined;
  /** Empty when there is none, or none of up to 1,024 characters, at the record's string offset. */
  readonly accessStr: string;
  /** What is accessed, one object for equal records; or why the record makes no sense. */
  readonly spec: Spec | SpecError;
}

/** 64 indices, which is the most, of 10 digits each take 703 characters. */
const MAX_ACCESS_STR = 1024;

export function parseRelocations(
  elf: Elf,
  btf: Btf,
  ext: BtfExt,
  programs: readonly Program[],
  stringAt: StringReader,
): readonly LocalRelocation[] {
  const specs = new Map<string, Spec | SpecError>();
  // The first of a name counts (libbpf: elf_sec_by_name), so that it is entered last.
  const sections = new Map(elf.sections.toReversed().map((section) => [section.name, section]));
  return (ext.coreRelos?.sections ?? []).flatMap(({ name, records }) => {
    const section = sections.get(name);
    return records.map((record, index): LocalRelocation => {
      const kind = relocationKindOf(record.kind);
      const text = stringAt(record.accessStrOff);
      const accessStr = text !== undefined && text.length <= MAX_ACCESS_STR ? text : "";
      const key = `${record.typeId} ${record.kind} ${record.accessStrOff}`;
      const spec = specs.get(key) ?? specOf(btf, record, accessStr, kind);
      specs.set(key, spec);
      const program = section && findProgram(programs, section.index, record.insnOff);
      return { section: name, index, record, program, kind, accessStr, spec };
    });
  });
}

function specOf(
  btf: Btf,
  record: CoreRelo,
  accessStr: string,
  kind: RelocationKind | undefined,
): Spec | SpecError {
  const { insnOff, typeId, accessStrOff } = record;
  if (kind === undefined)
    return new SpecError("kind", `${record.kind} is no kind of relocation`, { insnOff, typeId });
  if (accessStr === "")
    return new SpecError("access-string", `no access string at string offset ${accessStrOff}`, { insnOff });
  try {
    return parseSpec(btf, typeId, accessStr, kind);
  } catch (error) {
    if (error instanceof SpecError) return error;
    throw error;
  }
}

/** The types that relocations ask the target for, once each. */
export function rootIdsOf(relocations: readonly LocalRelocation[]): readonly TypeId[] {
  const ids = new Set<TypeId>();
  for (const { spec, program } of relocations) {
    if (spec instanceof SpecError || spec.kind === "local_type_id" || program === undefined) continue;
    ids.add(spec.rootId);
  }
  return [...ids];
}
