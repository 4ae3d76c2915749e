import { Fault, KernelBtfError } from "../src/error.js";

/** What `action` throws, which must be of this package; undefined when it returns. */
export function errorOf(action: () => unknown): KernelBtfError | Fault | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof KernelBtfError || error instanceof Fault) return error;
    throw error;
  }
  return undefined;
}
