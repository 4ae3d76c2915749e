import type { Patch } from "../src/index.js";

/** Asks for 0 where 0 is. */
export const neutral: Patch = {
  original: 0n,
  value: 0n,
  poison: false,
  validate: true,
  originalSize: 0,
  size: 0,
  failMemszAdjust: false,
};

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
