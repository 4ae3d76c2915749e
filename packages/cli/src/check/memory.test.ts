import { spawnSync } from "node:child_process";
import { copyFileSync, linkSync } from "node:fs";
import { join } from "node:path";
import { findCorpus, kernelsOf } from "@core/corpus";
import { describe, expect, it } from "vitest";
import { BIN, EXAMPLE, inFolder } from "../../test/run.js";

const corpus = findCorpus();
const [kernel] = corpus === undefined ? [] : kernelsOf(corpus);
const MB = 1e6;

/** Tells the most memory that a process had, when it ends: Linux counts it. */
const TELL_MEMORY = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync } from "node:fs";
  process.on("exit", () => process._rawDebug(/VmHWM:\\s*(\\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))[1]));
`)}`;

/** The most memory of a run on a kernel under so many names, in bytes. */
function memoryOf(kernels: number, jobs: number): Promise<number> {
  return inFolder((folder) => {
    const first = join(folder, "0.btf");
    copyFileSync(kernel?.path ?? "", first);
    for (let i = 1; i < kernels; i++) linkSync(first, join(folder, `${i}.btf`));
    const args = ["check", EXAMPLE, "-t", folder, "-j", String(jobs), "--no-cache", "--fail-on", "never"];
    const { stderr, status } = spawnSync(process.execPath, ["--import", TELL_MEMORY, BIN, ...args]);
    expect(status, stderr.toString()).toBe(0);
    return 1024 * Number(stderr.toString().trim().split("\n").at(-1));
  });
}

describe.skipIf(kernel === undefined || process.platform !== "linux")("memory", () => {
  it.each([1, 2])("is taken for kernels in flight, with --jobs %i, not for all of them", async (jobs) => {
    const [few, many] = [await memoryOf(5, jobs), await memoryOf(50, jobs)];
    // Forty-five kernels have 150 MB; garbage of each worker may lie about for a while.
    expect(many - few).toBeLessThan(40 * MB * jobs);
  });
});
