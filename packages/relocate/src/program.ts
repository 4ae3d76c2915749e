import { type Elf, SHF_EXECINSTR, SHT_PROGBITS, SHT_SYMTAB, STT_FUNC, symbolsOf } from "@core/elf";
import { INSN_SIZE } from "@core/insn-patch";
import { RelocateError } from "./error.js";

/** A function: a program's entry, or a subprogram that others call. */
export interface Program {
  readonly name: string;
  /** Name of the ELF section that it is in; says what a program attaches to. */
  readonly section: string;
  readonly sectionIndex: number;
  /** In bytes from the start of the section. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

/**
 * The functions of an object, by section and offset (libbpf: bpf_object__add_programs).
 * @throws RelocateError `program` when one has no whole instructions inside its section, or when the
 * sections of several share bytes.
 */
export function parsePrograms(elf: Elf): readonly Program[] {
  const symbolTable = elf.sections.find((section) => section.type === SHT_SYMTAB);
  if (symbolTable === undefined) return [];
  const programs: Program[] = [];
  for (const symbol of symbolsOf(elf, symbolTable)) {
    const section = typeof symbol.section === "number" ? elf.sections[symbol.section] : undefined;
    if (symbol.type !== STT_FUNC || section?.type !== SHT_PROGBITS || (section.flags & SHF_EXECINSTR) === 0)
      continue;
    const offset = Number(symbol.value);
    const size = Number(symbol.size);
    if (size === 0 || size % INSN_SIZE !== 0 || offset % INSN_SIZE !== 0 || offset + size > section.size) {
      const message = `function ${symbol.name} at ${offset} + ${size} is not made of instructions inside ${section.name}`;
      throw new RelocateError("program", message, { section: section.name });
    }
    programs.push({ name: symbol.name, section: section.name, sectionIndex: section.index, offset, size });
  }
  refuseSharedBytes(elf, programs);
  return programs.sort((a, b) => a.sectionIndex - b.sectionIndex || a.offset - b.offset);
}

/** Each of these sections is copied to be relocated: together they must not outgrow the file. */
function refuseSharedBytes(elf: Elf, programs: readonly Program[]): void {
  const size = codeSize(elf, programs);
  if (size > elf.bytes.length) {
    const message = `the functions' sections have ${size} bytes in a file of ${elf.bytes.length}: some overlap`;
    throw new RelocateError("program", message);
  }
}

/** Bytes of all sections that have functions. */
export function codeSize(elf: Elf, programs: readonly Program[]): number {
  const sections = new Set(programs.map(({ sectionIndex }) => sectionIndex));
  return Array.from(sections, (index) => elf.sections[index]?.size ?? 0).reduce((a, b) => a + b, 0);
}

/**
 * The function that the instruction at `insnOff` bytes of a section belongs to (libbpf: find_prog_by_sec_insn).
 * @param programs sorted as those of an object are
 */
export function findProgram<P extends Program>(
  programs: readonly P[],
  sectionIndex: number,
  insnOff: number,
): P | undefined {
  let low = 0;
  let high = programs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const program = programs[middle];
    if (program === undefined) break;
    const before = program.sectionIndex - sectionIndex || program.offset - insnOff;
    if (before <= 0) low = middle + 1;
    else high = middle;
  }
  const program = programs[low - 1];
  if (program?.sectionIndex !== sectionIndex) return undefined;
  return insnOff < program.offset + program.size ? program : undefined;
}
