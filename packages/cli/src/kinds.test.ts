import { execFileSync, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL } from "../test/run.js";

const SERIAL = resolve(import.meta.dirname, "../test/serial.js");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-core-kinds-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** For all runs of one process, in milliseconds: what takes longer waits for something. */
const TIME_LIMIT = 300_000;

/** One run of the command; and how a file changes meanwhile. */
interface Step {
  readonly args: readonly string[];
  readonly resized?: { readonly from: string; readonly path: string; readonly length: number };
}

interface Ran {
  readonly exitCode: number;
  /** Standard output and standard error. */
  readonly text: string;
}

/** Runs the command so many times, in a process of its own that may wait for nothing, and that permissions are for. */
async function runSteps(steps: readonly Step[], cache = folder): Promise<readonly Ran[]> {
  const own = [process.execPath, SERIAL];
  // Root may read anything, unless it has lost that capability.
  const [program = "", ...args] =
    process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", ...own] : own;
  const stdio: StdioOptions = ["ignore", "pipe", "inherit"];
  const env = { ...process.env, STEPS: JSON.stringify(steps), XDG_CACHE_HOME: cache };
  const child = spawn(program, args, { env, stdio, timeout: TIME_LIMIT, killSignal: "SIGKILL" });
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(child, "close");
  const ran = Buffer.concat(chunks).toString().split("\n").slice(0, -1);
  // The first that is missing is the one that came to no end.
  expect(steps[ran.length]?.args).toBeUndefined();
  return ran.map((line) => JSON.parse(line));
}

const [O, K] = [EXAMPLE, EXAMPLE_KERNEL];
const CHECK = ["--no-cache", "--jobs", "1"];

/** Every place in every command where a file is read; IN stands for it, and OUT for what is written. */
const PLACES: readonly (readonly string[])[] = [
  ["relocate", "IN", "-t", K],
  ["relocate", O, "-t", "IN"],
  ["relocate", O, "-t", K, "-m", "IN"],
  ["btf", "dump", "IN"],
  ["btf", "dump", K, "-B", "IN"],
  ["btf", "dump", K, "-m", "IN"],
  ["btf", "show", "IN", "1"],
  ["btf", "find", "IN", "*"],
  ["btf", "layout", "IN", "task_struct"],
  ["btf", "layout", K, "task_struct", "--against", "IN"],
  ["btf", "diff", "IN", K],
  ["btf", "diff", K, "IN"],
  ["btf", "diff", K, K, "-B", "IN"],
  ["btf", "min", "IN", O, "-o", "OUT"],
  ["btf", "min", K, "IN", "-o", "OUT"],
  ["btf", "min", K, O, "-m", "IN", "-o", "OUT"],
  ["btf", "stats", "IN"],
  ["btf", "extract", "IN", "-o", "OUT"],
  ["check", "IN", "-t", K, ...CHECK],
  ["check", O, "-t", "IN", ...CHECK],
  ["check", O, "-t", K, "--kconfig", "IN", ...CHECK],
  ["check", O, "-t", K, "--kallsyms", "IN", ...CHECK],
  ["check", O, "-t", K, "--allow", "IN", ...CHECK],
  ["check", O, "-t", K, "--baseline", "IN", ...CHECK],
  ["check", "merge", "IN"],
  ["check", "merge", "IN", "--allow", "IN"],
  ["explain", "IN", "-t", K],
  ["explain", O, "-t", "IN"],
  ["explain", O, "-t", K, "--kconfig", "IN"],
  ["explain", O, "-t", K, "--kallsyms", "IN"],
];

interface FileKind {
  /** Makes it. */
  readonly make: (path: string) => unknown;
  /** What is said about it. */
  readonly told: RegExp;
}

const KINDS: Readonly<Record<string, FileKind>> = {
  "a folder": {
    make: (path) => mkdirSync(path),
    told: /is a directory: name a regular file$|no (?:BPF objects|kernels) below it/m,
  },
  "a pipe": {
    make: (path) => execFileSync("mkfifo", [path]),
    told: /is a pipe: name a regular file$/m,
  },
  "a link to a pipe": {
    make(path) {
      execFileSync("mkfifo", [`${path}.target`]);
      symlinkSync(`${path}.target`, path);
    },
    told: /is a pipe: name a regular file$/m,
  },
  "a link to a device without end": {
    make: (path) => symlinkSync("/dev/zero", path),
    told: /is a device: name a regular file$/m,
  },
  "an empty file": {
    make: (path) => writeFileSync(path, ""),
    told: /is empty$|sets nothing; a kernel's|has no symbols; those of a kernel/m,
  },
  "a file that may not be read": {
    make(path) {
      copyFileSync(K, path);
      chmodSync(path, 0);
    },
    told: /permission denied$/m,
  },
  "a link to nothing": {
    make: (path) => symlinkSync("nothing", path),
    told: /no such file or directory$/m,
  },
  "a link to itself": { make: (path) => symlinkSync(path, path), told: /too many symbolic links$/m },
  "a link through a file": {
    make: (path) => symlinkSync(`${K}/x`, path),
    told: /a part of the path is no directory$/m,
  },
};

const withPaths = (args: readonly string[], path: string): readonly string[] =>
  args.map((arg) => (arg === "IN" ? path : arg === "OUT" ? join(folder, "out") : arg));

