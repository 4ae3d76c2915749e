import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findHarness, runHarness } from "@core/conformance";
import { findCorpus, kernelsOf, objectsOf } from "@core/corpus";

/** All objects of the corpus on all of its kernels; times of one core, in nanoseconds. */
export interface FleetRow {
  readonly objects: number;
  readonly kernels: number;
  /** `bpf-core check` as a process, start included: relocation, reachability and everything else. */
  readonly check: number;
  /** libbpf's harness, a process for each pair: relocation alone. */
  readonly libbpf: number | undefined;
}

const COMMAND = join(dirname(fileURLToPath(import.meta.resolve("@core/cli"))), "bin/bpf-core.js");

/** Undefined without a corpus. Objects and kernels of foreign byte order are left out. */
export async function benchFleet(): Promise<FleetRow | undefined> {
  const corpus = findCorpus();
  if (corpus === undefined) return undefined;
  const objects = objectsOf(corpus).map(({ path }) => path);
  const kernels = kernelsOf(corpus).flatMap(({ name, path }) => (name.includes("s390x") ? [] : [path]));
  const harness = findHarness();
  return {
    objects: objects.length,
    kernels: kernels.length,
    check: await timed(() => check(objects, kernels)),
    libbpf:
      harness &&
      (await timed(async () => {
        for (const kernel of kernels) {
          for (const object of objects) await runHarness(harness, object, kernel);
        }
      })),
  };
}

function check(objects: readonly string[], kernels: readonly string[]): void {
  const options = ["--jobs", "1", "--no-cache", "--arch", "any", "--fail-on", "never", "--reporter", "json"];
  const args = [COMMAND, "check", ...objects, ...options, "--target", ...kernels];
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) throw new Error(`check ended with ${status}: ${stderr}`);
}

async function timed(action: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  await action();
  return Number(process.hrtime.bigint() - start);
}

export function formatFleet({ objects, kernels, check: ours, libbpf }: FleetRow): string {
  const pairs = objects * kernels;
  const each = (ns: number): string => `${(ns / pairs / 1e6).toFixed(2)} ms a pair`;
  const peer =
    libbpf === undefined
      ? ""
      : `; libbpf's harness once per pair ${each(libbpf)}, ${(libbpf / ours).toFixed(1)} x`;
  return `check, ${objects} objects on ${kernels} kernels, one core: ${each(ours)}${peer}`;
}
