import type { LinkedFunction } from "@core/reach";
import { type BpfObject, findSourceLine } from "@core/relocate";
import type { Reason, ReasonCode } from "./verdict.js";

/** A reason before it is known where it belongs. */
export interface Finding {
  readonly code: ReasonCode;
  readonly verdict: "fails" | "unknown";
  readonly message: string;
  readonly subject: string;
  readonly hints?: readonly string[];
}

/** A reason that has no one place. */
export const reasonOf = ({ hints = [], ...finding }: Finding): Reason => ({
  ...finding,
  section: null,
  insnOff: null,
  function: null,
  source: null,
  hints,
});

/** A reason that lies in one instruction. */
export function reasonAt(object: BpfObject, finding: Finding, own: LinkedFunction, insnOff: number): Reason {
  const { section, offset, name } = own;
  const source = findSourceLine(object, section, insnOff, offset) ?? null;
  return { ...reasonOf(finding), section, insnOff, function: name, source };
}

/** The first of each cause. */
export function withoutRepeats(findings: readonly Reason[]): readonly Reason[] {
  const first = new Map<string, Reason>();
  for (const reason of findings) {
    const cause = `${reason.code} ${reason.subject}`;
    if (!first.has(cause)) first.set(cause, reason);
  }
  return [...first.values()];
}
