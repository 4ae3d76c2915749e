import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** Collects garbage, all of it or that of young objects. */
export const collect: (options?: { readonly type: "minor" }) => void = runInNewContext("gc");
