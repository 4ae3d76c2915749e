import { type Reader, readerOf } from "@core/bytes";
import { sectionBytes } from "@core/elf";
import { INSN_SIZE, type Insn, insnAt, isLdimm64, POISON_IMM } from "@core/insn-patch";
import {
  BPF_ALU,
  BPF_ALU64,
  BPF_JMP,
  BPF_JMP32,
  CALL,
  CLASS_MASK,
  EXIT,
  GOTO,
  GOTOL,
  GOTOX,
} from "@core/insn-patch/opcodes";
import type { Relocated } from "@core/relocate";
import { codeOf, type LinkedFunction, type LinkedProgram } from "./link.js";
import type { Reference } from "./reference.js";

/** The instructions of a program, those of all its functions one after the other, numbered by slot. */
export interface Code {
  readonly functions: readonly CodeRange[];
  readonly instructions: readonly Instruction[];
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

/** Decodes a program's instructions, as they are after relocation. */
export function readCode({ object, functions }: LinkedProgram, relocated: Relocated): Code {
  const { elf } = object;
  const ranges: CodeRange[] = [];
  let start = 0;
  for (const linked of functions) {
    const end = start + linked.size / INSN_SIZE;
    ranges.push({ function: linked, start, end });
    start = end;
  }
  const starts = new Map(ranges.map((range) => [range.function, range.start]));
  const originals = new Map<number, Reader>();
  const originalOf = ({ sectionIndex }: LinkedFunction): Reader => {
    const section = elf.sections[sectionIndex];
    const reader =
      originals.get(sectionIndex) ??
      readerOf(section ? sectionBytes(elf, section) : new Uint8Array(), elf.order);
    originals.set(sectionIndex, reader);
    return reader;
  };
  const instructions = ranges.flatMap((range) => {
    const code = codeOf(relocated, range.function);
    const original = originalOf(range.function);
    return Array.from({ length: range.end - range.start }, (_, index) =>
      readInstruction(code, original, range, index, starts),
    );
  });
  return { functions: ranges, instructions };
}

function readInstruction(
  code: Reader,
  original: Reader,
  range: CodeRange,
  index: number,
  starts: ReadonlyMap<LinkedFunction, number>,
): Instruction {
  const insnOff = range.function.offset + index * INSN_SIZE;
  const relocated = insnAt(code, insnOff);
  const isPoisoned = relocated.code === CALL && relocated.srcReg === 0 && relocated.imm === POISON_IMM;
  const insn = isPoisoned ? insnAt(original, insnOff) : relocated;
  const isWide = isLdimm64(insn) && code.has(insnOff + INSN_SIZE, INSN_SIZE);
  const high = isWide ? insnAt(code, insnOff + INSN_SIZE).imm : 0;
  const number = range.start + index;
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
  if (!isJump(insn) || insn.code === CALL || insn.code === EXIT || insn.code === GOTOX) return undefined;
  const target = number + 1 + (insn.code === GOTOL ? insn.imm : insn.off);
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

/** Does it go on at {@link Instruction.next}, or may it? */
export function fallsThrough({ code }: Insn): boolean {
  return code !== GOTO && code !== GOTOL && code !== GOTOX && code !== EXIT;
}
