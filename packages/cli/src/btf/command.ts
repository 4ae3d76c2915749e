import type { Command } from "commander";
import { addCommands, type Context, type LazyCommand } from "../common/commands.js";

const COMMANDS: readonly LazyCommand[] = [
  { name: "dump", summary: "all types, as C, raw text or JSON", load: () => import("./dump.js") },
  { name: "show", summary: "one type's declaration, sizes and offsets", load: () => import("./show.js") },
  { name: "find", summary: "types by name or pattern, and who uses them", load: () => import("./find.js") },
  { name: "layout", summary: "a struct's offsets, holes and padding", load: () => import("./layout.js") },
  { name: "diff", summary: "what differs between two kernels", load: () => import("./diff.js") },
  { name: "min", summary: "the smallest BTF that relocates given objects", load: () => import("./min.js") },
  { name: "stats", summary: "what a BTF consists of", load: () => import("./stats.js") },
  {
    name: "extract",
    summary: "the BTF of an image or package, as a file",
    load: () => import("./extract.js"),
  },
];

const SOURCES = `
Sources are told apart by their content: BTF; an ELF file with a .BTF section
(vmlinux, a module, a BPF object); a kernel image such as /boot/vmlinuz-6.1.0;
a .deb or tar archive of a kernel; any of these compressed with gzip, xz, zstd,
LZ4, LZMA or bzip2; and - for standard input. Where none is named, it is the
running kernel.

Each command's --help has examples and exit codes.`;

export async function declare(command: Command, context: Context): Promise<void> {
  command
    .description("Looks at the types of kernels, modules and BPF objects.")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", SOURCES)
    .enablePositionalOptions();
  await addCommands(command, COMMANDS, context);
}
