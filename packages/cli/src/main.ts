import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import pc from "picocolors";
import { CommandError, Exit } from "./exit.js";
import { type RelocateOptions, runRelocate } from "./relocate.js";

const EXAMPLES = `
Examples:
  bpf-core relocate a.bpf.o                  what would change for the running kernel
  bpf-core relocate a.bpf.o -t vmlinux.btf   ... for another one
  bpf-core relocate a.bpf.o -o out.bpf.o     ... and keep the result
  bpf-core relocate a.bpf.o -v               ... with all candidates, and why they were not taken
  bpf-core relocate a.bpf.o --json           ... as data, for programs

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

function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command("bpf-core")
    .description("BPF CO-RE relocation, offline and explained.")
    .version(version(), "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .exitOverride()
    .showHelpAfterError("Try bpf-core --help.");

  program
    .command("relocate")
    .summary("relocate a BPF object against a kernel's types")
    .description(
      "Relocates a BPF object against a kernel's types, as libbpf does when it loads one, and shows what that " +
        "changes. The object that -o writes needs neither a CO-RE loader nor the kernel's BTF any more.",
    )
    .argument("<object>", "BPF object file, as clang writes it (- for standard input)")
    .option(
      "-t, --target <file>",
      "kernel to relocate for: raw BTF, or ELF with .BTF (default: the running kernel)",
    )
    .option(
      "-m, --module <file>",
      "BTF of a kernel module, for types that vmlinux lacks; repeatable",
      collect,
    )
    .option("-o, --output <file>", "write the relocated object (- for standard output)")
    .option("--json", "print the whole report as JSON")
    .option("-v, --verbose", "show every step, in libbpf's notation")
    .addHelpText("after", EXAMPLES)
    .action((object: string, options: RelocateOptions) => setExitCode(runRelocate(object, options)));
  return program;
}

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

/**
 * Runs the command with its arguments, those after the script's name.
 * @returns the exit code.
 */
export function main(args: readonly string[]): number {
  let exitCode: number = Exit.ok;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    program.parse(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has said what is wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.ok : Exit.usage;
    if (!(error instanceof CommandError)) throw error;
    process.stderr.write(`${pc.red("error:")} ${error.message}\n`);
    return error.exitCode;
  }
}
