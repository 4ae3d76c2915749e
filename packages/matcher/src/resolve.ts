import { type Btf, BtfError, isEmptyName, nameOffOf } from "@core/btf";
import type { CoreError } from "@core/bytes";
import { accessors, bitOffsetOf, type Spec, SpecError } from "@core/spec";
import type { Candidate } from "./candidate.js";
import { type Budget, newBudget } from "./comparison.js";
import { MatcherError } from "./error.js";
import { findKnownMatch, type KnownMatch, keepMatch, keepsMatches } from "./known-matches.js";
import { matchCandidate } from "./match.js";
import { type Match, type Rejection, rejected } from "./rejection.js";
import { shapeOf } from "./shape.js";
import { calculate, sizeAdjustable, type Value, valueOfNothing } from "./value.js";

/** What an instruction has to hold before and after (libbpf: bpf_core_relo_res). */
export interface Change {
  /** The value before, as an unsigned 64-bit number. */
  readonly original: bigint;
  /** The value after, as an unsigned 64-bit number; 0 for poison. */
  readonly value: bigint;
  /** Nothing matches, and the kind of relocation has no value for that. */
  readonly poison: boolean;
  /** Must the instruction hold `original`? */
  readonly validate: boolean;
  /** Size in bytes of the accessed field here and in the target; 0 where no field is accessed. */
  readonly originalSize: number;
  readonly size: number;
  /** The sizes differ, and a load or store of the other size would read something else. */
  readonly failMemszAdjust: boolean;
}

/** One candidate, and what came of it. */
export type Attempt = { readonly candidate: Candidate } & (
  | { readonly matched: true; readonly spec: Spec; readonly value: Value }
  | { readonly matched: false; readonly rejection: Rejection }
);

type Matched = Attempt & { readonly matched: true };

export type Verdict =
  /** Candidates matched, and agree. `spec` is the first one's; there is none for `local_type_id`. */
  | { readonly kind: "resolved"; readonly spec: Spec | undefined; readonly change: Change }
  /** Nothing matched, and the value says so. */
  | { readonly kind: "absent"; readonly change: Change }
  /** Nothing matched, and the instruction must not be reached. */
  | { readonly kind: "poison"; readonly change: Change }
  /** Two candidates matched that differ, by offset or by value. */
  | { readonly kind: "ambiguous"; readonly first: Matched; readonly second: Matched }
  /** The relocation cannot be decided on, because of `candidate`; because of the local type when that is undefined. */
  | { readonly kind: "invalid"; readonly error: CoreError; readonly candidate: Candidate | undefined };

/** A decision, with everything that led to it. */
export interface Resolution {
  readonly local: Spec;
  /** In the order they were tried; those after a conflict or an error were not. */
  readonly attempts: readonly Attempt[];
  readonly verdict: Verdict;
}

/**
 * Decides on a relocation: matches its local spec against every candidate, as bpf_core_calc_relo_insn
 * of libbpf does. Nothing given to it is changed but the budget; see {@link survivorsOf} for libbpf's pruning.
 *
 * @param budget - give the same one for all relocations of an object, so that hostile types cannot take hours.
 */
export function resolve(local: Spec, candidates: readonly Candidate[], budget = newBudget()): Resolution {
  const trial: Trial = { attempts: undefined, candidate: undefined, budget };
  try {
    const verdict = decide(local, candidates, trial);
    return { local, attempts: trial.attempts ?? [], verdict };
  } catch (error) {
    if (error instanceof MatcherError || error instanceof SpecError || error instanceof BtfError) {
      const { attempts = [], candidate } = trial;
      return { local, attempts, verdict: { kind: "invalid", error, candidate } };
    }
    throw error;
  }
}

/**
 * The candidates that libbpf tries for the next relocation of the same local type: those that matched,
 * or all of them again when none did or the relocation failed.
 */
export function survivorsOf(resolution: Resolution, candidates: readonly Candidate[]): readonly Candidate[] {
  const { attempts, verdict } = resolution;
  if (verdict.kind !== "resolved" || attempts.every((attempt) => attempt.matched)) return candidates;
  return attempts.filter((attempt) => attempt.matched).map((attempt) => attempt.candidate);
}

/** How far a decision has come. */
interface Trial {
  attempts: Attempt[] | undefined;
  /** The one being tried. */
  candidate: Candidate | undefined;
  readonly budget: Budget;
}

/** What does not depend on the target. */
interface LocalFacts {
  /** `undefined` where nothing is to be kept of the access. */
  readonly shape: string | undefined;
  /** Calculated when first asked for, which a local type may not take. */
  original: Value | undefined;
}

