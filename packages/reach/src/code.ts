import { type Reader, readerOf } from "@core/bytes";
import { sectionBytes } from "@core/elf";
import { INSN_SIZE, type Insn, insnAt, isLdimm64, jumpDistance, POISON_IMM } from "@core/insn-patch";
import { BPF_ALU, BPF_ALU64, BPF_JMP, BPF_JMP32, CALL, CLASS_MASK, LDIMM64 } from "@core/insn-patch/opcodes";
import type { BpfObject, Relocated } from "@core/relocate";
import type { LinkedProgram } from "./link.js";
import type { LinkedFunction, Reference } from "./reference.js";

/** The instructions of a program, those of all its functions one after the other, numbered by slot. */
export interface Code {
  readonly functions: readonly CodeRange[];
  /** The number of each function's first instruction. */
  readonly starts: ReadonlyMap<LinkedFunction, number>;
  /** The number after the last one. */
  readonly end: number;
  /** As in the object. Decoded when first asked for: most of what is in a program is never looked at. */
  readonly instructionAt: InstructionReader;
  /** The numbers of those that jump, call, end a function, or load the address of something. */
  readonly notable: readonly number[];
  /** The numbers of those that a relocation may change. */
  readonly relocated: ReadonlySet<number>;
}

/** Undefined for a number that no instruction has. */
export type InstructionReader = (number: number) => Instruction | undefined;

export interface CodeRange {
  readonly function: LinkedFunction;
  /** The number of its first instruction. */
  readonly start: number;
  /** The number after its last one. */
  readonly end: number;
  /** The bytes of its section, as in the object. */
  readonly original: Reader;
}

export interface Instruction {
  readonly range: CodeRange;
  /** In bytes from the start of the section. */
  readonly insnOff: number;
  /** As relocated; of a poisoned one what it was before that. */
  readonly insn: Insn;
  readonly isPoisoned: boolean;
  /** The 64-bit immediate of an LDIMM64; 0 for others. */
  readonly wideImm: bigint;
  /** The number of the next one in the code. */
  readonly next: number;
  /** The number of the one that it jumps to, or that a call of a function of the program leads to. */
  readonly target: number | undefined;
  readonly reference: Reference | undefined;
}

/** A program's instructions, as they are in the object. */
export function readCode({ object, functions }: LinkedProgram): Code {
  const ranges: CodeRange[] = [];
  let end = 0;
  for (const linked of functions) {
    const start = end;
    end += linked.size / INSN_SIZE;
    ranges.push({ function: linked, start, end, original: originalOf(object, linked) });
  }
  const starts = new Map(ranges.map((range) => [range.function, range.start]));
  /** By number, which of the functions it is in. */
  const owners = new Uint32Array(end);
  for (const [index, range] of ranges.entries()) owners.fill(index, range.start, range.end);
  const known = new Map<number, Instruction>();

  function instructionAt(number: number): Instruction | undefined {
    const before = known.get(number);
    if (before !== undefined) return before;
    const range = ranges[owners[number] ?? -1];
    if (range === undefined) return undefined;
    const instruction = readInstruction(range.original, range, number, starts);
    known.set(number, instruction);
    return instruction;
  }

  const notable = ranges.flatMap(notableOf);
  return { functions: ranges, starts, end, instructionAt, notable, relocated: relocatedOf(object, ranges) };
}

function notableOf(range: CodeRange): readonly number[] {
  const { function: linked, original, start, end } = range;
  const found: number[] = [];
  for (let number = start; number < end; number++) {
    const insnOff = insnOffOf(range, number);
    const code = original.u8(insnOff);
    if (isJump({ code }) || (code === LDIMM64 && linked.references.has(insnOff))) found.push(number);
  }
  return found;
}

function relocatedOf({ relocations }: BpfObject, ranges: readonly CodeRange[]): ReadonlySet<number> {
  const keyOf = (sectionIndex: number, offset: number) => `${sectionIndex} ${offset}`;
  const byPlace = new Map(
    ranges.map((range) => [keyOf(range.function.sectionIndex, range.function.offset), range]),
  );
  const found = new Set<number>();
  for (const { program, record } of relocations) {
    const range = program && byPlace.get(keyOf(program.sectionIndex, program.offset));
    if (range !== undefined) found.add(range.start + (record.insnOff - range.function.offset) / INSN_SIZE);
  }
  return found;
}

/** The instructions of a program as relocation made them: most are what they were. */
export function relocatedReader(
  { starts, instructionAt, relocated: numbers }: Code,
  { object, code }: Relocated,
): InstructionReader {
  const known = new Map<number, Instruction>();
  return (number) => {
    const before = instructionAt(number);
    const after = known.get(number);
    if (before === undefined || after !== undefined || !numbers.has(number)) return after ?? before;
    const { range, insnOff, next } = before;
    const bytes = code.get(range.function.sectionIndex);
    const reader = bytes && readerOf(bytes, object.elf.order);
    const isChanged = reader && !isSame(reader, range.original, insnOff, insnOffOf(range, next));
    const now = isChanged ? readInstruction(reader, range, number, starts) : before;
    known.set(number, now);
    return now;
  };
}

/** Do two instructions at one place do the same? */
export const isAlike = (a: Instruction | undefined, b: Instruction | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.isPoisoned === b.isPoisoned &&
    a.wideImm === b.wideImm &&
    a.insn.code === b.insn.code &&
    a.insn.off === b.insn.off &&
    a.insn.imm === b.insn.imm);

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
  range: CodeRange,
  number: number,
  starts: ReadonlyMap<LinkedFunction, number>,
): Instruction {
  const insnOff = insnOffOf(range, number);
  const relocated = insnAt(code, insnOff);
  const isPoisoned = relocated.code === CALL && relocated.srcReg === 0 && relocated.imm === POISON_IMM;
  const insn = isPoisoned ? insnAt(range.original, insnOff) : relocated;
  const isWide = isLdimm64(insn);
  const hasHigh = isWide && code.has(insnOff + INSN_SIZE, INSN_SIZE);
  const high = hasHigh ? insnAt(code, insnOff + INSN_SIZE).imm : 0;
  const reference = range.function.references.get(insnOff);
  return {
    range,
    insnOff,
    insn,
    isPoisoned,
    wideImm: isWide ? (BigInt(high >>> 0) << 32n) | BigInt(insn.imm >>> 0) : 0n,
    next: number + (hasHigh ? 2 : 1),
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

export function isJump({ code }: Pick<Insn, "code">): boolean {
  const kind = code & CLASS_MASK;
  return kind === BPF_JMP || kind === BPF_JMP32;
}

export function isArithmetic({ code }: Insn): boolean {
  const kind = code & CLASS_MASK;
  return kind === BPF_ALU || kind === BPF_ALU64;
}
