import { Fault } from "./error.js";

export interface FindOptions {
  /**
   * What compressed data may expand to, in bytes: everything that is decompressed on the way, together. 1 GiB unless
   * given, which is enough for the packages of distributions but not for a kernel with its debug information.
   */
  readonly maxExpanded?: number;
}

const DEFAULT_MAX_EXPANDED = 2 ** 30;

/** Containers in containers. A module in a package is four deep. */
const MAX_DEPTH = 12;

/** How much more may be decompressed. */
export interface Budget {
  readonly limit: number;
  left: number;
}

export function budgetOf({ maxExpanded = DEFAULT_MAX_EXPANDED }: FindOptions): Budget {
  return { limit: maxExpanded, left: maxExpanded };
}

/** Passes pieces on as long as the budget lasts. */
export function* charged<T>(budget: Budget, pieces: Generator<Uint8Array, T>): Generator<Uint8Array, T> {
  for (;;) {
    const step = pieces.next();
    if (step.done) return step.value;
    budget.left -= step.value.length;
    if (budget.left < 0) {
      const message = `expands to more than the ${budget.limit} bytes that are allowed (maxExpanded)`;
      throw new Fault("too-large", message);
    }
    yield step.value;
  }
}

export function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new Fault("too-deep", `containers in containers, more than ${MAX_DEPTH}`);
}
