import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { printable } from "@core/bytes";
import { type Minimized, minimize } from "@core/minimize";
import { openObject } from "@core/relocate";
import type { Command } from "commander";
import { type Context, collect } from "../common/commands.js";
import { CommandError, Exit, withPath } from "../common/exit.js";
import { checkNoTerminal, checkPaths, readBytes, titleOf, writeBytes } from "../common/files.js";
import { jsonText } from "../common/json.js";
import { print } from "../common/output.js";
import { readLayers } from "../common/sources.js";
import { plural } from "./text.js";

interface MinOptions {
  readonly output: string;
  readonly module?: readonly string[];
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  bpf-core btf min vmlinuz-6.1.0 a.bpf.o b.bpf.o -o 6.1.0.btf
  bpf-core btf min 6.1.btf a.bpf.o -m nf_nat.ko -o 6.1.0/

Exit codes:
  0  done
  2  wrong usage
  3  a file cannot be read or written, or is malformed`;

export function declare(command: Command, context: Context): void {
  command
    .description(
      "Writes the smallest BTF on which objects are relocated as on all of the kernel's, to ship with a program for " +
        "kernels that come without BTF, as bpftool gen min_core_btf does.",
    )
    .argument("<source>", "the kernel: a file of any kind that has its types")
    .argument("<object...>", "BPF object files, as clang writes them")
    .option(
      "-m, --module <module>",
      "keep what is needed of this module, too: a file, or the name of one in the package or of the running kernel; " +
        "repeatable. The output is then a folder as /sys/kernel/btf is",
      collect,
    )
    .requiredOption("-o, --output <file>", "where to write it; required (- for standard output)")
    .option("--json", "print what was written as JSON")
    .addHelpText("after", EXAMPLES)
    .action((source: string, objects: readonly string[], options: MinOptions) =>
      runMin(source, objects, options, context),
    );
}

/** A file to write. */
interface File {
  readonly path: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

async function runMin(
  source: string,
  objects: readonly string[],
  options: MinOptions,
  context: Context,
): Promise<void> {
  const { module: modules = [], output, json = false } = options;
  const inputs = [source, ...objects, ...modules];
  checkPaths(inputs, output, json);
  checkNoTerminal(output, context.stdout, "BTF");
  if (output === "-" && modules.length > 0) {
    throw new CommandError(Exit.usage, "with --module the output is a folder, and cannot be standard output");
  }
  const [kernel, ...rest] = await readLayers(source, { module: modules }, context);
  if (kernel === undefined) return;
  const opened = objects.map((path) => withPath(titleOf(path, "input"), () => openObject(readBytes(path))));
  const minimized = withPath(titleOf(source, "input"), () =>
    minimize(opened, { kernel: kernel.btf, modules: rest.map(({ name, btf }) => ({ name, btf })) }),
  );
  const files = filesOf(minimized, output, modules.length > 0);
  for (const { path } of files) checkPaths(inputs, path, json);
  if (modules.length > 0) withPath(output, () => mkdirSync(output, { recursive: true }));
  for (const { path, bytes } of files) {
    withPath(titleOf(path, "output"), () => writeBytes(path, bytes, context.stdout));
  }
  if (json) {
    const written = files.map(({ path, name, bytes }) => ({ path, name, size: bytes.length }));
    print(context.stdout, jsonText({ version: 1, source, objects, modules, files: written }));
    return;
  }
  const lines = files.map(
    ({ path, bytes }) => `Wrote ${printable(titleOf(path, "output"))}: ${plural(bytes.length, "byte")}.\n`,
  );
  print(output === "-" ? context.stderr : context.stdout, lines.join(""));
}

/** The kernel's file; or a folder with it, and one for each module that is needed. */
function filesOf({ kernel, modules }: Minimized, output: string, isFolder: boolean): readonly File[] {
  if (!isFolder) return [{ path: output, name: "vmlinux", bytes: kernel }];
  return [
    { path: join(output, "vmlinux"), name: "vmlinux", bytes: kernel },
    ...modules.map(({ name, bytes }) => {
      if (!/^\w+$/.test(name) || name === "vmlinux") {
        throw new CommandError(Exit.usage, `a module cannot be called ${printable(name) || "nothing"}`);
      }
      return { path: join(output, name), name, bytes };
    }),
  ];
}
