import type { Reader } from "@core/bytes";
import { type Insn, insnAt, insnLengthAt } from "@core/insn-patch";
import { codeOf, type LinkedFunction, type LinkedObject, linkProgram, type Reachability } from "@core/reach";
import type { BpfObject, Program, Relocated, Relocation } from "@core/relocate";
import { checkProgramType, findAttachment } from "./attach.js";
import { failureOf, poisonFinding } from "./core.js";
import { type Finding, reasonAt, reasonOf, withoutRepeats } from "./finding.js";
import type { CheckKernel } from "./kernel.js";
import { needsOf } from "./needs.js";
import { findProgramSection, type ProgramSection } from "./section.js";
import { type CoreCounts, type ProgramCheck, type Reason, verdictOf } from "./verdict.js";

/** What the checks of an object's programs share. */
export interface Context {
  readonly kernel: CheckKernel;
  readonly linked: LinkedObject;
  readonly relocated: Relocated;
  /** Of each function, in the order of `.BTF.ext`. */
  readonly relocations: ReadonlyMap<LinkedFunction, readonly Relocation[]>;
}

/** What is known of a program before it is looked at. */
interface Declared {
  readonly autoload: boolean;
  /** Of the section, without the `?`. */
  readonly name: string;
  readonly section: ProgramSection | undefined;
}

/** A program that is not loaded by default has a section that begins with `?`. */
function declarationOf({ section }: Program): Declared {
  const autoload = !section.startsWith("?");
  const name = autoload ? section : section.slice(1);
  return { autoload, name, section: findProgramSection(name) };
}

export function checkProgram(
  context: Context,
  program: Program,
  objectWide: readonly Reason[],
): ProgramCheck {
  const { linked, relocated } = context;
  const declared = declarationOf(program);
  const { functions } = linkProgram(linked, program);
  const reach = ALL_REACHED;
  const { counts, reasons: poison } = checkPoison(context, functions, UNDECIDED);
  const reasons = withoutRepeats([
    ...objectWide,
    ...checkDeclaration(context.kernel, declared).map(reasonOf),
    ...coreFailures(linked.object, functions[0], context.relocations),
    ...poison,
    ...functions.flatMap((own) => checkNeeds(context, declared, own, codeOf(relocated, own), reach)),
  ]);
  return resultOf(program, declared, counts, reasons);
}

export function refusedProgram(program: Program, reasons: readonly Reason[]): ProgramCheck {
  const counts = { relocations: 0, poisoned: 0, guarded: 0, reached: 0, unknown: 0 };
  return resultOf(program, declarationOf(program), counts, reasons);
}

function resultOf(
  program: Program,
  declared: Declared,
  core: CoreCounts,
  reasons: readonly Reason[],
): ProgramCheck {
  const { autoload, section } = declared;
  const type = section?.type ?? null;
  return {
    program: program.name,
    section: program.section,
    type,
    autoload,
    verdict: verdictOf(reasons),
    core,
    reasons,
  };
}

function checkDeclaration(kernel: CheckKernel, { name, section }: Declared): readonly Finding[] {
  if (section !== undefined)
    return [...checkProgramType(kernel, section), ...findAttachment(kernel, section, name).findings];
  const message = `SEC("${name}") is no section that libbpf knows a program type for: the program that loads the object sets it (bpf_program__set_type)`;
  return [{ code: "prog-type-unsupported", verdict: "unknown", message, subject: `SEC("${name}")` }];
}

/** Relocations of one function for which libbpf gives the object up. */
export function coreFailures(
  object: BpfObject,
  own: LinkedFunction,
  relocations: Context["relocations"],
): readonly Reason[] {
  return (relocations.get(own) ?? []).flatMap((relocation) => {
    const failure = failureOf(relocation);
    return failure === undefined ? [] : [reasonAt(object, failure, own, relocation.local.record.insnOff)];
  });
}

/** What the verifier gets to. */
interface Reach {
  at(own: LinkedFunction, insnOff: number): Reachability;
}

const ALL_REACHED: Reach = { at: () => ({ kind: "reached" }) };
const UNDECIDED: Reach = { at: () => ({ kind: "unknown", because: { reason: "limit" } }) };

function checkPoison(
  { linked, relocations }: Context,
  functions: readonly LinkedFunction[],
  reach: Reach,
): { readonly counts: CoreCounts; readonly reasons: readonly Reason[] } {
  const counts = { relocations: 0, poisoned: 0, guarded: 0, reached: 0, unknown: 0 };
  const reasons: Reason[] = [];
  for (const own of functions) {
    for (const relocation of relocations.get(own) ?? []) {
      counts.relocations++;
      if (relocation.outcome.kind !== "poisoned") continue;
      counts.poisoned++;
      const { insnOff } = relocation.local.record;
      const reachability = reach.at(own, insnOff);
      counts[reachability.kind]++;
      const finding = poisonFinding(relocation, reachability);
      if (finding !== undefined) reasons.push(reasonAt(linked.object, finding, own, insnOff));
    }
  }
  return { counts, reasons };
}

/** What the instructions of one function need of the kernel. */
function checkNeeds(
  { kernel, linked: { object } }: Context,
  { section }: Declared,
  own: LinkedFunction,
  code: Reader,
  reach: Reach,
): readonly Reason[] {
  const reasons: Reason[] = [];
  for (const [insnOff, insn] of insnsOf(code, own)) {
    const needs = needsOf(kernel, object.btf, section?.type, insn, own.references.get(insnOff));
    for (const { finding, everywhere } of needs) {
      const { kind } = everywhere ? { kind: "reached" } : reach.at(own, insnOff);
      if (kind === "guarded") continue;
      const verdict = kind === "reached" ? finding.verdict : "unknown";
      reasons.push(reasonAt(object, { ...finding, verdict }, own, insnOff));
    }
  }
  return reasons;
}

function* insnsOf(
  code: Reader,
  { offset, size }: LinkedFunction,
): Generator<readonly [insnOff: number, insn: Insn]> {
  for (let at = offset; at < offset + size; at += insnLengthAt(code, at)) yield [at, insnAt(code, at)];
}
