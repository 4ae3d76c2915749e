import { essentialName, kindOf, nameOf } from "@core/btf";
import { type Attempt, formatCandidate, formatRejection, type Resolution, type Verdict } from "@core/matcher";
import { bitOffsetOf, formatSpec, type Spec } from "@core/spec";

/** Two candidates that differ, and by what. */
export function formatConflict({ first, second }: Verdict & { readonly kind: "ambiguous" }): string {
  const [a, b] = [foundIn(first), foundIn(second)];
  // What says only that a field exists is the same wherever the field is.
  const [ofA, ofB] = a === b ? [offsetOf(first), offsetOf(second)] : [a, b];
  return `candidates disagree: ${ofA} in ${formatCandidate(first.candidate)}, ${ofB} in ${formatCandidate(second.candidate)}`;
}

const foundIn = (attempt: Attempt): string =>
  attempt.matched ? BigInt.asIntN(64, attempt.value.value).toString() : "nothing";

const offsetOf = (attempt: Attempt): string =>
  `at byte ${attempt.matched ? bitOffsetOf(attempt.spec) / 8 : "?"}`;

/**
 * How a relocation was decided, in libbpf's notation: the local spec, then every candidate with the spec
 * that matched or the point where it failed, and then why that is no answer, if it is none. Names are as
 * in the BTF, not yet made printable.
 */
export function explainResolution({ local, attempts, verdict }: Resolution): readonly string[] {
  const steps = attempts.map((attempt, i) => {
    const candidate = `candidate #${i} ${formatCandidate(attempt.candidate)}`;
    return attempt.matched
      ? `matching ${candidate}: ${formatSpec(attempt.spec)}`
      : `non-matching ${candidate}: ${formatRejection(local, attempt.candidate, attempt.rejection)}`;
  });
  return [formatSpec(local), ...steps, ...conclusion({ local, attempts, verdict })];
}

function conclusion({ local, attempts, verdict }: Resolution): readonly string[] {
  switch (verdict.kind) {
    case "resolved":
      return local.kind === "local_type_id"
        ? ["no candidate is asked for: this is the object's own type"]
        : [];
    case "absent":
    case "poison":
      return attempts.length === 0 ? [`no candidate: ${formatNoType(local)}`] : [];
    case "ambiguous":
      return [formatConflict(verdict)];
    case "invalid":
      return [verdict.error.message];
  }
}

/** What candidates have in common with the local type: the kind, and the name but for flavors. */
function formatNoType({ btf, rootId }: Spec): string {
  const kind = kindOf(btf, rootId);
  return `the target has no ${kind === "enum64" ? "enum" : kind} ${essentialName(nameOf(btf, rootId))}`;
}

/** So many are told of in one line. */
const SHOWN = 3;

/** Why no candidate matches, in one line. */
export function formatNoMatch({ local, attempts }: Resolution): string {
  const reasons = attempts.flatMap((attempt) =>
    attempt.matched ? [] : [formatRejection(local, attempt.candidate, attempt.rejection)],
  );
  if (reasons.length === 0) return formatNoType(local);
  const more =
    reasons.length > SHOWN ? [`and ${reasons.length - SHOWN} more candidates do not match either`] : [];
  return [...reasons.slice(0, SHOWN), ...more].join("; ");
}
