import { printable } from "@core/bytes";
import type { Step } from "@core/kernel-btf";
import type { Command } from "commander";
import type { Context } from "../common/commands.js";
import { withPath } from "../common/exit.js";
import { checkNoTerminal, checkPaths, titleOf, writeBytes } from "../common/files.js";
import { jsonText } from "../common/json.js";
import { print } from "../common/output.js";
import { readSourceContent } from "../common/sources.js";
import { plural } from "./text.js";

interface ExtractOptions {
  readonly module?: string;
  readonly root?: string;
  readonly output: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  bpf-core btf extract /boot/vmlinuz-6.1.0 -o 6.1.0.btf
  bpf-core btf extract linux-image-6.1.0.deb -o 6.1.0.btf
  bpf-core btf extract linux-image-6.1.0.deb -m nf_nat -o nf_nat.btf
  bpf-core btf extract --root /mnt/image -o - | xz > image.btf.xz

Exit codes:
  0  done
  2  wrong usage
  3  a file cannot be read or written, or is malformed`;

export function declare(command: Command, context: Context): void {
  command
    .description(
      "Writes the BTF that is in an image, package, module or object, byte for byte as its .BTF section has it.",
    )
    .argument("[source]", "file that has the types, of any kind (default: the running kernel)")
    .option(
      "-m, --module <module>",
      "a module's BTF instead of the kernel's, by the name of one in the package, of the running kernel or below --root",
    )
    .option("--root <dir>", "take the newest kernel below a folder, such as a mounted image")
    .requiredOption("-o, --output <file>", "where to write it; required (- for standard output)")
    .option("--json", "print what was found as JSON")
    .addHelpText("after", EXAMPLES)
    .action((source: string | undefined, options: ExtractOptions) => runExtract(source, options, context));
}

async function runExtract(
  source: string | undefined,
  options: ExtractOptions,
  context: Context,
): Promise<void> {
  const { output, json = false } = options;
  const { stdout, stderr, kernelPaths } = context;
  checkPaths(source === undefined ? [] : [source], output, json);
  checkNoTerminal(output, stdout, "BTF");
  const { path, content } = await readSourceContent(source, options, kernelPaths);
  checkPaths([path], output, json);
  const { bytes, name, steps = [{ format: "BTF" }] } = content;
  withPath(titleOf(output, "output"), () => writeBytes(output, bytes, stdout));
  if (json) {
    const found = { name: name ?? null, steps: steps.map(stepText), size: bytes.length };
    print(stdout, jsonText({ version: 1, source: path, output, ...found }));
    return;
  }
  const way = `${titleOf(path, "input")} > ${steps.map(stepText).join(" > ")}`;
  const written = `Wrote ${printable(titleOf(output, "output"))}: ${plural(bytes.length, "byte")}.`;
  print(output === "-" ? stderr : stdout, `${printable(way)}\n${written}\n`);
}

const stepText = (step: Step): string =>
  "format" in step ? step.format : "entry" in step ? step.entry : step.section;
