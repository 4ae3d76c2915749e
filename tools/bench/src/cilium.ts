import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BenchResult, Times } from "@core/conformance";
import type { Relocated } from "@core/relocate";
import type { Inputs } from "./cases.js";

/** What `pnpm cilium` built, on this machine. */
export const BUILT = resolve(import.meta.dirname, "../build/cilium.json");

/** The program that times cilium/ebpf. */
export interface Cilium {
  /** Such as `0.22.0`. */
  readonly version: string;
  /** The Debian packages that it was built of. */
  readonly source: string;
  readonly program: string;
}

export interface CiliumResult extends BenchResult {
  /** How many of the relocations it did not poison. */
  readonly resolved: number;
}

/** Undefined where it was not built. */
export function findCilium(): Cilium | undefined {
  const cilium: Cilium | undefined = existsSync(BUILT) ? JSON.parse(readFileSync(BUILT, "utf8")) : undefined;
  return cilium && existsSync(cilium.program) ? cilium : undefined;
}

/**
 * How long cilium/ebpf takes for an object against raw BTF; undefined when it refuses one of them, or a relocation, and
 * has said so on standard error.
 */
export function benchCilium(
  { program }: Cilium,
  { target, object }: Inputs,
  runs: number,
): CiliumResult | undefined {
  const { status, error, stdout } = spawnSync(program, [String(runs), target, object], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error !== undefined) throw error;
  return status === 0 ? parseAnswer(stdout) : undefined;
}

/** Why its figures are not of the work that we did; undefined when they are. */
export function differenceOf(
  result: CiliumResult | undefined,
  { relocations }: Relocated,
): string | undefined {
  const resolved = relocations.filter(({ outcome }) => outcome.kind === "patched").length;
  if (result === undefined) return "cilium/ebpf refuses it";
  if (result.resolved === resolved) return undefined;
  return `cilium/ebpf resolves ${result.resolved} of ${result.relocations}, not ${resolved}`;
}

/** @throws TypeError when a figure is missing. */
export function parseAnswer(text: string): CiliumResult {
  const answer: Record<string, unknown> = JSON.parse(text);
  const timesOf = (step: string): Times => {
    const times = Object(answer[step]);
    return {
      first_ns: numberOf(times, "first_ns", step),
      median_ns: numberOf(times, "median_ns", step),
      min_ns: numberOf(times, "min_ns", step),
      max_ns: numberOf(times, "max_ns", step),
    };
  };
  return {
    runs: numberOf(answer, "runs"),
    relocations: numberOf(answer, "relocations"),
    resolved: numberOf(answer, "resolved"),
    whole: timesOf("whole"),
    open: timesOf("open"),
    parse: timesOf("parse"),
    relocate_cold: timesOf("relocate_cold"),
    relocate_warm: timesOf("relocate_warm"),
  };
}

function numberOf(figures: Readonly<Record<string, unknown>>, name: string, step = "the answer"): number {
  const figure = figures[name];
  if (typeof figure !== "number") throw new TypeError(`cilium/ebpf: ${step} has no ${name}`);
  return figure;
}