describe.each(Object.entries(KINDS))("%s where a file is meant", (kind, { make, told }) => {
  it("is named in every command's message, which says what it is", { timeout: TIME_LIMIT }, async () => {
    const path = join(folder, kind.replaceAll(" ", "-"));
    make(path);
    const ran = await runSteps(PLACES.map((args) => ({ args: withPaths(args, path) })));
    for (const [i, { exitCode, text }] of ran.entries()) {
      const where = `${PLACES[i]?.join(" ")}:\n${text}`;
      expect(exitCode, where).toBe(3);
      // Reports break their lines where the path's length has them do it.
      const whole = text.replaceAll(/\n {2}(?! )/g, " ");
      const line = whole.split("\n").find((one) => one.includes(`${path}: `));
      expect(line, where).toMatch(told);
      // As whoever did not write this program would say it.
      expect(line, where).not.toMatch(/\bE[A-Z]{3,}\b|kernel-btf: (?!is empty)/);
    }
    expect(existsSync(join(folder, "out"))).toBe(false);
  });
});

describe("among the files of a folder", () => {
  it("what is no regular file is passed over, and not waited for", async () => {
    const objects = join(folder, "objects");
    mkdirSync(join(objects, "folder.o"), { recursive: true });
    execFileSync("mkfifo", [join(objects, "pipe.o"), join(folder, "elsewhere")]);
    symlinkSync(join(folder, "elsewhere"), join(objects, "link-to-pipe.o"));
    symlinkSync("/dev/zero", join(objects, "link-to-device.o"));
    symlinkSync("nothing", join(objects, "link-to-nothing.o"));
    symlinkSync(".", join(objects, "link-to-folder"));
    writeFileSync(join(objects, "empty.o"), "");
    copyFileSync(O, join(objects, "real.o"));
    const args = ["check", objects, "-t", K, ...CHECK, "--reporter", "json"];
    const [ran] = await runSteps([{ args }]);
    const { objects: found } = JSON.parse(ran?.text ?? "");
    expect(found.map(({ path }: { path: string }) => path)).toEqual([join(objects, "real.o")]);
  });
});

it("what is no regular file is told of, and all others are checked", async () => {
  const [objects, kernels] = [join(folder, "pipe.o"), join(folder, "pipe.btf")];
  execFileSync("mkfifo", [objects, kernels]);
  const args = ["check", objects, O, "-t", kernels, K, ...CHECK, "--reporter", "json"];
  const [ran] = await runSteps([{ args }]);
  expect(ran?.exitCode).toBe(3);
  const report = JSON.parse(ran?.text ?? "");
  // By path: the report is in the order of paths, and which is first depends on where this project lies.
  const files: readonly { path: string; error: string | null }[] = [...report.objects, ...report.kernels];
  const told = "is a pipe: name a regular file";
  expect(new Map(files.map(({ path, error }) => [path, error]))).toEqual(
    new Map([
      [objects, told],
      [O, null],
      [kernels, told],
      [K, null],
    ]),
  );
  expect(report.pairs).toHaveLength(1);
});

describe("in the place of a cache's file", () => {
  it.each<[string, (path: string) => void]>([
    ["a pipe", (path) => void execFileSync("mkfifo", [path])],
    [
      "a link to a pipe",
      (path) => {
        execFileSync("mkfifo", [`${path}.target`]);
        symlinkSync(`${path}.target`, path);
      },
    ],
    ["a device", (path) => symlinkSync("/dev/zero", path)],
    ["a file that may not be read", (path) => writeFileSync(path, "", { mode: 0 })],
  ])("%s is neither read nor waited for", async (kind, put) => {
    const cache = join(folder, `cache of ${kind}`);
    mkdirSync(cache);
    const args = ["check", O, "-t", K, "--jobs", "1", "--reporter", "json"];
    const expected = await runSteps([{ args }], cache);
    const names = readdirSync(cache, { recursive: true, encoding: "utf8" });
    const file = join(cache, names.find((name) => name.endsWith(".jsonl")) ?? "");
    rmSync(file);
    put(file);
    expect(await runSteps([{ args }], cache)).toEqual(expected);
  });
});

describe("a file that changes while it is read", () => {
  // Of those where it is an object or has types.
  const NO_TYPES = ["merge", "--kconfig", "--kallsyms", "--allow", "--baseline"];
  const places = PLACES.filter((args) => !args.some((arg) => NO_TYPES.includes(arg)));

  it("is read as it was at first, or is malformed", { timeout: TIME_LIMIT }, async () => {
    const path = join(folder, "changing");
    const steps = places.flatMap((args) => {
      const at = args.indexOf("IN");
      const isObject = args[0] === "btf" ? args[1] === "min" && at === 3 : at === 1;
      const from = isObject ? O : K;
      const { size } = statSync(from);
      return [size, size + 100_000, Math.floor(size / 2), 0].map((length) => ({
        args: withPaths(args, path),
        resized: { from, path, length },
      }));
    });
    const ran = await runSteps(steps);
    for (const [i, args] of places.entries()) {
      const [same, grown, cut, emptied] = ran.slice(4 * i);
      const where = args.join(" ");
      expect(grown, where).toEqual(same);
      for (const less of [cut, emptied]) {
        expect(less?.exitCode, where).toBe(3);
        expect(less?.text, where).toContain(`${path}: `);
      }
      expect(emptied?.text, where).toMatch(/is empty$/m);
    }
  });
});
