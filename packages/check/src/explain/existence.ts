import { formatType, memberTypeOf } from "@core/btf";
import { findCandidates, resolve } from "@core/matcher";
import type { BpfObject } from "@core/relocate";
import { bitOffsetOf, familyOf, type Spec, SpecError } from "@core/spec";
import type { CheckKernel } from "../kernel.js";
import { formatGuard } from "./access.js";
import { formatLikeField, formatOffset, type LikeField, likeFields } from "./advice.js";
import type { InsnPlace } from "./explain.js";

/** What one of several kernels has of what a relocation looks for. */
export interface Existence {
  readonly kernel: string;
  readonly exists: boolean;
  /** Where it is and of which type: `unsigned int at byte 24`; or what is there in its place, null if nothing is. */
  readonly found: string | null;
  readonly like: readonly LikeField[];
}

/** In which kernels the access at a place of an object exists, and what would work on all of them. */
export interface ExistenceReport {
  readonly kernels: readonly Existence[];
  /** Nothing where all have it. The last may be C of several lines. */
  readonly hints: readonly string[];
}

/**
 * Looks for the access of the relocation at a place in several kernels.
 * @returns `undefined` where there is no relocation that makes sense.
 */
export function findExistence(
  object: BpfObject,
  { section, insnOff }: InsnPlace,
  kernels: ReadonlyMap<string, CheckKernel>,
): ExistenceReport | undefined {
  const relocation = object.relocations.find(
    (one) => one.section === section && one.record.insnOff === insnOff,
  );
  const spec = relocation?.spec;
  if (spec === undefined || spec instanceof SpecError) return undefined;
  const found = Array.from(kernels, ([name, kernel]) => existenceIn(name, kernel, spec));
  return { kernels: found, hints: adviceForAll(spec, found) };
}

function existenceIn(name: string, { btf, modules }: CheckKernel, spec: Spec): Existence {
  const resolution = resolve(spec, findCandidates(spec.btf, spec.rootId, { kernel: btf, modules }));
  const matched = resolution.attempts.find((attempt) => attempt.matched);
  if (matched?.matched) {
    return { kernel: name, exists: true, found: formatFound(matched.spec), like: [] };
  }
  const like = likeFields(resolution);
  const exists = resolution.verdict.kind === "resolved";
  return { kernel: name, exists, found: like[0] === undefined ? null : formatLikeField(like[0]), like };
}

function formatFound(spec: Spec): string {
  const { kind, btf, rootId, points } = spec;
  const last = points.at(-1);
  if (familyOf(kind) !== "field" || last === undefined) return formatType(btf, rootId);
  const at = formatOffset(bitOffsetOf(spec));
  const typeId = last.via === "member" ? memberTypeOf(btf, last.typeId, last.index) : last.typeId;
  return `${formatType(btf, typeId)} at ${at}`;
}

function adviceForAll(spec: Spec, kernels: readonly Existence[]): readonly string[] {
  const missing = kernels.filter(({ exists }) => !exists);
  if (missing.length === 0) return [];
  const where = `not in ${missing.length} of ${kernels.length} kernels: ${missing.map(({ kernel }) => kernel).join(", ")}`;
  // One that every kernel has that lacks the other.
  const common = missing[0]?.like.find(({ name }) =>
    missing.every(({ like }) => like.some((other) => other.name === name)),
  );
  return [where, common?.code ?? `ask first: if (${formatGuard(spec)})`];
}
