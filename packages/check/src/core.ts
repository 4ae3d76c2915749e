import { formatType } from "@core/btf";
import { POISON_IMM } from "@core/insn-patch";
import type { Resolution } from "@core/matcher";
import type { Reachability } from "@core/reach";
import { formatNoMatch, type Relocation } from "@core/relocate";
import { type Spec, SpecError } from "@core/spec";
import { formatAccessInC, subjectOf } from "./explain/access.js";
import { adviceFor } from "./explain/advice.js";
import type { Finding } from "./finding.js";
import type { CheckKernel, Missing } from "./kernel.js";

/** A relocation for which libbpf refuses the object, whether or not the instruction is ever executed. */
export function failureOf(relocation: Relocation): Finding | undefined {
  const { local, outcome } = relocation;
  if (outcome.kind !== "failed") return undefined;
  const subject = local.spec instanceof SpecError ? undefined : subjectOf(local.spec);
  const about = subject === undefined ? "" : `${subject}: `;
  return {
    code: outcome.reason === "ambiguous" ? "core-ambiguous" : "core-invalid",
    verdict: "fails",
    message: `failed to perform CO-RE relocations: ${about}${outcome.message}`,
    subject: subject ?? "CO-RE relocation",
    hints: adviceFor(relocation),
  };
}

/** What a poisoned instruction means for a program, by whether the verifier gets to it. */
export function poisonFinding(
  relocation: Relocation,
  reach: Reachability,
  kernel: CheckKernel,
): Finding | undefined {
  const { resolution, outcome } = relocation;
  if (outcome.kind !== "poisoned" || resolution === undefined || reach.kind === "guarded") return undefined;
  const { why, access, subject, hints } =
    outcome.reason === "no-match"
      ? missingOf(relocation, resolution, kernel)
      : missing(relocation, resolution, formatMismatch(relocation, resolution.local), kernel);
  if (reach.kind === "reached") {
    const message = `${why}, and ${access} is read without asking whether it is there: invalid func unknown#${POISON_IMM}`;
    return { code: "poison-reached", verdict: "fails", message, subject, hints };
  }
  const message = `${why}; whether ${access} is read cannot be told: ${formatDoubt(reach)}`;
  return { code: "poison-unknown", verdict: "unknown", message, subject, hints };
}

function missingOf(relocation: Relocation, resolution: Resolution, kernel: CheckKernel): Missing {
  const known = kernel.missing.get(resolution);
  if (known !== undefined) return known;
  const found = missing(relocation, resolution, formatNoMatch(resolution), kernel);
  kernel.missing.set(resolution, found);
  return found;
}

const missing = (
  relocation: Relocation,
  { local }: Resolution,
  why: string,
  kernel: CheckKernel,
): Missing => ({
  why,
  access: formatAccessInC(local),
  subject: subjectOf(local),
  hints: adviceFor(relocation, kernel),
});

function formatMismatch({ outcome, resolution }: Relocation, local: Spec): string {
  const matched = resolution?.attempts.find((attempt) => attempt.matched);
  const { originalSize = 0, size = 0 } = outcome.kind === "poisoned" ? outcome.change : {};
  const type = matched?.matched ? ` of ${formatType(matched.candidate.btf, matched.value.typeId)}` : "";
  return `${subjectOf(local)} has ${size} bytes${type} there, not ${originalSize}, and a load cannot be adjusted to that`;
}

/** Why it is not known whether an instruction is executed. */
export function formatDoubt({ because }: Reachability & { readonly kind: "unknown" }): string {
  switch (because.reason) {
    case "branch":
      return `the jump at byte ${because.at.insnOff} of ${because.at.function.section} decides`;
    case "indirect":
      return `the jump at byte ${because.at.insnOff} of ${because.at.function.section} leads where only the running program knows`;
    case "limit":
      return "there are too many paths to follow";
  }
}
