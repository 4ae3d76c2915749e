/**
 * How long each target runs, in seconds. What was run less is run longer, so that in the end no target is far behind
 * the others, however much slower it is; in equal parts the fastest would have a thousand times the executions of the
 * slowest.
 *
 * @param executions of each target, by earlier runs.
 */
export function shareOf(
  names: readonly string[],
  seconds: number,
  executions: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const weights = names.map((name) => 1 / Math.sqrt(Math.max(LEAST, executions.get(name) ?? 0)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return new Map(
    names.map((name, i) => [name, Math.max(1, Math.round((seconds * (weights[i] ?? 0)) / sum))]),
  );
}

/** A target without any would have all the time. */
const LEAST = 1000;
