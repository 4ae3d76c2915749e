// Boots a kernel in qemu and has the loader try objects there.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { CommandError, run } from "@core/corpus/archive";
import type { Kernel } from "./kernel.js";
import { buildLoader } from "./loader.js";
import { type LoaderLine, type LoadResult, resultOf } from "./results.js";

/** A BPF object by its bytes. */
export interface NamedObject {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What is to be loaded where. */
export interface Boot {
  readonly kernel: Kernel;
  readonly objects: readonly NamedObject[];
  /** Nothing in the guest finds the kernel's BTF. The kernel itself keeps it, as Debian builds none without. */
  readonly withoutBtf?: boolean;
  /** What libbpf relocates by instead of the kernel's own BTF, as its `btf_custom_path`. */
  readonly btf?: Uint8Array;
  /** Without a word from the guest for as long as this, in milliseconds, it is given up. */
  readonly patience?: number;
}

/** No program of the corpus takes a tenth of it, on a machine that does nothing else. */
const PATIENCE = 300_000;
const MEMORY = "1G";
const CONSOLE_TAIL = 2000;

/** The processor is emulated: that works on every machine, and costs most where nothing is waited for. */
const QEMU = [
  ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
  ...["-machine", "pc,accel=tcg", "-cpu", "max", "-smp", "1", "-m", MEMORY],
];

/**
 * Boots the kernel with nothing but the loader, which tries every program of every object alone, and attaches none.
 *
 * @throws CommandError when qemu is missing, the guest falls silent, or it ends before it has tried everything.
 */
export async function bootAndLoad(boot: Boot): Promise<readonly LoadResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "boot-"));
  try {
    const initramfs = join(folder, "initramfs");
    writeFileSync(initramfs, await packInitramfs(boot, folder));
    return await runGuest(boot, initramfs, join(folder, "console"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A cpio archive with the loader, which the kernel starts as its first process, and all that it reads. */
async function packInitramfs({ kernel, objects, btf }: Boot, folder: string): Promise<Uint8Array> {
  const root = join(folder, "root");
  for (const below of ["objects", "boot"]) mkdirSync(join(root, below), { recursive: true });
  copyFileSync(await buildLoader(), join(root, "init"));
  copyFileSync(kernel.config, join(root, "boot", `config-${kernel.release}`));
  for (const [index, { bytes }] of objects.entries()) writeFileSync(join(root, "objects", `${index}`), bytes);
  if (btf !== undefined) writeFileSync(join(root, "btf"), btf);
  const names = [
    ...["init", "boot", `boot/config-${kernel.release}`, "objects"],
    ...objects.map((_, index) => `objects/${index}`),
    ...(btf === undefined ? [] : ["btf"]),
  ];
  return run("cpio", ["-o", "-H", "newc", "--quiet"], { cwd: root, input: Buffer.from(names.join("\n")) });
}

async function runGuest(boot: Boot, initramfs: string, consoleFile: string): Promise<readonly LoadResult[]> {
  const { kernel, objects, withoutBtf = false, patience = PATIENCE } = boot;
  // Addresses that a program asks for are the same at every boot; and on a busy machine the timer that the kernel
  // waits for at first may come too late.
  const append = `console=ttyS0 panic=-1 quiet nokaslr no_timer_check -- ${withoutBtf ? "hide-btf" : ""}`;
  const guest = spawn(
    "setpriv",
    [
      // Whatever becomes of this process, the guest does not outlive it.
      ...["--pdeathsig", "KILL", "qemu-system-x86_64"],
      ...[...QEMU, "-kernel", kernel.image, "-initrd", initramfs, "-append", append],
      ...["-serial", `file:${consoleFile}`],
      ...["-chardev", "stdio,id=results,signal=off", "-serial", "chardev:results"],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = endOf(guest);
  const names = objects.map(({ name }) => name);
  const results: LoadResult[] = [];
  let opening = "no object";
  let isDone = false;
  let end = "ended";
  const giveUp = () => {
    end = `said nothing for ${patience / 1000} seconds`;
    guest.kill("SIGKILL");
  };
  let timer = setTimeout(giveUp, patience);
  for await (const text of createInterface({ input: guest.stdout })) {
    clearTimeout(timer);
    timer = setTimeout(giveUp, patience);
    const line = parseLine(text);
    if (line === undefined) break;
    if ("done" in line) isDone = true;
    else if ("opening" in line) opening = names[line.opening] ?? opening;
    else results.push(resultOf(line, names));
  }
  clearTimeout(timer);
  guest.kill("SIGKILL");
  const complaint = await ended;
  if (isDone) return results;
  if (/failed to execute/.test(complaint))
    throw new CommandError("no qemu-system-x86_64: apt-get install qemu-system-x86");
  const last = results.at(-1);
  const place = last?.object === opening ? `${opening}, after ${last.program}` : opening;
  const log = existsSync(consoleFile) ? readFileSync(consoleFile, "latin1").slice(-CONSOLE_TAIL) : "";
  throw new CommandError(`${kernel.release} ${end} at ${place}\n${complaint}${log}`.trimEnd());
}

/** A line of the guest's; undefined when it was cut off. */
function parseLine(text: string): LoaderLine | { opening: number } | { done: true } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What qemu itself had to say, when it has ended or could not be started. */
function endOf(guest: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  return new Promise((resolve) => {
    let complaint = "";
    guest.stderr.on("data", (text) => {
      complaint += text;
    });
    guest.on("close", () => resolve(complaint));
    guest.on("error", ({ message }) => resolve(message));
  });
}
