import { type BpfObject, type Resolution, relocate, type Target, type Verdict } from "@core/relocate";
import type { WrittenTarget } from "./write.js";

/** The decisions on an object's relocations. */
export interface Decisions {
  readonly object: BpfObject;
  /** In order; `undefined` where there was nothing to decide on, or too much. */
  readonly resolutions: readonly (Resolution | undefined)[];
}

export const decide = (object: BpfObject, target: Target): Decisions => ({
  object,
  resolutions: relocate(object, target).relocations.map(({ resolution }) => resolution),
});

/** What is decided otherwise on what was written. */
export function findDiffering(
  decisions: readonly Decisions[],
  written: WrittenTarget,
): ReadonlySet<Resolution> {
  const differing = new Set<Resolution>();
  for (const { object, resolutions } of decisions) {
    const after = decide(object, written.target).resolutions;
    for (const [i, resolution] of resolutions.entries()) {
      if (resolution === undefined) continue;
      const { local, verdict } = resolution;
      const same =
        local.kind === "target_type_id"
          ? isSameType(verdict, after[i]?.verdict, written)
          : isSameChange(verdict, after[i]?.verdict);
      if (!same) differing.add(resolution);
    }
  }
  return differing;
}

/** The same verdict, by which an instruction becomes the same. An ambiguous or invalid one changes none. */
function isSameChange(before: Verdict, after: Verdict | undefined): boolean {
  if (!("change" in before && after !== undefined && "change" in after)) return before.kind === after?.kind;
  const [a, b] = [before.change, after.change];
  return (
    before.kind === after.kind &&
    a.value === b.value &&
    a.size === b.size &&
    a.failMemszAdjust === b.failMemszAdjust
  );
}

/** For `target_type_id`: the same verdict, and the same type under its new number. */
function isSameType(before: Verdict, after: Verdict | undefined, { layers }: WrittenTarget): boolean {
  if (before.kind !== "resolved" || after?.kind !== "resolved") return before.kind === after?.kind;
  const [a, b] = [before.spec, after.spec];
  const layer = a && layers.get(a.btf);
  return a !== undefined && b !== undefined && layer?.btf === b.btf && layer.newIdOf(a.rootId) === b.rootId;
}
