import Tinypool from "tinypool";
import type { KernelSource } from "./kernels.js";
import { packResult } from "./model.js";
import type { UnitAnswer } from "./run.js";
import { ChangedError, createUnit, type UnitContext } from "./unit.js";

const context: UnitContext = Tinypool.workerData;
const unit = createUnit(context);

/** What a worker thread does with each kernel. */
export default function work(source: KernelSource): UnitAnswer {
  try {
    return { results: unit.check(source).map(packResult) };
  } catch (error) {
    // Errors lose their class on the way to another thread.
    if (!(error instanceof ChangedError)) throw error;
    return { changed: error.path };
  }
}
