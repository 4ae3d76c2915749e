import type { Btf, Kind, TypeId } from "@core/btf";
import { MatcherError } from "./error.js";
import type { Difference, TypeRejection } from "./rejection.js";

/** How deep libbpf follows types: in one chain of pointers, arrays and results, and into members and parameters. */
export const MAX_TYPE_DEPTH = 32;

const MAX_STEPS = 1_000_000;

/** A comparison of two types. */
export interface Comparison {
  readonly local: Btf;
  readonly target: Btf;
  stepsLeft: number;
  /** By local type, then by target type and {@link answerOnce}'s `state`. */
  readonly answers: Map<TypeId, Map<number, TypeRejection | undefined>>;
}

export const comparisonOf = (local: Btf, target: Btf): Comparison => ({
  local,
  target,
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

/** @throws MatcherError `too-complex` when a comparison has taken more steps than it may. */
export function step(comparison: Comparison, typeId: TypeId): void {
  if (--comparison.stepsLeft >= 0) return;
  const message = `comparing with the target's type ${typeId} takes over ${MAX_STEPS} steps`;
  throw new MatcherError("too-complex", message, { typeId });
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