/** By object, whose specs last as long as it does: a map of thousands of weak keys takes longer to fill and to look into. */
const localFacts = new WeakMap<Btf, Map<Spec, LocalFacts>>();

/** Of so many specs of an object the facts are kept. */
const MAX_FACTS = 65_536;

function factsOf(local: Spec, candidates: readonly Candidate[]): LocalFacts {
  if (!candidates.some(({ btf }) => keepsMatches(btf))) return { shape: undefined, original: undefined };
  let ofObject = localFacts.get(local.btf);
  if (ofObject === undefined) {
    ofObject = new Map();
    localFacts.set(local.btf, ofObject);
  }
  let facts = ofObject.get(local);
  if (facts === undefined) {
    facts = { shape: shapeOf(local), original: undefined };
    if (ofObject.size < MAX_FACTS) ofObject.set(local, facts);
  }
  return facts;
}

/** The value of a local spec. */
function originalOf(local: Spec, facts: LocalFacts): Value {
  facts.original ??= calculate(local, local.btf.order);
  return facts.original;
}

function decide(local: Spec, candidates: readonly Candidate[], trial: Trial): Verdict {
  const { order } = local.btf;
  if (local.kind === "local_type_id") {
    return { kind: "resolved", spec: undefined, change: changeOf(local, calculate(local, order), undefined) };
  }
  if (isEmptyName(local.btf, nameOffOf(local.btf, local.rootId))) {
    const message = `type ${local.rootId} has no name to look for in a target`;
    throw new MatcherError("anonymous-root", message, { typeId: local.rootId });
  }
  const facts = factsOf(local, candidates);
  let first: Matched | undefined;
  for (const candidate of candidates) {
    trial.candidate = candidate;
    const attempt = attemptOf(local, facts, trial, candidate);
    // Most have one: an array that grows has room for sixteen more, and there are thousands.
    if (trial.attempts === undefined) trial.attempts = [attempt];
    else trial.attempts.push(attempt);
    if (!attempt.matched) continue;
    first ??= attempt;
    const differ =
      bitOffsetOf(first.spec) !== bitOffsetOf(attempt.spec) || first.value.value !== attempt.value.value;
    if (differ) return { kind: "ambiguous", first, second: attempt };
  }
  trial.candidate = undefined;
  const change = changeOf(local, originalOf(local, facts), first);
  if (first !== undefined) return { kind: "resolved", spec: first.spec, change };
  return { kind: change.poison ? "poison" : "absent", change };
}

function attemptOf(local: Spec, facts: LocalFacts, trial: Trial, candidate: Candidate): Attempt {
  const { shape } = facts;
  const { btf, typeId } = candidate;
  const known = shape === undefined ? undefined : findKnownMatch(btf, typeId, shape);
  const match = known === undefined ? matchCandidate(local, candidate, trial.budget) : recall(local, known);
  if (!match.matched) {
    const { rejection } = match;
    if (shape !== undefined && known === undefined && rejection.code === "no-such-member") {
      const step = accessors(local).indexOf(rejection.point);
      keepMatch(btf, typeId, shape, { matched: false, step, in: rejection.in });
    }
    return { candidate, matched: false, rejection };
  }
  const spec = match.found;
  // Not before something matches, as in libbpf: an error of the local type comes after one of a candidate.
  trial.candidate = undefined;
  originalOf(local, facts);
  trial.candidate = candidate;
  if (known?.matched) return { candidate, matched: true, spec, value: known.value };
  const value = calculate(spec, local.btf.order);
  if (shape !== undefined) keepMatch(btf, typeId, shape, { matched: true, found: spec, value });
  return { candidate, matched: true, spec, value };
}

function recall(local: Spec, known: KnownMatch): Match<Spec> {
  if (known.matched) return known;
  const point = accessors(local)[known.step];
  if (point?.via !== "member")
    throw new Error("unreachable: accesses of equal shape have members at equal steps");
  return rejected({ code: "no-such-member", point, in: known.in });
}

function changeOf(local: Spec, original: Value, target: Matched | undefined): Change {
  const value =
    local.kind === "local_type_id" ? original.value : (target?.value.value ?? valueOfNothing(local.kind));
  const size = target?.value.size ?? 0;
  return {
    original: original.value,
    value: value ?? 0n,
    poison: value === undefined,
    validate: original.validate,
    originalSize: original.size,
    size,
    failMemszAdjust:
      target !== undefined &&
      original.size !== size &&
      !sizeAdjustable(local.btf, original, target.candidate.btf, target.value),
  };
}
