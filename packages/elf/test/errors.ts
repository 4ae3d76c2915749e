import { ElfError } from "../src/index.js";

/** What `action` throws, which must be an ElfError; undefined when it returns. */
export function elfErrorOf(action: () => unknown): ElfError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof ElfError) return error;
    throw error;
  }
  return undefined;
}
