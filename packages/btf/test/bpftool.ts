import { spawnSync } from "node:child_process";

const MAX_OUTPUT = 2 ** 28;

function run(args: readonly string[]) {
  return spawnSync("bpftool", args, { encoding: "utf8", maxBuffer: MAX_OUTPUT });
}

export const hasBpftool = run(["version"]).status === 0;

/**
 * The lines of `bpftool btf dump file … format raw`, those of a type's elements included. Of split BTF, the types of
 * the last layer.
 */
export function bpftoolDump(path: string, basePath?: string): string[] {
  const onBase = basePath === undefined ? [] : ["--base-btf", basePath];
  const { status, stdout, stderr } = run([...onBase, "btf", "dump", "file", path, "format", "raw"]);
  if (status !== 0) throw new Error(`bpftool cannot read ${path}: ${stderr}`);
  return stdout.split("\n").slice(0, -1);
}
