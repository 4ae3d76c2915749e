import { CoreError } from "@core/bytes";
import { isSubprogram, type LinkedFunction, type LinkedObject } from "@core/reach";
import { type BpfObject, type Relocated, type Relocation, relocate } from "@core/relocate";
import { absenceLog } from "./absences.js";
import { checkExtern } from "./externs.js";
import { type Finding, reasonOf, withoutRepeats } from "./finding.js";
import type { CheckKernel } from "./kernel.js";
import { knowledgeOf } from "./knowledge.js";
import { checkMaps } from "./maps.js";
import { declarationOf, type Prepared, prepare, programsOf } from "./prepare.js";
import { type Context, checkProgram, coreFailures, refusedProgram } from "./program.js";
import { checkStructOps } from "./struct-ops.js";
import { type ObjectCheck, type Reason, verdictOf } from "./verdict.js";

/**
 * What a kernel will say to each program of an object, and to all that it loads by default. An object that no kernel
 * takes is no error: its programs fail with `object-invalid`.
 */
export function checkObject(object: BpfObject, kernel: CheckKernel): ObjectCheck {
  try {
    return checkPrepared(prepare(object), kernel);
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    const { message } = error;
    const finding: Finding = { code: "object-invalid", verdict: "fails", message, subject: "the object" };
    const reasons = [reasonOf(object, finding, undefined)];
    const programs = programsOf(object).map((program) =>
      refusedProgram({ program, ...declarationOf(program) }, reasons),
    );
    return { verdict: "fails", reasons, programs, absences: null };
  }
}

function checkPrepared(prepared: Prepared, kernel: CheckKernel): ObjectCheck {
  const { linked } = prepared;
  const relocated = relocate(linked.object, { kernel: kernel.btf, modules: kernel.modules });
  const knowledge = knowledgeOf(kernel, linked.object.btf, prepared.externs);
  const absences = absenceLog();
  for (const relocation of relocated.relocations) absences.addRelocation(relocation);
  const context: Context = {
    kernel,
    absences,
    knowledge,
    prepared,
    relocated,
    relocations: byFunction(linked, relocated),
  };
  const shared = sharedReasons(context);
  const programs = prepared.programs.map((program) => checkProgram(context, program, shared));
  const reasons = [...shared, ...structOpsReasons(context)];
  const loaded = programs.filter(({ autoload }) => autoload).flatMap((program) => program.reasons);
  return { verdict: verdictOf([...reasons, ...loaded]), reasons, programs, absences: absences.list() };
}

function byFunction(
  { object, functions }: LinkedObject,
  { relocations }: Relocated,
): ReadonlyMap<LinkedFunction, readonly Relocation[]> {
  const linkedOf = new Map(object.programs.map((program, i) => [program, functions[i]]));
  const found = new Map<LinkedFunction, Relocation[]>(functions.map((own) => [own, []]));
  for (const relocation of relocations) {
    const own = relocation.local.program && linkedOf.get(relocation.local.program);
    if (own !== undefined) found.get(own)?.push(relocation);
  }
  return found;
}

/** What keeps all programs from being loaded: libbpf looks at it before it loads the first. */
function sharedReasons(context: Context): readonly Reason[] {
  const { kernel, prepared } = context;
  const { linked, maps, externs } = prepared;
  const { object, functions } = linked;
  const { btf } = object;
  if (btf === undefined) return [];
  const findings = [
    ...checkMaps(kernel, maps),
    ...externs.flatMap((extern) => checkExtern(kernel, btf, extern)),
  ];
  findings.forEach(context.absences.addFinding);
  // Those of subprograms are relocated whether or not a program calls them.
  const failures = functions.filter(isSubprogram).flatMap((own) => coreFailures(context, own));
  const all = [...findings.map((finding) => ({ finding, place: undefined })), ...failures];
  return withoutRepeats(all).map(({ finding, place }) => reasonOf(object, finding, place));
}

/** What keeps the object from being loaded, but not each program by itself: of its own variable all is set. */
function structOpsReasons({ kernel, absences, prepared: { linked, structOps } }: Context): readonly Reason[] {
  const { object } = linked;
  const { btf } = object;
  if (btf === undefined) return [];
  const findings = structOps
    .filter(({ autocreate }) => autocreate)
    .flatMap((one) => checkStructOps(kernel, btf, one));
  findings.forEach(absences.addFinding);
  const placed = findings.map((finding) => ({ finding, place: undefined }));
  return withoutRepeats(placed).map(({ finding, place }) => reasonOf(object, finding, place));
}
