import { kindOf, nameOf } from "@core/btf";
import { readerOf } from "@core/bytes";
import { sectionBytes } from "@core/elf";
import { formatInsn, insnLengthAt } from "@core/insn-patch";
import { type Attempt, formatRejection, formatSubject, type Resolution } from "@core/matcher";
import { formatSpec, type RelocationKind, type Spec, SpecError } from "@core/spec";
import { formatNoMatch } from "./explain.js";
import type { Program } from "./program.js";
import type { Relocated, Relocation } from "./relocate.js";
import { findSourceLine, type SourceLine } from "./source.js";

/** What a relocation did, as plain data that `JSON.stringify` takes. Names are as in the BTF, not made printable. */
export interface Report {
  readonly summary: Summary;
  readonly programs: readonly ProgramReport[];
  /** In the order of `.BTF.ext`. */
  readonly relocations: readonly RelocationReport[];
}

/** Numbers of relocations. */
export interface Summary {
  readonly relocations: number;
  /** Patched, to the value before or to another. */
  readonly patched: number;
  /** Patched to another value. */
  readonly changed: number;
  readonly poisoned: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A function, and the relocations in it. */
export interface ProgramReport extends Summary {
  readonly name: string;
  readonly section: string;
  /** In bytes from the start of the section. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

export interface RelocationReport {
  readonly section: string;
  /** In bytes from the start of the section. */
  readonly insnOff: number;
  readonly program: string | null;
  readonly source: SourceLine | null;
  readonly kind: RelocationKind | null;
  readonly rawKind: number;
  readonly typeId: number;
  readonly accessStr: string;
  /** What is accessed, as C writes it: `struct task_struct.pid`. */
  readonly subject: string | null;
  readonly verdict: "resolved" | "absent" | "poison" | "ambiguous" | "invalid" | "skipped";
  readonly outcome: "patched" | "poisoned" | "failed" | "skipped";
  /** Are the instruction's bytes others than before? */
  readonly changed: boolean;
  /** What the instruction held; null unless it was patched. Values are unsigned 64-bit numbers in decimal. */
  readonly previous: string | null;
  /** The value in the object, which its compiler need not agree about; null where nothing was decided. */
  readonly original: string | null;
  /** The value in the target, 0 for poison; null where nothing was decided. */
  readonly value: string | null;
  /** What went wrong, or why the instruction was poisoned. */
  readonly message: string | null;
  /** The instruction before and after: its bytes in hexadecimal, 8 or 16 of them, and its disassembly. */
  readonly before: InsnReport | null;
  readonly after: InsnReport | null;
  readonly candidates: readonly CandidateReport[];
}

export interface InsnReport {
  readonly bytes: string;
  readonly text: string;
}

export interface CandidateReport {
  readonly typeId: number;
  readonly kind: string;
  readonly name: string;
  /** Null for vmlinux. */
  readonly module: string | null;
  readonly matched: boolean;
  /** libbpf's notation of what matched. */
  readonly spec: string | null;
  readonly rejection: { readonly code: string; readonly message: string } | null;
}

/** Everything that a relocation decided and did. */
export function reportOf(relocated: Relocated): Report {
  const texts = textsOnce();
  const relocations = relocated.relocations.map((relocation) =>
    reportRelocation(relocated, relocation, texts),
  );
  const byProgram = new Map<Program, RelocationReport[]>(
    relocated.object.programs.map((program) => [program, []]),
  );
  for (const [i, relocation] of relocations.entries()) {
    const program = relocated.relocations[i]?.local.program;
    if (program !== undefined) byProgram.get(program)?.push(relocation);
  }
  const programs = Array.from(byProgram, ([{ name, section, offset, size }, own]) => ({
    name,
    section,
    offset,
    size,
    ...summarize(own),
  }));
  return { summary: summarize(relocations), programs, relocations };
}

/** What relocations share, which many may, made once. */
interface Texts {
  readonly subjectOf: (spec: Spec) => string;
  readonly noMatchOf: (resolution: Resolution) => string;
  readonly candidatesOf: (resolution: Resolution) => readonly CandidateReport[];
}

const textsOnce = (): Texts => ({
  subjectOf: once(formatSubject),
  noMatchOf: once(formatNoMatch),
  candidatesOf: once((resolution) =>
    resolution.attempts.map((attempt) => reportCandidate(resolution, attempt)),
  ),
});

function once<K extends object, V extends object | string>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
  };
}

