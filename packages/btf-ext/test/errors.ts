import { BtfExtError } from "../src/index.js";

/** What `action` throws, which must be a BtfExtError; undefined when it returns. */
export function extErrorOf(action: () => unknown): BtfExtError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof BtfExtError) return error;
    throw error;
  }
  return undefined;
}
