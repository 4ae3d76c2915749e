import type { LinkedFunction } from "@core/reach";
import { type BpfObject, findSourceLine } from "@core/relocate";
import type { Reason, ReasonCode } from "./verdict.js";

/** What is wrong, before it is said where. */
export interface Finding {
  readonly code: ReasonCode;
  readonly verdict: "fails" | "unknown";
  readonly message: string;
  readonly subject: string;
  readonly hints?: readonly string[];
  /** Other subjects of which the same is true. */
  readonly implied?: readonly string[];
}

/** An instruction. */
export interface Place {
  readonly function: LinkedFunction;
  /** In bytes from the start of the function's section. */
  readonly insnOff: number;
}

/** @param place the instruction; `undefined` where a finding has no one place. */
export function reasonOf(
  object: BpfObject,
  { hints = [], implied: _, ...finding }: Finding,
  place: Place | undefined,
): Reason {
  if (place === undefined) {
    return { ...finding, section: null, insnOff: null, function: null, source: null, hints };
  }
  const { section, offset, name } = place.function;
  const source = findSourceLine(object, section, place.insnOff, offset) ?? null;
  return { ...finding, section, insnOff: place.insnOff, function: name, source, hints };
}

/** The first finding of each cause; one that fails before one of which it is not known. */
export function withoutRepeats<T extends { readonly finding: Finding }>(
  findings: readonly T[],
): readonly T[] {
  const first = new Map<string, T>();
  for (const one of findings) {
    const cause = `${one.finding.code} ${one.finding.subject}`;
    const known = first.get(cause);
    if (known === undefined || (known.finding.verdict === "unknown" && one.finding.verdict === "fails")) {
      first.set(cause, one);
    }
  }
  return [...first.values()];
}
