import type { Command } from "commander";
import { KALLSYMS_HELP, KCONFIG_HELP } from "../check/target.js";
import type { Context } from "../common/commands.js";
import { type ExplainOptions, runExplain } from "./run.js";

const EXAMPLES = `
Examples:
  bpf-core explain a.bpf.o -t 6.1.btf                   all that does not load
  bpf-core explain a.bpf.o -t 6.1.btf on_exec           ... of one program
  bpf-core explain a.bpf.o -t 6.1.btf a.bpf.c:42        ... on one line
  bpf-core explain a.bpf.o -t 6.1.btf tp_btf/exec+0x40  ... at one instruction

Exit codes:
  0  what was asked for loads, or it cannot be told
  1  it does not load
  2  wrong usage
  3  a file cannot be read, or is malformed`;

export function declare(command: Command, context: Context): void {
  command
    .description(
      "Explains why programs of a BPF object do not load on a kernel: the instruction and its source line, what was " +
        "looked for, every candidate and where it failed, and what can be done.",
    )
    .argument("<object>", "BPF object file")
    .argument(
      "[place]",
      "a program or function, section+offset in bytes, or file:line (default: all that do not load)",
    )
    .option(
      "-t, --target <kernel>",
      "the kernel: BTF, a kernel image, a package or archive of one, compressed or not; or a folder that a system " +
        "lies below (default: the running kernel)",
    )
    .option("--no-modules", "do not look for the kernel's modules")
    .option("--kconfig <file>", KCONFIG_HELP)
    .option("--kallsyms <file>", KALLSYMS_HELP)
    .addHelpText("after", EXAMPLES)
    .action((object: string, place: string | undefined, options: ExplainOptions) =>
      context.setExitCode(runExplain(object, place, options, context)),
    );
}
