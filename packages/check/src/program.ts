import { type Knowledge, type LinkedFunction, type Reachability, reachOf } from "@core/reach";
import type { Relocated, Relocation } from "@core/relocate";
import type { AbsenceLog } from "./absences.js";
import { type Attachment, checkProgramType, findAttachment, NO_ATTACHMENT } from "./attach.js";
import { checkContextReads } from "./context-access.js";
import { failureOf, formatDoubt, poisonFinding } from "./core.js";
import { type Finding, type Place, reasonOf, withoutRepeats } from "./finding.js";
import type { CheckKernel, KernelType } from "./kernel.js";
import { unmet, unmetBySection } from "./needs.js";
import type { Prepared, PreparedProgram } from "./prepare.js";
import { checkStructOps, findStructOpsMember, onlyFor } from "./struct-ops.js";
import { type CoreCounts, type ProgramCheck, type Reason, verdictOf } from "./verdict.js";

/** An object relocated for a kernel. */
export interface Context {
  readonly kernel: CheckKernel;
  readonly absences: AbsenceLog;
  readonly knowledge: Knowledge;
  readonly prepared: Prepared;
  readonly relocated: Relocated;
  /** Of each function, in the order of `.BTF.ext`. */
  readonly relocations: ReadonlyMap<LinkedFunction, readonly Relocation[]>;
}

export function checkProgram(
  context: Context,
  program: PreparedProgram,
  objectWide: readonly Reason[],
): ProgramCheck {
  const { object } = context.prepared.linked;
  const attachment = attachmentOf(context, program);
  const { counts, findings } = checkInstructions(context, program, attachment.target);
  const declared = [...checkSection(context, program), ...attachment.findings];
  declared.forEach(context.absences.addFinding);
  const all: PlacedFinding[] = [
    ...declared.map((finding) => ({ finding, place: undefined })),
    ...coreFailures(context, program.linked.functions[0]),
    ...findings,
  ];
  const own = withoutRepeats(all).map(({ finding, place }) => reasonOf(object, finding, place));
  return resultOf(program, counts, [...objectWide, ...own]);
}

/** A program of an object that is refused whatever is in it. */
export const refusedProgram = (declared: Declared, reasons: readonly Reason[]): ProgramCheck =>
  resultOf(declared, { relocations: 0, poisoned: 0, guarded: 0, reached: 0, unknown: 0 }, reasons);

type Declared = Pick<PreparedProgram, "program" | "autoload" | "section">;

function resultOf(
  { program, autoload, section }: Declared,
  core: CoreCounts,
  reasons: readonly Reason[],
): ProgramCheck {
  return {
    program: program.name,
    section: program.section,
    type: section?.type ?? null,
    autoload,
    verdict: verdictOf(reasons),
    core,
    reasons,
  };
}

export interface PlacedFinding {
  readonly finding: Finding;
  readonly place: Place | undefined;
}

/** What a program attaches to, or is called in place of. */
function attachmentOf(
  { kernel, prepared }: Context,
  { program, name, section }: PreparedProgram,
): Attachment {
  if (section === undefined) return NO_ATTACHMENT;
  if (section.type !== "struct_ops") return findAttachment(kernel, section, name);
  const { btf } = prepared.linked.object;
  const uses = prepared.structOps
    .map((one) => onlyFor(one, program))
    .filter(({ members }) => members.length > 0);
  if (btf === undefined || uses.length === 0) {
    const message = `SEC("${name}") program isn't referenced anywhere: the program that loads the object puts it into a struct_ops map`;
    const finding: Finding = {
      code: "attach-target-placeholder",
      verdict: "unknown",
      message,
      subject: `SEC("${name}")`,
    };
    return { target: undefined, findings: [finding] };
  }
  const targets = uses.flatMap((one) => findStructOpsMember(kernel, btf, one) ?? []);
  return { target: targets[0], findings: uses.flatMap((one) => checkStructOps(kernel, btf, one)) };
}

