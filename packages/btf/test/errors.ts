import { BtfError } from "../src/index.js";

/** What `action` throws, which must be a BtfError; undefined when it returns. */
export function btfErrorOf(action: () => unknown): BtfError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof BtfError) return error;
    throw error;
  }
  return undefined;
}
