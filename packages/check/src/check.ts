import { CoreError } from "@core/bytes";
import { isSubprogram, type LinkedFunction, type LinkedObject } from "@core/reach";
import { type BpfObject, type Program, type Relocated, type Relocation, relocate } from "@core/relocate";
import { checkExtern, type ExternReference, isExtern } from "./externs.js";
import { reasonOf } from "./finding.js";
import type { CheckKernel } from "./kernel.js";
import { linkOnce } from "./link.js";
import { checkMaps } from "./maps.js";
import { type Context, checkProgram, coreFailures, refusedProgram } from "./program.js";
import { type ObjectCheck, type Reason, verdictOf } from "./verdict.js";

/**
 * What a kernel will say to each program of an object, and to all that it loads by default. An object that no kernel
 * takes is no error: its programs fail with `object-invalid`.
 */
export function checkObject(object: BpfObject, kernel: CheckKernel): ObjectCheck {
  try {
    return checkLinked(linkOnce(object), kernel);
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    const { message } = error;
    const reasons = [reasonOf({ code: "object-invalid", verdict: "fails", message, subject: "the object" })];
    return {
      verdict: "fails",
      reasons,
      programs: programsOf(object).map((own) => refusedProgram(own, reasons)),
    };
  }
}

const programsOf = ({ programs }: BpfObject): readonly Program[] =>
  programs.filter((program) => !isSubprogram(program));

function checkLinked(linked: LinkedObject, kernel: CheckKernel): ObjectCheck {
  const { object } = linked;
  const relocated = relocate(object, { kernel: kernel.btf, modules: kernel.modules });
  const context: Context = { kernel, linked, relocated, relocations: byFunction(linked, relocated) };
  const reasons = objectReasons(context);
  const programs = programsOf(object).map((program) => checkProgram(context, program, reasons));
  const loaded = programs.filter(({ autoload }) => autoload).flatMap((program) => program.reasons);
  return { verdict: verdictOf([...reasons, ...loaded]), reasons, programs };
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
function objectReasons({ kernel, linked: { object, functions }, relocations }: Context): readonly Reason[] {
  const { btf } = object;
  if (btf === undefined) return [];
  const findings = [
    ...checkMaps(kernel, btf),
    ...[...externsOf(functions).values()].flatMap((extern) => checkExtern(kernel, btf, extern)),
  ];
  // Those of subprograms are relocated whether or not a program calls them.
  const failures = functions.filter(isSubprogram).flatMap((own) => coreFailures(object, own, relocations));
  return [...findings.map(reasonOf), ...failures];
}

function externsOf(functions: readonly LinkedFunction[]): ReadonlyMap<string, ExternReference> {
  const externs = new Map<string, ExternReference>();
  for (const references of new Set(functions.map((own) => own.references))) {
    for (const reference of references.values())
      if (isExtern(reference)) externs.set(reference.name, reference);
  }
  return externs;
}
