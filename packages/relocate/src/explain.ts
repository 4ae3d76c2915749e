import { type Attempt, formatCandidate, formatRejection, type Resolution, type Verdict } from "@core/matcher";
import { formatSpec } from "@core/spec";

/** Two candidates that differ, and by what. */
export function formatConflict({ first, second }: Verdict & { readonly kind: "ambiguous" }): string {
  return `candidates disagree: ${formatMatch(first)}, but ${formatMatch(second)}`;
}

function formatMatch(attempt: Attempt): string {
  const name = formatCandidate(attempt.candidate);
  return attempt.matched ? `${name} gives ${attempt.value.value} for ${formatSpec(attempt.spec)}` : name;
}

/**
 * How a relocation was decided, in libbpf's notation: the local spec, then every candidate with the spec
 * that matched or the point where it failed. Names are as in the BTF, not yet made printable.
 */
export function explainResolution({ local, attempts, verdict }: Resolution): readonly string[] {
  const steps = attempts.map((attempt, i) => {
    const candidate = `candidate #${i} ${formatCandidate(attempt.candidate)}`;
    return attempt.matched
      ? `matching ${candidate}: ${formatSpec(attempt.spec)}`
      : `non-matching ${candidate}: ${formatRejection(local, attempt.candidate, attempt.rejection)}`;
  });
  if (attempts.length === 0 && verdict.kind !== "resolved")
    steps.push("no candidate: the target has no type of that name and kind");
  return [`spec is ${formatSpec(local)}`, ...steps];
}
