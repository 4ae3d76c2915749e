import type { Btf, Kind, TypeId } from "@core/btf";
import { MatcherError } from "./error.js";
import type { Difference, TypeRejection } from "./rejection.js";

/** How deep libbpf follows types: in one chain of pointers, arrays and results, and into members and parameters. */
export const MAX_TYPE_DEPTH = 32;

/** Of one comparison, and of all that share a budget. One of real types takes some thousands. */
const MAX_STEPS = 1_000_000;
const MAX_SHARED_STEPS = 10_000_000;

/** What comparisons may take together: relocations times candidates would else each take as much as one may. */
export interface Budget {
  stepsLeft: number;
}

export const newBudget = (): Budget => ({ stepsLeft: MAX_SHARED_STEPS });

/** A comparison of two types. */
export interface Comparison {
  readonly local: Btf;
  readonly target: Btf;
  readonly budget: Budget;
  stepsLeft: number;
  /** By local type, then by target type and {@link answerOnce}'s `state`. */
  readonly answers: Map<TypeId, Map<number, TypeRejection | undefined>>;
}

export const comparisonOf = (local: Btf, target: Btf, budget: Budget): Comparison => ({
  local,
  target,
  budget,
  stepsLeft: MAX_STEPS,
  answers: new Map(),
});

/**
 * What `compare` answers for two parts of what is compared, asked once: prototypes and structs that repeat each
 * other would else double the work with every level.
 *
 * @param state what else the answer depends on, below 128.
 */
export function answerOnce(
  comparison: Comparison,
  localId: TypeId,
  targetId: TypeId,
  state: number,
  compare: () => TypeRejection | undefined,
): TypeRejection | undefined {
  let answers = comparison.answers.get(localId);
  if (answers === undefined) {
    answers = new Map();
    comparison.answers.set(localId, answers);
  }
  const key = targetId * 128 + state;
  if (answers.has(key)) return answers.get(key);
  const answer = compare();
  answers.set(key, answer);
  return answer;
}

/** @throws MatcherError `too-complex` when a comparison, or all that share its budget, have taken more than they may. */
export function step(comparison: Comparison, typeId: TypeId): void {
  const { budget } = comparison;
  const isOver = --comparison.stepsLeft < 0;
  if (--budget.stepsLeft >= 0 && !isOver) return;
  const steps = isOver ? `${MAX_STEPS} steps` : `${MAX_SHARED_STEPS} steps, with all before it`;
  throw new MatcherError("too-complex", `comparing with the target's type ${typeId} takes over ${steps}`, {
    typeId,
  });
}

export function tooDeep(typeId: TypeId): MatcherError {
  const message = `the target's type ${typeId} is nested more than ${MAX_TYPE_DEPTH} deep`;
  return new MatcherError("too-deep", message, { typeId });
}

/** Equal kinds; ENUM and ENUM64 count as one (libbpf: btf_kind_core_compat). */
export const sameKind = (local: Kind, target: Kind): boolean =>
  local === target || (isEnum(local) && isEnum(target));

export const isEnum = (kind: Kind): boolean => kind === "enum" || kind === "enum64";
export const isComposite = (kind: Kind): boolean => kind === "struct" || kind === "union";

export const differ = (localTypeId: TypeId, typeId: TypeId, by: Difference): TypeRejection => ({
  code: "types-differ",
  path: [],
  localTypeId,
  typeId,
  by,
});

/** A rejection of part `index` of a local type, seen from that type. */
export const within = (rejection: TypeRejection, localTypeId: TypeId, index: number): TypeRejection => ({
  ...rejection,
  path: [{ localTypeId, index }, ...rejection.path],
});
