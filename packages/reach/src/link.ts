import { kindOf, typeIdAt, vlenOf } from "@core/btf";
import { type Reader, readerOf } from "@core/bytes";
import { type ElfSymbol, STV_HIDDEN, STV_INTERNAL, sectionBytes, symbolsOf } from "@core/elf";
import { INSN_SIZE } from "@core/insn-patch";
import type { BpfObject, Program, Relocated } from "@core/relocate";
import { ReachError } from "./error.js";
import type { LinkedFunction, Reference } from "./reference.js";
import { referenceReader, SUBPROGRAM_SECTION } from "./references.js";

/** What libbpf would make of an object's functions when it loads them, whatever the kernel. */
export interface LinkedObject {
  readonly object: BpfObject;
  /** One for each of `object.programs`, in the same order. */
  readonly functions: readonly LinkedFunction[];
}

/** A program as it is loaded: its own function, and every one that is called or whose address is taken. */
export interface LinkedProgram {
  readonly object: BpfObject;
  /** The program's own first, then the others in the order in which they are come upon. */
  readonly functions: readonly [LinkedFunction, ...LinkedFunction[]];
}

const BTF_FUNC_GLOBAL = 1;

/** True for functions that are only loaded as part of others (libbpf: prog_is_subprog). */
export function isSubprogram({ section }: Program): boolean {
  return section === SUBPROGRAM_SECTION;
}

/**
 * Reads what every instruction of an object refers to (libbpf: bpf_program__record_reloc,
 * bpf_object__collect_externs, bpf_object__reloc_code). It depends on no target: do it once per object.
 *
 * @throws ReachError where libbpf would refuse the object; ElfError, BtfError for malformed tables.
 */
export function linkObject(object: BpfObject): LinkedObject {
  const { elf, programs } = object;
  const size = programs.reduce((sum, program) => sum + program.size, 0);
  if (size > elf.bytes.length) {
    const message = `the functions have ${size} bytes in a file of ${elf.bytes.length}: some overlap`;
    throw new ReachError("overlap", message);
  }
  const symbols = elf.sections.length === 0 ? [] : symbolsOf(elf);
  const hidden = hiddenFunctions(symbols);
  const typeIds = functionTypes(object);
  const bySection = new Map<number, Map<number, Reference>>();
  const functions = programs.map((program): LinkedFunction => {
    const references = bySection.get(program.sectionIndex) ?? new Map<number, Reference>();
    bySection.set(program.sectionIndex, references);
    const typeId = typeIds.get(`${program.section} ${program.offset}`);
    const isHidden = hidden.has(`${program.sectionIndex} ${program.offset}`);
    return { ...program, typeId, global: isGlobal(object, typeId) && !isHidden, references };
  });
  const readReferences = referenceReader(object, symbols, functions);
  for (const [sectionIndex, references] of bySection) {
    const section = elf.sections[sectionIndex];
    if (section === undefined) continue;
    for (const [insnOff, reference] of readReferences(section)) references.set(insnOff, reference);
  }
  return { object, functions };
}

/** A program with all functions that libbpf loads as part of it (libbpf: bpf_object__relocate_calls). */
export function linkProgram({ object, functions }: LinkedObject, program: Program): LinkedProgram {
  const main = functions[object.programs.indexOf(program)];
  if (main === undefined) throw new RangeError(`${program.name} is no program of this object`);
  const found = new Set([main]);
  for (const { references, offset, size } of found) {
    for (let at = offset; at < offset + size; at += INSN_SIZE) {
      const reference = references.get(at);
      if (reference?.kind === "call" || reference?.kind === "function") found.add(reference.function);
    }
  }
  return { object, functions: [main, ...[...found].slice(1)] };
}

/** The relocated instructions of the section that a function is in. */
export function codeOf({ object, code }: Relocated, { sectionIndex }: Program): Reader {
  const section = object.elf.sections[sectionIndex];
  const original = section === undefined ? new Uint8Array() : sectionBytes(object.elf, section);
  return readerOf(code.get(sectionIndex) ?? original, object.elf.order);
}

/** Global functions that libbpf makes static, by section and offset (libbpf: `mark_btf_static`). */
function hiddenFunctions(symbols: readonly ElfSymbol[]): ReadonlySet<string> {
  return new Set(
    symbols
      .filter(({ visibility }) => visibility === STV_HIDDEN || visibility === STV_INTERNAL)
      .map(({ section, value }) => `${section} ${value}`),
  );
}

/** The type of every function that the object has function info about, by section and offset. */
function functionTypes({ ext }: BpfObject): ReadonlyMap<string, number> {
  return new Map(
    (ext?.funcInfo?.sections ?? []).flatMap(({ name, records }) =>
      records().map(({ insnOff, typeId }): [string, number] => [`${name} ${insnOff}`, typeId]),
    ),
  );
}

function isGlobal({ btf }: BpfObject, typeId: number | undefined): boolean {
  if (btf === undefined || typeId === undefined || typeId >= btf.endId) return false;
  const id = typeIdAt(btf, typeId);
  return kindOf(btf, id) === "func" && vlenOf(btf, id) === BTF_FUNC_GLOBAL;
}
