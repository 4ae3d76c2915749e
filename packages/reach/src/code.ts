import { type Reader, readerOf } from "@core/bytes";
import { sectionBytes } from "@core/elf";
import { INSN_SIZE, type Insn, insnAt, isLdimm64, jumpDistance, POISON_IMM } from "@core/insn-patch";
import { BPF_ALU, BPF_ALU64, BPF_JMP, BPF_JMP32, CALL, CLASS_MASK } from "@core/insn-patch/opcodes";
import type { BpfObject, Relocated } from "@core/relocate";
import type { LinkedProgram } from "./link.js";
import type { LinkedFunction, Reference } from "./reference.js";

/** The instructions of a program, those of all its functions one after the other, numbered by slot. */
export interface Code {
  readonly functions: readonly CodeRange[];
  readonly instructions: readonly Instruction[];
  /** The number of each function's first instruction. */
  readonly starts: ReadonlyMap<LinkedFunction, number>;
}

export interface CodeRange {
  readonly function: LinkedFunction;
  /** The number of its first instruction. */
  readonly start: number;
  /** The number after its last one. */
  readonly end: number;
}

export interface Instruction {
  readonly range: CodeRange;
  /** In bytes from the start of the section. */
  readonly insnOff: number;
  /** As relocated; of a poisoned one what it was before that. */
  readonly insn: Insn;
  readonly isPoisoned: boolean;
  /** The 64-bit immediate of an LDIMM64. */
  readonly wideImm: bigint;
  /** The number of the next one in the code. */
  readonly next: number;
  /** The number of the one that it jumps to, or that a call of a function of the program leads to. */
  readonly target: number | undefined;
  readonly reference: Reference | undefined;
}

/** Decodes a program's instructions, as they are in the object. */
export function readCode({ object, functions }: LinkedProgram): Code {
  const ranges: CodeRange[] = [];
  let start = 0;
  for (const linked of functions) {
    const end = start + linked.size / INSN_SIZE;
    ranges.push({ function: linked, start, end });
    start = end;
  }
  const starts = new Map(ranges.map((range) => [range.function, range.start]));
  const instructions: Instruction[] = [];
  for (const range of ranges) {
    const original = originalOf(object, range.function);
    for (let number = range.start; number < range.end; number++)
      instructions.push(readInstruction(original, original, range, number, starts));
  }
  return { functions: ranges, instructions, starts };
}

/** The same instructions as relocation made them: most are what they were. */
export function relocatedInstructions(
  { functions, instructions, starts }: Code,
  relocated: Relocated,
): readonly Instruction[] {
  const all = instructions.slice();
  for (const range of functions) {
    const bytes = relocated.code.get(range.function.sectionIndex);
    if (bytes === undefined) continue;
    const code = readerOf(bytes, relocated.object.elf.order);
    const original = originalOf(relocated.object, range.function);
    for (let number = range.start; number < range.end; number++) {
      const offset = insnOffOf(range, number);
      const end = insnOffOf(range, instructions[number]?.next ?? number + 1);
      if (!isSame(code, original, offset, end))
        all[number] = readInstruction(code, original, range, number, starts);
    }
  }
  return all;
}

/** In bytes from the start of the section. */
const insnOffOf = ({ function: { offset }, start }: CodeRange, number: number): number =>
  offset + (number - start) * INSN_SIZE;

function isSame(a: Reader, b: Reader, start: number, end: number): boolean {
  for (let at = start; at < end; at += 4) if (a.u32(at) !== b.u32(at)) return false;
  return true;
}

function originalOf({ elf }: BpfObject, { sectionIndex }: LinkedFunction): Reader {
  const section = elf.sections[sectionIndex];
  return readerOf(section ? sectionBytes(elf, section) : new Uint8Array(), elf.order);
}

function readInstruction(
  code: Reader,
  original: Reader,
  range: CodeRange,
  number: number,
  starts: ReadonlyMap<LinkedFunction, number>,
): Instruction {
  const insnOff = insnOffOf(range, number);
  const relocated = insnAt(code, insnOff);
  const isPoisoned = relocated.code === CALL && relocated.srcReg === 0 && relocated.imm === POISON_IMM;
  const insn = isPoisoned ? insnAt(original, insnOff) : relocated;
  const isWide = isLdimm64(insn) && code.has(insnOff + INSN_SIZE, INSN_SIZE);
  const high = isWide ? insnAt(code, insnOff + INSN_SIZE).imm : 0;
  const reference = range.function.references.get(insnOff);
  return {
    range,
    insnOff,
    insn,
    isPoisoned,
    wideImm: (BigInt(high >>> 0) << 32n) | BigInt(insn.imm >>> 0),
    next: number + (isWide ? 2 : 1),
    target:
      reference?.kind === "call" || reference?.kind === "function"
        ? starts.get(reference.function)
        : jumpTarget(insn, number, range),
    reference,
  };
}

function jumpTarget(insn: Insn, number: number, { start, end }: CodeRange): number | undefined {
  const distance = jumpDistance(insn);
  if (distance === undefined) return undefined;
  const target = number + 1 + distance;
  return target >= start && target < end ? target : undefined;
}

export function isJump({ code }: Insn): boolean {
  const kind = code & CLASS_MASK;
  return kind === BPF_JMP || kind === BPF_JMP32;
}

export function isArithmetic({ code }: Insn): boolean {
  const kind = code & CLASS_MASK;
  return kind === BPF_ALU || kind === BPF_ALU64;
}
