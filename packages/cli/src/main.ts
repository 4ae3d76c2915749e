import { readFileSync } from "node:fs";
import { printable } from "@core/bytes";
import { Command, CommanderError } from "commander";
import pc from "picocolors";
import { CommandError, Exit } from "./exit.js";
import { type Output, print, processOutput } from "./output.js";
import { type RelocateOptions, runRelocate } from "./relocate.js";
import { kernelPaths } from "./target.js";

/** What the command finds outside itself, beside the files that are named to it and standard input. */
export interface Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Where the running kernel's BTF may be, best first. */
  readonly kernelPaths: readonly string[];
}

const systemSurroundings = (): Surroundings => ({
  stdout: processOutput(1),
  stderr: processOutput(2),
  kernelPaths: kernelPaths(),
});

const EXAMPLES = `
Examples:
  bpf-core relocate a.bpf.o                 what changes for the running kernel
  bpf-core relocate a.bpf.o -t vmlinux.btf  ... for another one
  bpf-core relocate a.bpf.o -o out.bpf.o    ... and keep the result
  bpf-core relocate a.bpf.o -v              ... with all candidates, and why not
  bpf-core relocate a.bpf.o --json          ... as data, for programs
  bpf-core relocate a.bpf.o -t <(xz -dc vmlinux.btf.xz)

Exit codes:
  0  relocated; poisoned instructions are counted and shown, but are no failure
  1  a relocation cannot be resolved (ambiguous or invalid): nothing was written
  2  wrong usage
  3  a file cannot be read or written, or is malformed`;

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "";
}

function createProgram(surroundings: Surroundings, setExitCode: (code: number) => void): Command {
  const { stdout, stderr } = surroundings;
  const program = new Command("bpf-core")
    .description("BPF CO-RE relocation, offline and explained.")
    .version(version(), "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", "\nbpf-core relocate --help has examples and exit codes.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(stdout, text),
      writeErr: (text) => print(stderr, text),
      // Its messages quote arguments as they are: they are shown below.
      outputError: () => undefined,
      getOutHelpWidth: () => stdout.columns ?? HELP_WIDTH,
      getErrHelpWidth: () => stderr.columns ?? HELP_WIDTH,
      getOutHasColors: () => stdout.colors,
      getErrHasColors: () => stderr.colors,
    });

  program
    .command("relocate")
    .summary("relocate a BPF object for a kernel")
    .description(
      "Relocates a BPF object for a kernel, as libbpf does when it loads one, and shows what that changes. " +
        "The object that -o writes is ready for that kernel: a loader needs neither CO-RE nor the kernel's BTF for it.",
    )
    .argument("<object>", "BPF object file, as clang writes it (- for standard input)")
    .option(
      "-t, --target <file>",
      "the kernel's types: raw BTF, or an ELF file with .BTF (default: the running kernel's)",
    )
    .option(
      "-m, --module <file>",
      "a kernel module's BTF, for types that the kernel itself lacks; repeatable",
      collect,
    )
    .option("-o, --output <file>", "write the relocated object (- for standard output)")
    .option("--json", "print the whole report as JSON")
    .option("-v, --verbose", "show every relocation and its candidates, in libbpf's notation")
    .addHelpText("after", EXAMPLES)
    .action((object: string, options: RelocateOptions) =>
      setExitCode(runRelocate(object, options, surroundings)),
    );
  return program;
}

const HELP_WIDTH = 80;

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

/**
 * Runs the command with its arguments, those after the script's name.
 * @returns the exit code.
 */
export function main(args: readonly string[], surroundings: Surroundings = systemSurroundings()): number {
  let exitCode: number = Exit.ok;
  const program = createProgram(surroundings, (code) => {
    exitCode = code;
  });
  try {
    program.parse(args, { from: "user" });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, surroundings.stderr);
  }
}

/** Tells what went wrong. */
function exitCodeOf(error: unknown, stderr: Output): number {
  const tell = (message: string): void =>
    print(stderr, `${pc.createColors(stderr.colors).red("error:")} ${message}\n`);
  if (error instanceof CommandError) {
    tell(error.message);
    return error.exitCode;
  }
  if (error instanceof CommanderError) {
    // The help that was asked for is no error, and that of a command without arguments needs no message.
    if (error.exitCode === 0) return Exit.ok;
    if (error.code !== "commander.help") tell(`${usageMessage(error.message)}\nTry bpf-core --help.`);
    return Exit.usage;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  tell(["this is a bug in bpf-core; please report it:", ...stack.split("\n").map(printable)].join("\n"));
  return Exit.internal;
}

/** Commander's message without its prefix, on one line, with what it quotes made printable. */
const usageMessage = (message: string): string =>
  printable(message.replace(/^error: /, "").replace(/\n(?=\(Did you mean )/, " "));