function summarize(relocations: readonly RelocationReport[]): Summary {
  const count = (test: (relocation: RelocationReport) => boolean): number => relocations.filter(test).length;
  return {
    relocations: relocations.length,
    patched: count(({ outcome }) => outcome === "patched"),
    changed: count(({ outcome, changed }) => outcome === "patched" && changed),
    poisoned: count(({ outcome }) => outcome === "poisoned"),
    failed: count(({ outcome }) => outcome === "failed"),
    skipped: count(({ outcome }) => outcome === "skipped"),
  };
}

function reportRelocation(relocated: Relocated, relocation: Relocation, texts: Texts): RelocationReport {
  const { object, code } = relocated;
  const { local, resolution, outcome } = relocation;
  const { section, record, program, kind, accessStr, spec } = local;
  const { insnOff, typeId } = record;
  const change = "change" in outcome ? outcome.change : undefined;
  const index = program?.sectionIndex ?? 0;
  const original = object.elf.sections[index];
  const before =
    program && original ? reportInsn(relocated, sectionBytes(object.elf, original), insnOff) : null;
  const patched = program && code.get(index);
  const after = patched ? reportInsn(relocated, patched, insnOff, before?.bytes.length) : before;
  return {
    section,
    insnOff,
    program: program?.name ?? null,
    source: findSourceLine(object, section, insnOff, program?.offset) ?? null,
    kind: kind ?? null,
    rawKind: record.kind,
    typeId,
    accessStr,
    subject: spec instanceof SpecError ? null : texts.subjectOf(spec),
    verdict: outcome.kind === "skipped" ? "skipped" : (resolution?.verdict.kind ?? "invalid"),
    outcome: outcome.kind,
    changed: before?.bytes !== after?.bytes,
    previous: "previous" in outcome ? outcome.previous.toString() : null,
    original: change?.original.toString() ?? null,
    value: change?.value.toString() ?? null,
    message: messageOf(relocation, texts),
    before,
    after,
    candidates: resolution ? texts.candidatesOf(resolution) : [],
  };
}

/** What went wrong with a relocation, or why its instruction was poisoned; null when it was patched. */
function messageOf({ outcome, resolution }: Relocation, { noMatchOf }: Texts): string | null {
  switch (outcome.kind) {
    case "patched":
      return null;
    case "skipped":
      return "lies in no function: libbpf leaves it alone, too";
    case "failed":
      return outcome.message;
    case "poisoned":
      if (outcome.reason === "size-mismatch") return sizeMismatch(outcome.change);
      return resolution ? noMatchOf(resolution) : null;
  }
}

const sizeMismatch = ({ originalSize, size }: { originalSize: number; size: number }): string =>
  `the target's field has ${size} bytes, not ${originalSize}: a load or store can follow that only for pointers and unsigned integers`;

/** @param hexLength digits to show, when an LDIMM64 became something shorter. */
function reportInsn(
  { object }: Relocated,
  bytes: Uint8Array,
  insnOff: number,
  hexLength?: number,
): InsnReport | null {
  const reader = readerOf(bytes, object.elf.order);
  if (insnOff % 8 !== 0 || !reader.has(insnOff, 8)) return null;
  const length = hexLength === undefined ? insnLengthAt(reader, insnOff) : hexLength / 2;
  const shown = bytes.subarray(insnOff, insnOff + length);
  return {
    bytes: Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    text: formatInsn(reader, insnOff),
  };
}

function reportCandidate({ local }: Resolution, attempt: Attempt): CandidateReport {
  const { candidate, matched } = attempt;
  const { btf, typeId, module } = candidate;
  return {
    typeId,
    kind: kindOf(btf, typeId),
    name: nameOf(btf, typeId),
    module: module ?? null,
    matched,
    spec: attempt.matched ? formatSpec(attempt.spec) : null,
    rejection: attempt.matched
      ? null
      : { code: attempt.rejection.code, message: formatRejection(local, candidate, attempt.rejection) },
  };
}
