import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Does the compiler take a layer that is changed so? What it refuses needs no test. */
export function compiles(folder, { file, changed }) {
  // Two folders down, as Stryker's own copy is, so that the layer's dependencies are found from here.
  const copy = join(folder, ".stryker-tmp/compiled");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  const isSource = (path) => !/\.(test|bench)\.ts$/.test(basename(path));
  cpSync(join(folder, "src"), join(copy, "src"), { recursive: true, filter: isSource });
  writeFileSync(join(copy, file), changed);
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify({ extends: "../../tsconfig.test.json" }));
  const tsc = join(import.meta.dirname, "../../node_modules/.bin/tsc");
  // That something is left over is no reason: whoever made the change by hand would take it away.
  const lax = [
    "--noUnusedLocals",
    "false",
    "--noUnusedParameters",
    "false",
    "--allowUnreachableCode",
    "true",
  ];
  const { status, error } = spawnSync(tsc, ["-p", copy, ...lax], { stdio: "ignore" });
  if (error !== undefined) throw error;
  rmSync(copy, { recursive: true });
  return status === 0;
}
