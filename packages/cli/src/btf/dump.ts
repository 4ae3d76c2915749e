import { type Btf, withOneLineNames } from "@core/btf";
import { type Chunks, dumpC, dumpJson, dumpRaw } from "@core/btf/dump";
import { decodeUtf8 } from "@core/bytes";
import { type Command, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import type { Context } from "../common/commands.js";
import { CommandError, Exit, withPath } from "../common/exit.js";
import { titleOf } from "../common/files.js";
import { inertJson } from "../common/json.js";
import { writeOn } from "../common/output.js";
import { show } from "../common/pager.js";
import { readLayers } from "../common/sources.js";
import { addModuleOption, BASE, ROOT, type ShowOptions, SOURCE } from "./options.js";
import { colorC, printableText } from "./text.js";

interface DumpOptions extends ShowOptions {
  readonly format: "c" | "raw" | "json";
  readonly rootId?: readonly number[];
  readonly style?: "exact" | "bpftool";
  readonly unsorted?: boolean;
}

const EXAMPLES = `
Examples:
  bpf-core btf dump > vmlinux.h              the running kernel's types, as C
  bpf-core btf dump vmlinuz-6.1.0 --format raw
  bpf-core btf dump -m nf_nat --format raw   a module's own types
  bpf-core btf dump nf_nat.ko -B vmlinux     ... from files
  bpf-core btf dump linux-modules.deb -m nf_nat -B linux-binary.deb
  bpf-core btf dump a.bpf.o --root-id 7      a type and what it needs

The C compiles with clang, for x86-64 and for BPF, to types laid out as the BTF
says. With --style bpftool it is what bpftool 7.8 prints, byte for byte; so are
raw and json (its option --json), wherever they go but to a terminal, where
unprintable characters are escaped.

Exit codes:
  0  done
  2  wrong usage
  3  a file cannot be read, or is malformed`;

export function declare(command: Command, context: Context): void {
  command
    .description("Prints all types of a kernel, module or BPF object.")
    .argument("[source]", SOURCE)
    .addOption(
      new Option("-f, --format <format>", "what to print: c, raw (a record on each line) or json")
        .choices(["c", "raw", "json"])
        .default("c"),
    );
  addModuleOption(command, "print a module's types (for c with the kernel's, else alone)")
    .option("-B, --base <source>", BASE)
    .option("--root <dir>", ROOT)
    .option("--root-id <id>", "print only this type, and for c what it needs; repeatable", collectIds)
    .addOption(
      new Option(
        "--style <style>",
        "form of the C: exact, laid out as the BTF says; or bpftool, as that prints it (default: exact)",
      ).choices(["exact", "bpftool"]),
    )
    .option("--unsorted", "keep the order of the type ids, as far as C allows it")
    .option("--json", "the same as --format json")
    .option("--no-pager", "do not page what does not fit the terminal")
    .addHelpText("after", EXAMPLES)
    .action((source: string | undefined, options: DumpOptions) => runDump(source, options, context));
}

function collectIds(value: string, previous: readonly number[] = []): readonly number[] {
  if (!/^\d{1,10}$/.test(value)) throw new InvalidArgumentError("A type id is a number.");
  return [...previous, Number(value)];
}

async function runDump(source: string | undefined, options: DumpOptions, context: Context): Promise<void> {
  const { stdout } = context;
  if (options.json || options.format !== "c") {
    const option = options.style !== undefined ? "--style" : options.unsorted ? "--unsorted" : undefined;
    if (option !== undefined)
      throw new CommandError(Exit.usage, `${option} is for C, that is, for --format c`);
  }
  if ((options.module?.length ?? 0) > 1) {
    throw new CommandError(Exit.usage, "--module is given twice: the types of one are printed at a time");
  }
  const layer = (await readLayers(source, options, context)).at(-1);
  if (layer === undefined) return;
  const format = options.json ? "json" : options.format;
  withPath(titleOf(layer.path, "input"), () => {
    if (stdout.columns === undefined) {
      for (const chunk of chunksOf(layer.btf, format, options)) if (!writeOn(stdout, chunk)) return;
    } else {
      let text = "";
      // JSON escapes them.
      const btf = format === "json" ? layer.btf : withOneLineNames(layer.btf);
      for (const chunk of chunksOf(btf, format, options)) text += decodeUtf8(chunk);
      show(forTerminal(text, format, stdout.colors), context, options.pager);
    }
  });
}

function chunksOf(
  btf: Btf,
  format: DumpOptions["format"],
  { rootId, style = "exact", unsorted = false }: DumpOptions,
): Chunks {
  const roots = rootId === undefined ? {} : { rootIds: rootId };
  switch (format) {
    case "raw":
      return dumpRaw(btf, roots);
    case "json":
      return dumpJson(btf, roots);
    case "c":
      return dumpC(btf, { style, unsorted, ...roots });
  }
}

function forTerminal(text: string, format: DumpOptions["format"], colors: boolean): string {
  if (format === "json") return inertJson(text);
  return format === "c" ? colorC(printableText(text), pc.createColors(colors)) : printableText(text);
}
