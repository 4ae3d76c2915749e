import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBpftool, runBpftool } from "@core/bpftool";
import type { Job } from "./job.js";
import { findJobs } from "./jobs.js";
import { median, timed } from "./measure.js";

/** Of one job. Times in nanoseconds, of fresh processes; the median of several. */
export interface JobRow {
  readonly name: string;
  /** The job alone, in a process where no code is compiled yet. */
  readonly work: number;
  /** The whole process, from its start to its end, and one that does nothing. */
  readonly process: number;
  readonly bare: number;
  /** What bpftool takes as a process, when it does the same. */
  readonly bpftool: number | undefined;
  /** What the process needed more at its highest than before, by the size of the BTF read. */
  readonly memory: number;
}

const ROUNDS = 7;

/** Measures each job in turn with bpftool, so that a busy machine slows down both. */
export function benchJobs(): readonly JobRow[] {
  const bpftool = findBpftool();
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    return findJobs().map((job) => {
      const rounds = Array.from({ length: ROUNDS }, () => {
        const peer = bpftool && job.bpftool?.(job.files, join(folder, "out.btf"));
        const bare = timed(() => execFileSync(process.execPath, ["-e", "0"]));
        let reported = "";
        const script = join(import.meta.dirname, "job-run.js");
        const whole = timed(() => {
          reported = execFileSync(process.execPath, [script, job.name], { encoding: "utf8" });
        });
        const { ns, memory }: { ns: number; memory: number } = JSON.parse(reported);
        const theirs = bpftool && peer && timed(() => runBpftool(bpftool, peer));
        return { work: ns, process: whole, bare, bpftool: theirs, memory: memory / sizeOf(job) };
      });
      const [first] = rounds;
      const of = (figure: "work" | "process" | "bare" | "memory") =>
        median(rounds.map((round) => round[figure]));
      return {
        name: job.name,
        work: of("work"),
        process: of("process"),
        bare: of("bare"),
        bpftool: first?.bpftool && median(rounds.map((round) => round.bpftool ?? Number.NaN)),
        memory: of("memory"),
      };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const sizeOf = ({ files, kernels }: Job): number =>
  files.slice(0, kernels).reduce((sum, path) => sum + statSync(path).size, 0);

const ms = (ns: number): string => (ns / 1e6).toFixed(0);

/** A table for people. */
export function formatJobs(rows: readonly JobRow[]): readonly string[] {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return [
    `${"ms, in fresh processes".padEnd(width)}   work  process  (bare)  bpftool   work/bpftool  memory/input`,
    ...rows.map(({ name, work, process, bare, bpftool, memory }) => {
      const peer = bpftool === undefined ? ["", ""] : [ms(bpftool), `${(work / bpftool).toFixed(2)} x`];
      const [theirs = "", ratio = ""] = peer;
      return [
        name.padEnd(width),
        ms(work).padStart(6),
        ms(process).padStart(8),
        ms(bare).padStart(7),
        theirs.padStart(8),
        ratio.padStart(14),
        `${memory.toFixed(1)} x`.padStart(13),
      ].join(" ");
    }),
  ];
}
