import { formatSubject } from "@core/matcher";
import type { Reachability } from "@core/reach";
import { formatNoMatch, type Relocation } from "@core/relocate";
import type { Spec } from "@core/spec";
import { SpecError } from "@core/spec";
import type { Finding } from "./finding.js";

/** A relocation for which libbpf refuses the object, whether or not the instruction is ever executed. */
export function failureOf({ local, outcome }: Relocation): Finding | undefined {
  if (outcome.kind !== "failed") return undefined;
  const subject = subjectOf(local.spec);
  const about = subject === NO_SUBJECT ? "" : `${subject}: `;
  return {
    code: outcome.reason === "ambiguous" ? "core-ambiguous" : "core-invalid",
    verdict: "fails",
    message: `failed to perform CO-RE relocations: ${about}${outcome.message}`,
    subject,
  };
}

const NO_SUBJECT = "CO-RE relocation";

const subjectOf = (spec: Spec | SpecError): string =>
  spec instanceof SpecError ? NO_SUBJECT : formatSubject(spec);

/** What a poisoned instruction means for a program, by whether the verifier gets to it. */
export function poisonFinding(
  { local, resolution, outcome }: Relocation,
  reach: Reachability,
): Finding | undefined {
  if (outcome.kind !== "poisoned" || resolution === undefined || reach.kind === "guarded") return undefined;
  const subject = subjectOf(local.spec);
  const why =
    outcome.reason === "no-match"
      ? formatNoMatch(resolution)
      : `${subject} has ${outcome.change.size} bytes there, not ${outcome.change.originalSize}, and another type`;
  if (reach.kind === "reached") {
    const message = `${why}, and the instruction that accesses ${subject} is executed without asking whether it is there: invalid func unknown#195896080`;
    return { code: "poison-reached", verdict: "fails", message, subject };
  }
  const message = `${why}; whether the instruction that accesses ${subject} is executed cannot be told`;
  return { code: "poison-unknown", verdict: "unknown", message, subject };
}
