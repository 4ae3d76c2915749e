import { setImmediate } from "node:timers/promises";
import type { KernelSource } from "./kernels.js";
import { type PackedResult, packResult } from "./model.js";
import type { OpenObjects } from "./objects.js";
import { ChangedError, createUnit, type UnitContext } from "./unit.js";

export type UnitAnswer = { readonly results: readonly PackedResult[] } | { readonly changed: string };

export interface RunOptions {
  /** How many kernels are in memory at a time: no more than there are. */
  readonly jobs: number;
  /** Objects that this thread has opened. */
  readonly opened: OpenObjects;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  /** Called for each source, in any order. */
  readonly onDone: (source: KernelSource, results: readonly PackedResult[]) => void;
}

/**
 * Checks all objects of the context on all kernels.
 *
 * @throws ChangedError when an object changes meanwhile.
 */
export async function checkAll(
  sources: readonly KernelSource[],
  context: UnitContext,
  options: RunOptions,
): Promise<void> {
  // Threads take memory and time to start, which one alone is not worth.
  await (options.jobs <= 1 ? checkHere : checkInThreads)(sources, context, options);
}

async function checkHere(
  sources: readonly KernelSource[],
  context: UnitContext,
  { opened, signal, onDone }: RunOptions,
): Promise<void> {
  const unit = createUnit(context, opened);
  for (const source of sources) {
    // Lets a signal in.
    await setImmediate();
    if (signal.aborted) return;
    onDone(source, unit.check(source).map(packResult));
  }
}

async function checkInThreads(
  sources: readonly KernelSource[],
  context: UnitContext,
  { jobs, signal, onDone }: RunOptions,
): Promise<void> {
  const { default: Tinypool } = await import("tinypool");
  const pool = new Tinypool({
    filename: new URL("./worker.js", import.meta.url).href,
    minThreads: jobs,
    maxThreads: jobs,
    workerData: context,
    // Less garbage at a time: it saves 25 MB a thread, and costs nothing measurable.
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  });
  try {
    await Promise.all(
      sources.map(async (source) => {
        const answer: UnitAnswer = await pool.run(source, { signal });
        if ("changed" in answer) throw new ChangedError(answer.changed);
        onDone(source, answer.results);
      }),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await pool.destroy();
  }
}
