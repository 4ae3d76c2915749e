import type { Btf } from "@core/btf";
import { printable } from "@core/bytes";
import { openObject, type Relocated, relocate, reportOf, writeRelocated } from "@core/relocate";
import pc from "picocolors";
import { CommandError, Exit, withPath } from "./exit.js";
import { readBytes, sameFile, writeBytes } from "./files.js";
import { toJson } from "./json.js";
import { findRunningKernel, moduleName, readBtf } from "./target.js";
import { formatReport } from "./text.js";

export interface RelocateOptions {
  readonly target?: string;
  readonly module?: readonly string[];
  readonly output?: string;
  readonly json?: true;
  readonly verbose?: true;
}

/**
 * `bpf-core relocate`: reads, relocates, reports, and writes if asked to.
 * @returns the exit code.
 */
export function runRelocate(objectPath: string, options: RelocateOptions): number {
  const { output, json, module: modules = [] } = options;
  checkOutput(output, [objectPath, ...modules, ...(options.target === undefined ? [] : [options.target])]);
  if (output === "-" && json) {
    throw new CommandError(Exit.usage, "--json and -o - both want standard output: give -o a file");
  }
  const object = withPath(objectPath, () => openObject(readBytes(objectPath)));
  const targetPath = options.target ?? findRunningKernel();
  const kernel = readBtf(targetPath);
  const relocated = relocate(object, {
    kernel,
    modules: modules.map((path) => ({ name: moduleName(path), btf: readBtf(path, kernel) })),
  });

  const report = reportOf(relocated);
  const failed = report.summary.failed > 0;
  const written = output === undefined || failed ? undefined : output;
  if (written !== undefined) withPath(written, () => writeBytes(written, writeRelocated(relocated)));

  if (json) {
    const paths = { object: objectPath, target: targetPath, modules, output: written ?? null };
    process.stdout.write(toJson({ version: 1, ...paths, ...report }));
  } else {
    const text = formatReport(relocated, report, { colors: pc, verbose: options.verbose ?? false });
    const lines = [
      ...describeInputs(objectPath, relocated, targetPath, kernel),
      "",
      text,
      ...closing(output, failed),
    ];
    // The report must not get into an object that goes to standard output.
    const stream = output === "-" ? process.stderr : process.stdout;
    stream.write(`${lines.join("\n")}\n`);
  }
  return failed ? Exit.unresolved : Exit.ok;
}

/** An input is never overwritten. */
function checkOutput(output: string | undefined, inputs: readonly string[]): void {
  const same = inputs.find((input) => output !== undefined && input !== "-" && sameFile(input, output));
  if (same !== undefined) {
    throw new CommandError(
      Exit.usage,
      `-o ${printable(output ?? "")} would overwrite the input ${printable(same)}: give another file`,
    );
  }
}

function describeInputs(
  objectPath: string,
  { object }: Relocated,
  targetPath: string,
  kernel: Btf,
): string[] {
  const lines = [
    `object  ${printable(objectPath)}  (${object.elf.order}-endian)`,
    `target  ${printable(targetPath)}  (${kernel.order}-endian, ${kernel.endId - 1} types)`,
  ];
  if (object.elf.order !== kernel.order) {
    lines.push(
      "note    object and target are of different byte orders: no such kernel will load this object",
    );
  }
  return lines;
}

function closing(output: string | undefined, failed: boolean): string[] {
  if (output === undefined)
    return failed ? [] : ["Nothing was written: name a file with -o to keep the result."];
  return [failed ? `Nothing was written to ${printable(output)}.` : `Wrote ${printable(output)}.`];
}
