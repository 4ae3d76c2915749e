import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fixturePath } from "@core/fixtures";

const BIN = resolve(import.meta.dirname, "../dist/bin.js");

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the built command as a process, without colours. */
export function bpfCore(args: readonly string[], options: { input?: Uint8Array; cwd?: string } = {}): Ran {
  const env = { ...process.env, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { env, ...options });
  return { exitCode: status, stdout, stderr: stderr.toString() };
}

export const EXAMPLE = fixturePath("objects/example-el.o");
export const EXAMPLE_KERNEL = fixturePath("targets/example-kernel.btf");

/** A folder that is gone when `use` is done. */
export function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "bpf-core-test-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
