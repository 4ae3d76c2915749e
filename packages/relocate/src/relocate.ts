import type { ByteOrder } from "@core/bytes";
import { sectionBytes } from "@core/elf";
import { formatRejection, INSN_SIZE, patchInsn, type Rejection } from "@core/insn-patch";
import {
  type Candidate,
  type Change,
  expectCandidates,
  findCandidates,
  newBudget,
  type Resolution,
  resolve,
  survivorsOf,
  type Target,
} from "@core/matcher";
import { type Spec, SpecError } from "@core/spec";
import { formatConflict } from "./explain.js";
import type { LocalRelocation } from "./local-relocation.js";
import type { BpfObject } from "./object.js";
import { codeSize, type Program } from "./program.js";

/** What became of the instruction of one relocation. */
export type Outcome =
  /** It holds the target's value now, in place of `previous`, which may be the same. */
  | { readonly kind: "patched"; readonly change: Change; readonly previous: bigint }
  /** It became a call that no kernel accepts, should it ever be reached. */
  | { readonly kind: "poisoned"; readonly reason: "no-match" | "size-mismatch"; readonly change: Change }
  /** It is as it was: the relocation cannot be decided on. */
  | { readonly kind: "failed"; readonly reason: "ambiguous" | "invalid"; readonly message: string }
  /** It is as it was: it is none that can take the value. */
  | {
      readonly kind: "failed";
      readonly reason: "refused";
      readonly message: string;
      readonly rejection: Rejection;
      readonly change: Change;
    }
  /** It lies in no function, such as a weak one that a linker dropped: libbpf leaves it alone, too. */
  | { readonly kind: "skipped" };

/** One CO-RE relocation, and what became of it. */
export interface Relocation {
  readonly local: LocalRelocation;
  /** How it was decided; `undefined` when it makes no sense in its own object, or was skipped. */
  readonly resolution: Resolution | undefined;
  readonly outcome: Outcome;
}

/** A relocated object: what was decided, and the code that came of it. */
export interface Relocated {
  readonly object: BpfObject;
  readonly target: Target;
  /** In the order of `.BTF.ext`. */
  readonly relocations: readonly Relocation[];
  /** The instructions of every section that was relocated, by section index. */
  readonly code: ReadonlyMap<number, Uint8Array>;
}

/**
 * Relocates an object against a target: decides and patches as libbpf does
 * (bpf_object__relocate_core). Unlike libbpf it goes on after a relocation that fails, and relocates
 * programs that are not loaded by default (`SEC("?...")`), too. Nothing given to it is changed.
 */
export function relocate(object: BpfObject, target: Target): Relocated {
  const { elf } = object;
  const code = new Map<number, Uint8Array>();
  const codeOf = codeReader(object, code);
  if (object.btf !== undefined) expectCandidates(object.btf, object.rootIds, target);
  const decide = deciderFor(target);
  const relocations = object.relocations.map((local): Relocation => {
    const { program, spec, record } = local;
    if (record.insnOff % INSN_SIZE !== 0) {
      const outcome = invalid(`byte ${record.insnOff} of the section is not the start of an instruction`);
      return { local, resolution: undefined, outcome };
    }
    if (program === undefined) return { local, resolution: undefined, outcome: { kind: "skipped" } };
    if (spec instanceof SpecError) return { local, resolution: undefined, outcome: invalid(spec.message) };
    const resolution = decide(spec);
    if (resolution === undefined) return { local, resolution, outcome: invalid(TOO_COMPLEX) };
    const outcome = patch(resolution, codeOf(program), elf.order, record.insnOff - program.offset);
    return { local, resolution, outcome };
  });
  return { object, target, relocations, code };
}

/** Real objects take some thousands. Without a limit the time is that of relocations times candidates. */
const MAX_ATTEMPTS = 1_000_000;
const TOO_COMPLEX = `not decided on: the relocations before it took ${MAX_ATTEMPTS} comparisons of types`;

const invalid = (message: string): Outcome => ({ kind: "failed", reason: "invalid", message });

/** Reads one function's part of its section's copy, which is made, and put into `code`, when first asked for. */
function codeReader(
  { elf, programs }: BpfObject,
  code: Map<number, Uint8Array>,
): (program: Program) => Uint8Array {
  let free: Uint8Array | undefined;
  let last: Program | undefined;
  let bytes: Uint8Array = new Uint8Array();
  return (program) => {
    // Relocations mostly come function by function.
    if (program === last) return bytes;
    let section = code.get(program.sectionIndex);
    if (section === undefined) {
      const original = elf.sections[program.sectionIndex];
      const contents = original === undefined ? new Uint8Array() : sectionBytes(elf, original);
      // One piece of memory for all of them: it takes longer to get one than to fill it.
      free ??= new Uint8Array(codeSize(elf, programs));
      section = free.subarray(0, contents.length);
      section.set(contents);
      free = free.subarray(contents.length);
      code.set(program.sectionIndex, section);
    }
    bytes = section.subarray(program.offset, program.offset + program.size);
    last = program;
    return bytes;
  };
}

/**
 * Decides on one spec after the other. Candidates are looked for once per root type, and, as in
 * libbpf, those that a relocation has ruled out are not tried again for the next one.
 */
function deciderFor(target: Target): (spec: Spec) => Resolution | undefined {
  let attemptsLeft = MAX_ATTEMPTS;
  const budget = newBudget();
  const candidatesOf = new Map<number, readonly Candidate[]>();
  /** The last resolution of each, and the candidates that it left. */
  const decided = new Map<Spec, { resolution: Resolution; survivors: readonly Candidate[] }>();
  return (spec) => {
    if (attemptsLeft <= 0) return undefined;
    let candidates = candidatesOf.get(spec.rootId);
    // Once a relocation of another field has ruled some of them out, the first one left may have the
    // field at the same offset but in another size.
    const known = decided.get(spec);
    if (known !== undefined && known.survivors === candidates) return known.resolution;
    candidates ??= findCandidates(spec.btf, spec.rootId, target);
    attemptsLeft -= candidates.length;
    const resolution = resolve(spec, candidates, budget);
    const survivors = survivorsOf(resolution, candidates);
    candidatesOf.set(spec.rootId, survivors);
    decided.set(spec, { resolution, survivors });
    return resolution;
  };
}

/** Applies a decision to the instruction at `offset` bytes of a function. */
function patch({ verdict }: Resolution, code: Uint8Array, order: ByteOrder, offset: number): Outcome {
  if (verdict.kind === "invalid") return invalid(verdict.error.message);
  if (verdict.kind === "ambiguous")
    return { kind: "failed", reason: "ambiguous", message: formatConflict(verdict) };
  const { change } = verdict;
  const outcome = patchInsn(code, order, offset, change);
  switch (outcome.kind) {
    case "patched":
      return { kind: "patched", change, previous: outcome.previous };
    case "poisoned":
      return {
        kind: "poisoned",
        reason: outcome.reason === "requested" ? "no-match" : "size-mismatch",
        change,
      };
    case "refused": {
      const { rejection } = outcome;
      return { kind: "failed", reason: "refused", message: formatRejection(rejection), rejection, change };
    }
  }
}
