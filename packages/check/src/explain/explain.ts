import { readerOf } from "@core/bytes";
import { sectionBytes } from "@core/elf";
import { formatInsn, insnLengthAt } from "@core/insn-patch";
import {
  explainResolution,
  findSourceLine,
  type Relocated,
  type Relocation,
  type SourceLine,
} from "@core/relocate";
import { type RelocationKind, SpecError } from "@core/spec";
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
}

/** An instruction, before and after relocation. */
export interface ExplainedInsn extends InsnPlace {
  /** Disassembled. */
  readonly before: string;
  readonly after: string;
  readonly source: SourceLine | null;
}

/** Instructions before and after the one that is asked about. */
const AROUND = 3;

/** Explains the relocations of an object on a kernel that are wanted; all that can be said of each. */
export function explain(
  { object, relocations }: Relocated,
  isWanted: (place: InsnPlace & Pick<Explanation, "function" | "source">) => boolean,
): readonly Explanation[] {
  return relocations.flatMap((relocation) => {
    const { section, record, program } = relocation.local;
    const { insnOff } = record;
    const source = findSourceLine(object, section, insnOff, program?.offset) ?? null;
    const place = { section, insnOff, function: program?.name ?? null, source };
    return isWanted(place) ? [{ ...place, ...explainRelocation(relocation) }] : [];
  });
}

type Explained = Omit<Explanation, keyof InsnPlace | "function" | "source">;

function explainRelocation(relocation: Relocation): Explained {
  const { resolution, outcome } = relocation;
  const { spec, kind } = relocation.local;
  const message = "message" in outcome ? [outcome.message] : [];
  return {
    kind: kind ?? null,
    subject: spec instanceof SpecError ? null : subjectOf(spec),
    access: spec instanceof SpecError ? null : formatAccessInC(spec),
    outcome: outcome.kind,
    steps: resolution === undefined ? message : explainResolution(resolution),
    like: resolution === undefined ? [] : likeFields(resolution),
    hints: adviceFor(relocation),
  };
}

/** The instruction at a place and those before and after it in its function; none where no function has the place. */
export function insnsAround(
  { object, code }: Relocated,
  { section: name, insnOff }: InsnPlace,
): readonly ExplainedInsn[] {
  const program = object.programs.find(
    ({ section, offset, size }) => section === name && insnOff >= offset && insnOff < offset + size,
  );
  const section = object.elf.sections[program?.sectionIndex ?? -1];
  if (program === undefined || section === undefined) return [];
  const before = readerOf(sectionBytes(object.elf, section), object.elf.order);
  const after = readerOf(code.get(program.sectionIndex) ?? before.bytes, object.elf.order);
  const places: number[] = [];
  for (let at = program.offset; at < program.offset + program.size; at += insnLengthAt(before, at))
    places.push(at);
  const index = places.findLastIndex((at) => at <= insnOff);
  return places.slice(Math.max(0, index - AROUND), index + AROUND + 1).map((at) => ({
    section: name,
    insnOff: at,
    before: formatInsn(before, at),
    after: formatInsn(after, at),
    source: findSourceLine(object, name, at, program.offset) ?? null,
  }));
}
