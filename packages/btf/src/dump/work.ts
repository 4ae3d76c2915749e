import type { Btf } from "../btf.js";
import { BtfError } from "../error.js";

// Small input can ask for more than any machine has: a nameless struct that has two members of a nameless struct that
// has two members, and so on, is twice as long with every step. What a dump may cost is bounded in proportion to the
// input; kernels' need 4 steps for a word of it and, as indented JSON, 8 bytes for one of it.

const STEPS_PER_WORD = 64;
const BYTES_PER_BYTE = 64;
/** What the smallest input may cost. */
const LEAST_STEPS = 1 << 16;
const LEAST_BYTES = 1 << 20;
/** What all engines can hold in one string. */
const MOST_BYTES = 2 ** 29 - 25;

/**
 * How deep structs within structs, and parameters of parameters, may be in each other. C asks 63 levels of a compiler,
 * and clang takes 256.
 */
export const MAX_NESTING = 400;

/** What may still be done for a dump. */
export interface Work {
  stepsLeft: number;
  bytesLeft: number;
}

export function newWork(btf: Btf): Work {
  let size = 0;
  for (let layer: Btf | undefined = btf; layer !== undefined; layer = layer.base)
    size += layer.view.byteLength;
  return {
    stepsLeft: LEAST_STEPS + STEPS_PER_WORD * (size / 4),
    bytesLeft: Math.min(LEAST_BYTES + BYTES_PER_BYTE * size, MOST_BYTES),
  };
}

/** @throws BtfError `too-complex` when types take too many steps. */
export function spend(work: Work, steps: number): void {
  work.stepsLeft -= steps;
  if (work.stepsLeft < 0) throw outOfProportion();
}

/** @throws BtfError `too-complex` when text gets too long. */
export function spendBytes(work: Work, bytes: number): void {
  work.bytesLeft -= bytes;
  if (work.bytesLeft < 0) throw outOfProportion();
}

export function outOfProportion(): BtfError {
  return new BtfError(
    "too-complex",
    "a dump of these types is out of proportion to them: they repeat each other",
  );
}

export function tooDeep(typeId: number): BtfError {
  const message = `type ${typeId} has types within each other more than ${MAX_NESTING} levels deep`;
  return new BtfError("too-complex", message, { typeId });
}

export function endlessType(typeId: number): BtfError {
  const message = `type ${typeId} contains itself, or refers to itself without a name in between`;
  return new BtfError("too-complex", message, { typeId });
}
