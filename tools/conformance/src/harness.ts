import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { ObjectAnswer, RelocationAnswer } from "@core/corpus";

/** Where `pnpm harness` builds. */
export const BUILD = resolve(import.meta.dirname, "../build");

/** What a build was made of, beside the programs. */
export interface BuildInfo {
  /** libbpf's version, such as `1.8`. */
  readonly libbpf: string;
  /** The Debian package that it came from. */
  readonly source: string;
  /** What would have to differ for a new build. */
  readonly inputs: string;
}

/** libbpf itself, once for each byte order: what it computes can depend on the machine it runs on. */
export interface Harness {
  readonly info: BuildInfo;
  readonly little: readonly string[];
  /** Runs under user-mode emulation; undefined where it could not be built. */
  readonly big: readonly string[] | undefined;
}

/** The path of a file, or its bytes. */
export type Input = string | Uint8Array;

export interface HarnessRelocation extends RelocationAnswer {
  /** Where the error came from: the search for candidates, the calculation, or the change of the instruction. */
  readonly stage?: "find" | "resolve" | "patch";
  /** How many candidates there were before this relocation; absent where none are looked for. */
  readonly candidates?: number;
  /** How many it left for the next one of the same local type. */
  readonly survivors?: number;
  /** libbpf's own messages, down to its debug level, when asked for. */
  readonly log?: readonly string[];
}

export interface HarnessAnswer extends ObjectAnswer<HarnessRelocation> {
  /** Every section with instructions, after all patches. */
  readonly code: Readonly<Record<string, Uint8Array>>;
}

export interface RunOptions {
  /** Split BTF on top of the target's. */
  readonly modules?: readonly Input[];
  readonly log?: boolean;
  /** libbpf does not come to an end on every malformed BTF. In milliseconds; a minute unless given. */
  readonly timeLimit?: number;
}

/** In nanoseconds; `first_ns` is the run that found nothing warm. */
export interface Times {
  readonly first_ns: number;
  readonly median_ns: number;
  readonly min_ns: number;
  readonly max_ns: number;
}

export interface BenchResult {
  readonly runs: number;
  readonly relocations: number;
  /** From two files to patched instructions. */
  readonly whole: Times;
  /** Opening the object's file. */
  readonly open: Times;
  /** Of the target's BTF, already in memory. */
  readonly parse: Times;
  /** All relocations, every candidate list looked for. */
  readonly relocate_cold: Times;
  /** All relocations with the candidate lists of the run before. */
  readonly relocate_warm: Times;
}

/** In bytes. */
const MAX_OUTPUT = 1 << 30;

/** In milliseconds. */
const TIME_LIMIT = 60_000;

const execute = promisify(execFile);

