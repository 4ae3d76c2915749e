import type { Btf, TypeId } from "@core/btf";
import type { BtfExt, CoreRelo } from "@core/btf-ext";
import type { Elf, Section } from "@core/elf";
import {
  parseSpec,
  RELOCATION_KINDS,
  type RelocationKind,
  relocationKindOf,
  type Spec,
  SpecError,
} from "@core/spec";
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
  if (ext.coreRelos === undefined) return [];
  const accesses = new Map<number, Access>();
  // The first of a name counts (libbpf: elf_sec_by_name), so that it is entered last.
  const sections = new Map<string, Section>();
  for (const section of elf.sections.toReversed()) sections.set(section.name, section);
  const relocations: LocalRelocation[] = [];
  for (const { name, records } of ext.coreRelos.sections) {
    const section = sections.get(name);
    for (const [index, record] of records().entries()) {
      const kind = relocationKindOf(record.kind);
      const access = accesses.get(record.accessStrOff) ?? accessOf(stringAt(record.accessStrOff));
      accesses.set(record.accessStrOff, access);
      const { accessStr } = access;
      const spec = kind === undefined ? noKind(record) : specOnce(btf, access, record, kind);
      const program = section && findProgram(programs, section.index, record.insnOff);
      relocations.push({ section: name, index, record, program, kind, accessStr, spec });
    }
  }
  return relocations;
}

/** An access string, and the specs that it is part of, by kind and type. */
interface Access {
  readonly accessStr: string;
  readonly specs: Map<number, Spec | SpecError>;
}

const accessOf = (text = ""): Access => ({
  accessStr: text.length <= MAX_ACCESS_STR ? text : "",
  specs: new Map(),
});

const noKind = ({ kind, insnOff, typeId }: CoreRelo): SpecError =>
  new SpecError("kind", `${kind} is no kind of relocation`, { insnOff, typeId });

/** One object for equal records. To look for it by a number takes a fraction of the time that a text of three takes. */
function specOnce(
  btf: Btf,
  { accessStr, specs }: Access,
  record: CoreRelo,
  kind: RelocationKind,
): Spec | SpecError {
  const key = record.typeId * RELOCATION_KINDS.length + record.kind;
  const spec = specs.get(key) ?? specOf(btf, record, accessStr, kind);
  specs.set(key, spec);
  return spec;
}

function specOf(btf: Btf, record: CoreRelo, accessStr: string, kind: RelocationKind): Spec | SpecError {
  const { insnOff, typeId, accessStrOff } = record;
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
