import { CoreError } from "@core/bytes";

/** What must hold does not: a finding. */
class Violation extends Error {
  override readonly name = "Violation";
}

/** What `step` gives, or undefined where it refuses with an error of ours. Any other error is a finding. */
export function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

/** @throws Violation unless `holds`. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what);
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** The processor time that any input may take, instrumented, on a busy machine: a constant, and so much for each byte. */
const MILLISECONDS = { atMost: 8000, perKilobyte: 500 };

/** Runs `step`, whose time must be linear in `bytes`. What takes too long is run again, to be sure. */
export function inTime(bytes: number, step: () => void): void {
  const limit = MILLISECONDS.atMost + (MILLISECONDS.perKilobyte * bytes) / 1024;
  let took = timeOf(step);
  for (let again = 0; took > limit && again < 3; again++) took = Math.min(took, timeOf(step));
  must(took <= limit, `${bytes} bytes took ${Math.round(took)} ms, more than ${Math.round(limit)} ms`);
}

/** Of the processor, as others may have it meanwhile. */
function timeOf(step: () => void): number {
  const start = process.cpuUsage();
  step();
  return process.cpuUsage(start).user / 1000;
}