export function readBuildInfo(): BuildInfo | undefined {
  const path = join(BUILD, "info.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/**
 * The harness that `pnpm harness` built, or undefined.
 *
 * @throws Error when it is not whole and the environment says `CI=true`: a test must not be skipped there.
 */
export function findHarness(): Harness | undefined {
  const [little, big] = [join(BUILD, "harness-el"), join(BUILD, "harness-eb")];
  const info = readBuildInfo();
  const hasBig = existsSync(big);
  if (process.env["CI"] === "true" && (info === undefined || !hasBig)) {
    throw new Error(
      `the ${info === undefined ? "" : "big-endian "}libbpf harness is missing: run pnpm harness`,
    );
  }
  return info && { info, little: [little], big: hasBig ? ["qemu-s390x-static", big] : undefined };
}

/**
 * What libbpf makes of an object against a target.
 *
 * @throws Error when the target's BTF or a module's is not usable, the harness for the object's byte order is
 *   missing, or libbpf crashes or needs more than the time limit. An object that it cannot read is an answer, with `rc`.
 */
export async function runHarness(
  harness: Harness,
  object: Input,
  target: Input,
  options: RunOptions = {},
): Promise<HarnessAnswer> {
  const [answer] = await runHarnessAll(harness, [object], target, options);
  if (answer === undefined) throw new Error("the harness gave no answer");
  return answer;
}

/** {@link runHarness} for many objects of either byte order, in their order; the target is read only once. */
export async function runHarnessAll(
  harness: Harness,
  objects: readonly Input[],
  target: Input,
  { modules = [], log = false, timeLimit = TIME_LIMIT }: RunOptions = {},
): Promise<readonly HarnessAnswer[]> {
  return withPaths([target, ...modules, ...objects], async (paths) => {
    const [targetPath = "", ...others] = paths;
    const objectPaths = others.slice(modules.length);
    const options = others.slice(0, modules.length).flatMap((path) => ["--module", path]);
    if (log) options.push("--log");
    const answers = new Map<string, HarnessAnswer>();
    for (const big of [false, true]) {
      const group = objectPaths.filter((path) => isBigEndian(path) === big);
      if (group.length === 0) continue;
      for (const line of await linesOf(
        commandOf(harness, big),
        [...options, targetPath, ...group],
        timeLimit,
      )) {
        const answer = parseAnswer(line);
        answers.set(answer.object, answer);
      }
    }
    return objectPaths.flatMap((path) => answers.get(path) ?? []);
  });
}

/** What libbpf made of BTF, or what it said when it refused to. */
export type Made<T> = { readonly made: T } | { readonly refused: string };

/** `btf__distill_base`: a distilled base, and split BTF on top of that. */
export async function distillBase(
  harness: Harness,
  split: Input,
  base: Input,
): Promise<Made<{ readonly base: Uint8Array; readonly split: Uint8Array }>> {
  return makeBtf(harness, [base, split], 2, (inputs, outputs) => ["--distill", ...inputs, ...outputs]).then(
    (result) =>
      "refused" in result
        ? result
        : { made: { base: bytesAt(result.made, 0), split: bytesAt(result.made, 1) } },
  );
}

/** `btf__relocate`: split BTF on a distilled base, put on a kernel's. */
export async function rebase(
  harness: Harness,
  split: Input,
  distilledBase: Input,
  base: Input,
): Promise<Made<Uint8Array>> {
  return makeOne(harness, [distilledBase, split, base], (inputs, output) => ["--rebase", ...inputs, output]);
}

/** `btf__add_btf` of each, on top of a base if there is one, and then `btf__dedup`. */
export async function dedup(
  harness: Harness,
  inputs: readonly Input[],
  base?: Input,
): Promise<Made<Uint8Array>> {
  const all = base === undefined ? inputs : [base, ...inputs];
  return makeOne(harness, all, (paths, output) => [
    "--dedup",
    output,
    ...(base === undefined ? ["-"] : []),
    ...paths,
  ]);
}

const bytesAt = (outputs: readonly Uint8Array[], index: number): Uint8Array => {
  const bytes = outputs[index];
  if (bytes === undefined) throw new RangeError(`no output ${index}`);
  return bytes;
};

async function makeOne(
  harness: Harness,
  inputs: readonly Input[],
  args: (inputs: readonly string[], output: string) => readonly string[],
): Promise<Made<Uint8Array>> {
  const result = await makeBtf(harness, inputs, 1, (paths, [output = ""]) => args(paths, output));
  return "refused" in result ? result : { made: bytesAt(result.made, 0) };
}

/** The exit status with which the harness says that libbpf refused. */
const REFUSED = 3;

/** libbpf reads either byte order on any machine. */
async function makeBtf(
  { little: [program = ""] }: Harness,
  inputs: readonly Input[],
  outputs: number,
  args: (inputs: readonly string[], outputs: readonly string[]) => readonly string[],
): Promise<Made<readonly Uint8Array[]>> {
  return withPaths([...inputs, ...Array.from({ length: outputs }, () => new Uint8Array())], async (paths) => {
    const written = paths.slice(inputs.length);
    try {
      await execute(program, [...args(paths.slice(0, inputs.length), written)], {
        timeout: TIME_LIMIT,
        killSignal: "SIGKILL",
      });
    } catch (error) {
      const { code, stderr } = error as { code?: unknown; stderr?: unknown };
      if (code === REFUSED) return { refused: String(stderr) };
      throw error;
    }
    return { made: written.map((path) => readFileSync(path)) };
  });
}

/** How long libbpf takes for an object against raw BTF; meaningful for the host's own byte order only. */
export async function benchHarness(
  harness: Harness,
  object: string,
  target: string,
  runs: number,
): Promise<BenchResult> {
  const [line = "{}"] = await linesOf(harness.little, ["--bench", String(runs), target, object]);
  return JSON.parse(line);
}

function commandOf({ little, big }: Harness, wantsBig: boolean): readonly string[] {
  const command = wantsBig ? big : little;
  if (command === undefined) throw new Error("the big-endian libbpf harness is missing: run pnpm harness");
  return command;
}

async function linesOf(
  [program = "", ...before]: readonly string[],
  args: readonly string[],
  timeLimit = TIME_LIMIT,
) {
  const { stdout } = await execute(program, [...before, ...args], {
    maxBuffer: MAX_OUTPUT,
    timeout: timeLimit,
    killSignal: "SIGKILL",
  });
  return stdout.split("\n").filter((line) => line !== "");
}

/** By the ELF header's EI_DATA; what is no ELF goes to the host's harness, which says so. */
function isBigEndian(path: string): boolean {
  return readFileSync(path)[5] === 2;
}

function parseAnswer(line: string): HarnessAnswer {
  const raw: Omit<ObjectAnswer<HarnessRelocation>, "sections"> & { code: Record<string, string> } =
    JSON.parse(line);
  const withRecords = new Set(raw.relos.map(({ sec }) => sec));
  const code = Object.entries(raw.code).map(([name, hex]) => [name, Buffer.from(hex, "hex")] as const);
  const sections = code
    .filter(([name]) => withRecords.has(name))
    .map(([name, bytes]) => [name, createHash("sha256").update(bytes).digest("hex")] as const);
  return { ...raw, sections: Object.fromEntries(sections), code: Object.fromEntries(code) };
}

/** Calls `use` with a path for each input, those given as bytes in files that last as long as the call. */
async function withPaths<T>(inputs: readonly Input[], use: (paths: string[]) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  try {
    const paths = inputs.map((input, index) => {
      if (typeof input === "string") return input;
      const path = join(folder, String(index));
      writeFileSync(path, input);
      return path;
    });
    return await use(paths);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
