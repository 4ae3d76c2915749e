import { CoreError } from "@core/bytes";

/** Nothing may take longer, in milliseconds of the processor's time: what hangs takes for ever. */
const LIMIT = 20_000;

/**
 * What a step comes to: "fine", or the code of the error of ours that ended it.
 *
 * @throws any other error, and when it took too long.
 */
export function answerOf(step: () => unknown): string {
  const start = process.cpuUsage();
  const answer = codeOf(step);
  const took = process.cpuUsage(start).user / 1000;
  if (took > LIMIT) throw new Error(`it took ${Math.round(took)} ms`);
  return answer;
}

function codeOf(step: () => unknown): string {
  try {
    step();
    return "fine";
  } catch (error) {
    if (error instanceof CoreError) return error.code;
    throw error;
  }
}
