import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ByteOrder, fixturePath, objectPath, targetPath } from "@core/fixtures";
import { main } from "../src/index.js";

export const BIN = resolve(import.meta.dirname, "../dist/bin/bpf-core.js");

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the built command as a process, without colours. */
export function spawn(args: readonly string[], options: { input?: Uint8Array; cwd?: string } = {}): Ran {
  const env = { ...process.env, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { env, ...options });
  return { exitCode: status, stdout, stderr: stderr.toString() };
}

export interface RunOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly pager?: string;
  readonly colors?: boolean;
  readonly kernelPaths?: readonly string[];
}

/** Runs the command in this process. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { columns, rows, pager, colors = false, kernelPaths = ["/nowhere/vmlinux"] } = options;
  const chunks: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  const output = (name: "stdout" | "stderr") => ({
    write: (data: string | Uint8Array) => void chunks[name].push(Buffer.from(data)),
    colors,
    columns,
    rows,
  });
  const exitCode = await main(args, {
    stdout: output("stdout"),
    stderr: output("stderr"),
    kernelPaths,
    pager,
  });
  const stderr = Buffer.concat(chunks.stderr).toString();
  return { exitCode, stdout: Buffer.concat(chunks.stdout), stderr };
}

/** The arguments to relocate one fixture for another. */
export function pairArgs(object: string, target: string, order: ByteOrder = "little"): readonly string[] {
  return ["relocate", objectFile(object, order), "-t", targetFile(target, order)];
}

export const objectFile = (name: string, order: ByteOrder = "little"): string =>
  fixturePath(objectPath(name, order));
export const targetFile = (name: string, order: ByteOrder = "little"): string =>
  fixturePath(targetPath(name, order));

export const EXAMPLE = objectFile("example");
export const EXAMPLE_KERNEL = targetFile("example-kernel");

/** A folder that is gone when `use` is done. */
export async function inFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "bpf-core-test-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