/** Is the program of a type that the kernel knows? */
function checkSection({ kernel }: Context, { name, section }: PreparedProgram): readonly Finding[] {
  if (section !== undefined)
    return [...checkProgramType(kernel, section), ...unmetBySection(kernel, section)];
  const message = `SEC("${name}") is no section that libbpf knows a program type for: the program that loads the object sets it (bpf_program__set_type)`;
  return [{ code: "prog-type-unsupported", verdict: "unknown", message, subject: `SEC("${name}")` }];
}

/** Relocations of one function for which libbpf gives the object up. */
export function coreFailures({ relocations }: Context, own: LinkedFunction): readonly PlacedFinding[] {
  return (relocations.get(own) ?? []).flatMap((relocation) => {
    const finding = failureOf(relocation);
    return finding === undefined
      ? []
      : [{ finding, place: { function: own, insnOff: relocation.local.record.insnOff } }];
  });
}

/** What counts only where the verifier gets there: by what is said, and where. */
interface Question {
  readonly place: Place;
  /** Nothing, when it turns out that it does not count. */
  readonly answer: (reach: Reachability) => Finding | undefined;
}

/** What is poisoned, and what instructions ask of the kernel and it does not have. */
function checkInstructions(
  context: Context,
  program: PreparedProgram,
  target: KernelType | undefined,
): { readonly counts: CoreCounts; readonly findings: readonly PlacedFinding[] } {
  const counts = { relocations: 0, poisoned: 0, guarded: 0, reached: 0, unknown: 0 };
  const findings: PlacedFinding[] = [];
  const questions: Question[] = [];
  for (const own of program.linked.functions) {
    const relocations = context.relocations.get(own) ?? [];
    counts.relocations += relocations.length;
    for (const relocation of relocations) {
      if (relocation.outcome.kind !== "poisoned") continue;
      counts.poisoned++;
      questions.push({
        place: { function: own, insnOff: relocation.local.record.insnOff },
        answer: (reach) => {
          counts[reach.kind]++;
          return poisonFinding(relocation, reach, context.kernel);
        },
      });
    }
    for (const { finding, place, everywhere } of unmetDemands(context, program, own)) {
      if (everywhere) findings.push({ finding, place });
      else questions.push({ place, answer: (reach) => ifReached(finding, reach) });
    }
  }
  if (program.section !== undefined) {
    for (const { finding, place } of checkContextReads(program.section, target, program.contextReads)) {
      questions.push({ place, answer: (reach) => ifReached(finding, reach) });
    }
  }
  const places = questions.map(({ place }) => place);
  const reachabilities = reachOf(program.linked, context.relocated, places, context.knowledge);
  for (const [i, { place, answer }] of questions.entries()) {
    const reach = reachabilities[i];
    const finding = reach && answer(reach);
    if (finding !== undefined) findings.push({ finding, place });
  }
  return { counts, findings };
}

/** What the instructions of a function ask of the kernel and it does not have. */
function unmetDemands(
  { kernel, absences, prepared: { linked, demands } }: Context,
  program: PreparedProgram,
  own: LinkedFunction,
): readonly { readonly finding: Finding; readonly place: Place; readonly everywhere: boolean }[] {
  return (demands.get(own) ?? []).flatMap((demand) => {
    const finding = unmet(kernel, linked.object.btf, program, demand);
    if (finding === undefined) return [];
    absences.addFinding(finding);
    const everywhere = demand.kind === "feature" && demand.feature.everywhere;
    return [{ finding, place: { function: own, insnOff: demand.insnOff }, everywhere }];
  });
}

function ifReached(finding: Finding, reach: Reachability): Finding | undefined {
  switch (reach.kind) {
    case "reached":
      return finding;
    case "guarded":
      return undefined;
    case "unknown":
      return {
        ...finding,
        verdict: "unknown",
        message: `${finding.message}; whether it is executed cannot be told: ${formatDoubt(reach)}`,
      };
  }
}
