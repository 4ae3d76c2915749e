import { type Btf, pointerSizeOf } from "@core/btf";
import type { BpfObject, Resolution, Target } from "@core/relocate";
import { decide, findDiffering } from "./compare.js";
import { MinimizeError } from "./error.js";
import { keepLookedAt, keepMatched, keepReachable } from "./keep.js";
import { keepNamed, keepNumbers, type Needs, needsOf } from "./needs.js";
import { longsOf } from "./pointer-size.js";
import { layersOf, type Minimized, type WrittenTarget, writeTarget } from "./write.js";

type Resolutions = ReadonlySet<Resolution>;

/** What is kept, until every relocation is decided as on the whole target. Nearly always the first step does. */
const STEPS: readonly ((needs: Needs, all: Resolutions, differing: Resolutions) => void)[] = [
  (needs, all) => keepFor(all, keepMatched, needs),
  (needs, _, differing) => keepFor(differing, keepLookedAt, needs),
  (needs, all) => keepFor(all, keepLookedAt, needs),
  (needs, _, differing) => keepFor(differing, keepReachable, needs),
  (needs, all) => keepFor(all, keepReachable, needs),
  (needs) => keepNumbers(needs),
];

function keepFor(
  resolutions: Resolutions,
  keep: (needs: Needs, resolution: Resolution) => void,
  needs: Needs,
): void {
  for (const resolution of resolutions) keep(needs, resolution);
}

/**
 * Reduces a target to what some objects need of it: every relocation comes to the same verdict, value and
 * instruction, but for a `target_type_id`, whose value is the new number of the same type. What is given back has
 * been tried: all objects were relocated against it.
 *
 * Where `bpftool gen min_core_btf` keeps what relocations found, this leaves out of that what makes no difference,
 * such as typedefs, and keeps what does make one although it was not found, such as a type that hides a module's.
 *
 * @param target its modules have to be split from the very `Btf` that is its kernel, or from that of a module before
 * them.
 * @throws MinimizeError `base` when they are not; `unwritable`.
 */
export function minimize(objects: readonly BpfObject[], target: Target): Minimized {
  const layers = layersOf(target);
  const needs = needsOf(layers);
  const decisions = objects.map((object) => decide(object, target));
  const all = new Set(
    decisions.flatMap(({ resolutions }) => resolutions.filter((resolution) => resolution !== undefined)),
  );
  let differing: Resolutions = all;
  for (const keep of STEPS) {
    keep(needs, all, differing);
    const written = writeTarget(target, needs);
    differing = findDiffering(decisions, written);
    if (differing.size === 0) return written.minimized;
    keepPointerSizes(needs, layers, written);
  }
  const which = differing.size === 1 ? "1 relocation depends" : `${differing.size} relocations depend`;
  throw new MinimizeError(
    "unwritable",
    `${which} on what cannot be written, such as a name that is not UTF-8`,
  );
}

/** Readers guess how long pointers are. What they guess by is kept where that goes wrong. */
function keepPointerSizes(needs: Needs, layers: readonly Btf[], written: WrittenTarget): void {
  for (const btf of layers) {
    const layer = written.layers.get(btf);
    if (layer === undefined || pointerSizeOf(layer.btf) === pointerSizeOf(btf)) continue;
    for (const id of longsOf(btf)) keepNamed(needs, btf, id);
  }
}
