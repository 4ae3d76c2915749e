import { existsSync, mkdtempSync, renameSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, run } from "@core/corpus/archive";

/** A JavaScript runtime that npm has as a package with nothing but a program in it. */
export interface Runtime {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** The program's path in the package. */
  readonly program: string;
  /** What comes before the script's path. */
  readonly args: readonly string[];
}

/** For the machines that CI has. */
export const RUNTIMES: readonly Runtime[] = [
  {
    name: "Deno",
    package: "@deno/linux-x64-glibc",
    version: "2.9.6",
    program: "deno",
    args: ["run", "--no-prompt", "--allow-read", "--allow-env", "--node-modules-dir=manual"],
  },
  { name: "Bun", package: "@oven/bun-linux-x64", version: "1.4.5", program: "bin/bun", args: [] },
];

/** Fetches a runtime, unless it was before, and gives its program's path. npm checks what it fetches. */
export function fetchRuntime(runtime: Runtime): string {
  const folder = cacheFolder("runtimes");
  const target = join(folder, `${runtime.program.replace("bin/", "")}-${runtime.version}`);
  if (!existsSync(target)) {
    const unfinished = mkdtempSync(join(folder, "unfinished-"));
    run("npm", ["pack", "--silent", `${runtime.package}@${runtime.version}`], { cwd: unfinished });
    run("sh", ["-c", "tar -xzf *.tgz"], { cwd: unfinished });
    renameSync(unfinished, target);
  }
  const program = join(target, "package", runtime.program);
  run("chmod", ["+x", program]);
  return program;
}
