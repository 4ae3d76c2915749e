// What the fuzzing engine loads: it wants a module with a function of this name.

import type { FuzzTarget } from "./target.js";

const { target }: { readonly target: FuzzTarget } = await import(
  `./targets/${process.env["FUZZ_TARGET"]}.js`
);

export const fuzz = (data: Uint8Array): void => target.fuzz(data);
