import type { Command } from "commander";
import { type Context, collect } from "../common/commands.js";
import { type RelocateOptions, runRelocate } from "./run.js";

const EXAMPLES = `
Examples:
  bpf-core relocate a.bpf.o                 what changes for the running kernel
  bpf-core relocate a.bpf.o -t vmlinux.btf  ... for another one
  bpf-core relocate a.bpf.o -t /boot/vmlinuz-6.1.0-56-amd64
  bpf-core relocate a.bpf.o -t linux-image-6.1.0-56-amd64_6.1.174-1_amd64.deb
  bpf-core relocate a.bpf.o --root /mnt/image
  bpf-core relocate a.bpf.o -o out.bpf.o    ... and keep the result
  bpf-core relocate a.bpf.o -v              ... with all candidates, and why not
  bpf-core relocate a.bpf.o --json          ... as data, for programs

Exit codes:
  0  relocated; poisoned instructions are counted and shown, but are no failure
  1  a relocation cannot be resolved (ambiguous or invalid): nothing was written
  2  wrong usage
  3  a file cannot be read or written, or is malformed`;

export function declare(command: Command, context: Context): void {
  command
    .description(
      "Relocates a BPF object for a kernel, as libbpf does when it loads one, and shows what that changes. " +
        "The object that -o writes is ready for that kernel: a loader needs neither CO-RE nor the kernel's BTF for it.",
    )
    .argument("<object>", "BPF object file, as clang writes it (- for standard input)")
    .option(
      "-t, --target <file>",
      "the kernel: BTF, a kernel image, a package or archive of one, compressed or not (default: the running kernel)",
    )
    .option("--root <dir>", "take the newest kernel below a folder, such as a mounted image")
    .option(
      "-m, --module <module>",
      "a kernel module, for types that the kernel itself lacks: a file, or the name of one in the target's " +
        "package, of the running kernel or below --root; repeatable",
      collect,
    )
    .option("-o, --output <file>", "write the relocated object (- for standard output)")
    .option("--json", "print the whole report as JSON")
    .option("-v, --verbose", "show every relocation and its candidates, in libbpf's notation")
    .addHelpText("after", EXAMPLES)
    .action(async (object: string, options: RelocateOptions) =>
      context.setExitCode(await runRelocate(object, options, context)),
    );
}
