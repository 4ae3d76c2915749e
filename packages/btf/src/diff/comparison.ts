import type { Btf, TypeId } from "../btf.js";
import { BtfError } from "../error.js";
import { flatten } from "../flat.js";
import { sideOf } from "./shapes.js";
import type { Side } from "./side.js";
import { type Vocabulary, vocabulary } from "./vocabulary.js";

/** Two BTFs, and what is needed to compare their types. */
export interface Comparison {
  readonly words: Vocabulary;
  readonly before: Side;
  readonly after: Side;
  /** How many fields and parameters may still be looked at: types that repeat each other must not multiply the work. */
  stepsLeft: number;
}

/** Beside one for every four bytes of input. Two kernels take one for every two hundred. */
const LEAST_STEPS = 1 << 16;

export function comparisonOf(before: Btf, after: Btf): Comparison {
  const [old, now] = [flatten(before), flatten(after)];
  const words = vocabulary(old, now);
  return { words, before: sideOf(before, old, words), after: sideOf(after, now, words), stepsLeft: 0 };
}

/** The same comparison, to look at fields and parameters from the start. */
export function withAllSteps(comparison: Comparison): Comparison {
  const bytes = comparison.before.btf.view.byteLength + comparison.after.btf.view.byteLength;
  return { ...comparison, stepsLeft: LEAST_STEPS + bytes / 4 };
}

/** @throws BtfError `too-complex` when there are no steps left. */
export function countSteps(comparison: Comparison, steps: number, typeId: TypeId): void {
  comparison.stepsLeft -= steps;
  if (comparison.stepsLeft >= 0) return;
  throw new BtfError("too-complex", "types are parts of others too often to be compared", { typeId });
}
