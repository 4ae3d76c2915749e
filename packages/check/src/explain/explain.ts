import { readerOf } from "@core/bytes";
import { sectionBytes } from "@core/elf";
import { formatInsn, insnLengthAt } from "@core/insn-patch";
import {
  type BpfObject,
  explainResolution,
  findSourceLine,
  type Program,
  type Relocated,
  type Relocation,
  relocate,
  type SourceLine,
} from "@core/relocate";
import { type RelocationKind, SpecError } from "@core/spec";
import type { CheckKernel } from "../kernel.js";
import { formatAccessInC, subjectOf } from "./access.js";
import { adviceFor, type LikeField, likeFields } from "./advice.js";

/** An instruction of an object. */
export interface InsnPlace {
  /** Name of its ELF section. */
  readonly section: string;
  /** In bytes from the start of the section. */
  readonly insnOff: number;
}

/** One CO-RE relocation on one kernel, explained. Plain data. Names are as in the BTF, not made printable. */
export interface Explanation extends InsnPlace {
  readonly function: string | null;
  readonly source: SourceLine | null;
  readonly kind: RelocationKind | null;
  /** What reasons about it have as their subject; null where the relocation makes no sense. */
  readonly subject: string | null;
  /** What is accessed, as C writes it: `task->real_parent.tgid`. */
  readonly access: string | null;
  readonly outcome: Relocation["outcome"]["kind"];
  /** What was looked for, each candidate with the point where it failed, and why that is no answer: libbpf's notation. */
  readonly steps: readonly string[];
  /** What the kernel has in place of a field that it lacks. */
  readonly like: readonly LikeField[];
  /** What to do about it; the last may be C of several lines. */
  readonly hints: readonly string[];
  /** The instruction and those around it, as relocated. */
  readonly insns: readonly ExplainedInsn[];
}

export interface ExplainedInsn {
  readonly insnOff: number;
  /** Disassembled, before relocation and after. */
  readonly before: string;
  readonly after: string;
  readonly source: SourceLine | null;
}

/** Instructions shown before and after the one that is explained. */
const AROUND = 3;

/**
 * Explains the relocations of an object on a kernel that are wanted; all that can be said of each.
 * @throws RelocateError, ElfError, BtfError for malformed objects.
 */
export function explain(
  object: BpfObject,
  kernel: CheckKernel,
  isWanted: (place: InsnPlace & Pick<Explanation, "function" | "source">) => boolean,
): readonly Explanation[] {
  const relocated = relocate(object, { kernel: kernel.btf, modules: kernel.modules });
  return relocated.relocations.flatMap((relocation) => {
    const { section, record, program } = relocation.local;
    const { insnOff } = record;
    const source = findSourceLine(object, section, insnOff, program?.offset) ?? null;
    const place = { section, insnOff, function: program?.name ?? null, source };
    return isWanted(place) ? [{ ...place, ...explainRelocation(relocated, relocation) }] : [];
  });
}

type Explained = Omit<Explanation, keyof InsnPlace | "function" | "source">;

function explainRelocation(relocated: Relocated, { local, resolution, outcome }: Relocation): Explained {
  const { spec, kind, program, record } = local;
  const isMissing = outcome.kind === "poisoned" && outcome.reason === "no-match";
  const message = "message" in outcome ? [outcome.message] : [];
  return {
    kind: kind ?? null,
    subject: spec instanceof SpecError ? null : subjectOf(spec),
    access: spec instanceof SpecError ? null : formatAccessInC(spec),
    outcome: outcome.kind,
    steps: resolution === undefined ? message : explainResolution(resolution),
    like: resolution === undefined ? [] : likeFields(resolution),
    hints: resolution !== undefined && isMissing ? adviceFor(resolution) : [],
    insns: program === undefined ? [] : insnsAround(relocated, program, record.insnOff),
  };
}

function insnsAround(
  { object, code }: Relocated,
  program: Program,
  insnOff: number,
): readonly ExplainedInsn[] {
  const section = object.elf.sections[program.sectionIndex];
  if (section === undefined) return [];
  const before = readerOf(sectionBytes(object.elf, section), object.elf.order);
  const after = readerOf(code.get(program.sectionIndex) ?? before.bytes, object.elf.order);
  const places: number[] = [];
  for (let at = program.offset; at < program.offset + program.size; at += insnLengthAt(before, at))
    places.push(at);
  const index = places.findLastIndex((at) => at <= insnOff);
  return places.slice(Math.max(0, index - AROUND), index + AROUND + 1).map((at) => ({
    insnOff: at,
    before: formatInsn(before, at),
    after: formatInsn(after, at),
    source: findSourceLine(object, section.name, at, program.offset) ?? null,
  }));
}

/** Lines for people, the marked instruction's with `>`. */
export function formatExplanation({
  function: name,
  source,
  subject,
  access,
  kind,
  steps,
  hints,
  insns,
  ...place
}: Explanation): readonly string[] {
  const where = `${place.section}+${place.insnOff}${name === null ? "" : ` in ${name}`}`;
  return [
    `${access ?? "a relocation that makes no sense"}: ${kind ?? "unknown kind"}${subject === null ? "" : ` of ${subject}`}, ${place.outcome}`,
    `  at ${where}`,
    ...(source === null ? [] : [`  ${source.file}:${source.line}: ${source.text}`]),
    "",
    ...insns.flatMap((insn) => formatInsnLines(insn, insn.insnOff === place.insnOff)),
    "",
    ...steps.map((step) => `  ${step}`),
    ...(hints.length === 0
      ? []
      : ["", ...hints.flatMap((hint) => hint.split("\n").map((line) => `  ${line}`.trimEnd()))]),
  ];
}

function formatInsnLines({ insnOff, before, after }: ExplainedInsn, isMarked: boolean): readonly string[] {
  const mark = isMarked ? ">" : " ";
  const lines = before === after ? [after] : [`${before}  →  ${after}`];
  return lines.map((line) => `${mark} ${`${insnOff}`.padStart(6)}: ${line}`);
}
