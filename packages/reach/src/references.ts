import { readerOf } from "@core/bytes";
import {
  type ElfSymbol,
  relocationsOf,
  type Section,
  SHT_NOBITS,
  SHT_REL,
  STB_GLOBAL,
  STB_LOCAL,
  STB_WEAK,
  STT_FUNC,
  STT_OBJECT,
  STT_SECTION,
  sectionBytes,
} from "@core/elf";
import { INSN_SIZE, type Insn, insnAt, isLdimm64 } from "@core/insn-patch";
import { CALL, LDIMM64 } from "@core/insn-patch/opcodes";
import { type BpfObject, findProgram } from "@core/relocate";
import { ReachError } from "./error.js";
import { externReader, isExtern } from "./extern.js";
import type { LinkedFunction, Reference } from "./reference.js";

/** Functions here are no programs of their own, but parts of those that call them. */
export const SUBPROGRAM_SECTION = ".text";

/** Source registers of instructions that stand for a function: `BPF_PSEUDO_CALL`, `BPF_PSEUDO_FUNC`. */
const PSEUDO_CALL = 1;
const PSEUDO_FUNC = 4;

/** Reads what the instructions of one section refer to, by their offsets in bytes. */
export type ReferenceReader = (section: Section) => ReadonlyMap<number, Reference>;

/** @throws ReachError `extern` when any of the object's externs has no BTF, whether or not it is used. */
export function referenceReader(
  object: BpfObject,
  symbols: readonly ElfSymbol[],
  functions: readonly LinkedFunction[],
): ReferenceReader {
  const { elf } = object;
  const externOf = externReader(object.btf);
  const externs = new Map(
    symbols.filter((one) => isExtern(one) && one.name !== "").map((one) => [one, externOf(one)]),
  );
  const text = elf.sections.find(({ name }) => name === SUBPROGRAM_SECTION);
  const maps = mapNames(elf.sections, symbols);
  const subprogramAt = (offset: number) => text && findProgram(functions, text.index, offset);

  function calledBy(insnOff: number, symbol: ElfSymbol | undefined, insn: Insn): Reference | undefined {
    // Relocated against the function or its section, which the immediate adds to; else relative to the
    // instruction, where caller and callee are in one section.
    const from = symbol === undefined ? insnOff : Number(symbol.value);
    const called = subprogramAt(from + (insn.imm + 1) * INSN_SIZE);
    return called && { kind: "call", function: called };
  }

  /** libbpf: bpf_program__record_reloc; undefined for what it refuses. */
  function relocated(insnOff: number, symbol: ElfSymbol, insn: Insn): Reference | undefined {
    const extern = externs.get(symbol);
    if (insn.code === CALL) {
      if (extern !== undefined) return extern.kind === "kfunc" ? extern : undefined;
      return isSubprogramCall(insn) && symbol.section === text?.index
        ? calledBy(insnOff, symbol, insn)
        : undefined;
    }
    if (!isLdimm64(insn)) return undefined;
    if (extern !== undefined) return extern;
    const section = typeof symbol.section === "number" ? elf.sections[symbol.section] : undefined;
    if (section === undefined) return undefined;
    const offset = Number(symbol.value) + insn.imm;
    if (section === text && isFunction(symbol)) {
      const pointedTo = subprogramAt(offset);
      return pointedTo && { kind: "function", function: pointedTo };
    }
    if (isData(section)) return { kind: "data", section: section.name, sectionIndex: section.index, offset };
    const name = maps.get(`${section.index} ${symbol.value}`);
    return name === undefined ? undefined : { kind: "map", name };
  }

  return (section) => {
    const reader = readerOf(sectionBytes(elf, section), elf.order);
    const references = new Map<number, Reference>();
    const isCode = (insnOff: number) => findProgram(functions, section.index, insnOff) !== undefined;
    for (const table of elf.sections) {
      if (table.type !== SHT_REL || table.info !== section.index) continue;
      for (const { offset, symbolIndex } of relocationsOf(elf, table)) {
        const insnOff = Number(offset);
        const symbol = symbols[symbolIndex];
        // It may lie in what a linker left of a weak function (libbpf: bpf_object__collect_prog_relos).
        const isHere = insnOff % INSN_SIZE === 0 && reader.has(insnOff, INSN_SIZE);
        if (isHere && !isCode(insnOff)) continue;
        const reference = isHere && symbol && relocated(insnOff, symbol, insnAt(reader, insnOff));
        if (!reference) throw refused(section, insnOff, `relocation against '${symbol?.name ?? ""}'`);
        references.set(insnOff, reference);
      }
    }
    for (let insnOff = 0; insnOff + INSN_SIZE <= section.size; insnOff += INSN_SIZE) {
      const code = reader.u8(insnOff);
      if ((code !== CALL && code !== LDIMM64) || references.has(insnOff)) continue;
      const insn = insnAt(reader, insnOff);
      const isAddress = isLdimm64(insn) && insn.srcReg === PSEUDO_FUNC;
      if ((!isAddress && !isSubprogramCall(insn)) || !isCode(insnOff)) continue;
      // Addresses of functions are always relocated (libbpf: bpf_object__reloc_code).
      const reference = isAddress ? undefined : calledBy(insnOff, undefined, insn);
      if (reference === undefined) throw refused(section, insnOff, "reference to a function");
      references.set(insnOff, reference);
    }
    return references;
  };
}

function refused({ name }: Section, insnOff: number, what: string): ReachError {
  const message = `the ${what} at ${name}+${insnOff} leads nowhere`;
  return new ReachError("reference", message, { section: name, insnOff });
}

/** libbpf: insn_is_subprog_call. */
function isSubprogramCall({ code, dstReg, srcReg, off }: Insn): boolean {
  return code === CALL && srcReg === PSEUDO_CALL && dstReg === 0 && off === 0;
}

/** libbpf: sym_is_subprog. */
function isFunction({ bind, type }: ElfSymbol): boolean {
  if (bind === STB_LOCAL) return type === STT_SECTION;
  return (bind === STB_GLOBAL || bind === STB_WEAK) && type === STT_FUNC;
}

/** Sections that become a map of their own (libbpf: bpf_object__elf_collect). */
function isData({ name, type }: Section): boolean {
  if (type === SHT_NOBITS) return /^\.bss(\.|$)/.test(name);
  return /^\.(data|rodata|percpu)(\.|$)|^\.addr_space\.1$|^\.jumptables$/.test(name);
}

/** The names of maps, by section and offset. */
function mapNames(sections: readonly Section[], symbols: readonly ElfSymbol[]): ReadonlyMap<string, string> {
  return new Map(
    symbols
      .filter(({ section, type }) => {
        const name = typeof section === "number" ? sections[section]?.name : undefined;
        return type === STT_OBJECT && name !== undefined && /^(\.maps$|maps(\/|$))/.test(name);
      })
      .map(({ section, value, name }) => [`${section} ${value}`, name]),
  );
}
