import type { Btf } from "@core/btf";
import { bitOffsetOf, formatAccess, parseSpec, pointNameOf, type RelocationKind, rawSpec } from "@core/spec";
import { type Candidate, findCandidates, type Resolution, resolve } from "../src/index.js";

/** The resolution of a relocation against a kernel without modules. Nothing that it is given may be written to. */
export function decide(
  local: Btf,
  rootId: number,
  accessStr: string,
  kind: RelocationKind,
  kernel: Btf,
): Resolution {
  const spec = parseSpec(local, rootId, accessStr, kind);
  for (const point of spec.points) Object.freeze(point);
  Object.freeze(spec.points);
  return resolve(Object.freeze(spec), frozen(findCandidates(local, spec.rootId, { kernel })));
}

export const frozen = (candidates: readonly Candidate[]): readonly Candidate[] =>
  Object.freeze(candidates.map((candidate) => Object.freeze({ ...candidate })));

/**
 * A resolution in one line: `resolved 4 -> 8`, `absent 1 -> 0`, `poison 4`, `ambiguous`, `invalid too-deep`.
 * Values as signed numbers. Sizes follow where there are any: `resolved 4 -> 8, 4 bytes -> 8 bytes`, and what
 * becomes of an instruction that accesses memory: `poisoned`; an old value that need not be there: `unchecked`.
 */
export function outcomeOf({ verdict }: Resolution): string {
  if (verdict.kind === "ambiguous") return "ambiguous";
  if (verdict.kind === "invalid") return `invalid ${verdict.error.code}`;
  const { original, value, validate, originalSize, size, failMemszAdjust } = verdict.change;
  const to = verdict.kind === "poison" ? "" : ` -> ${BigInt.asIntN(64, value)}`;
  const sizes = originalSize + size === 0 ? "" : `, ${originalSize} bytes -> ${size} bytes`;
  const notes = `${failMemszAdjust ? ", poisoned" : ""}${validate ? "" : ", unchecked"}`;
  return `${verdict.kind} ${BigInt.asIntN(64, original)}${to}${sizes}${notes}`;
}

/** What a resolved relocation found, its offset in bytes: `.a.b (0:1:2 @ offset 4)`. */
export function foundBy({ verdict }: Resolution): string | undefined {
  const spec = verdict.kind === "resolved" ? verdict.spec : undefined;
  return (
    spec && `${formatAccess(spec)} (${rawSpec(spec).join(":")} @ offset ${bitOffsetOf(spec) / 8})`.trim()
  );
}

/** Name of the local member or enumerator at which the only candidate was rejected. */
export function rejectedNameOf(resolution: Resolution): string | undefined {
  const rejection = rejectionOf(resolution);
  return rejection !== undefined && "point" in rejection
    ? pointNameOf(resolution.local.btf, rejection.point)
    : undefined;
}

/** Why the only candidate was rejected. */
export function rejectionOf({ attempts }: Resolution) {
  const [attempt] = attempts;
  return attempt === undefined || attempt.matched ? undefined : attempt.rejection;
}
