import { printable } from "@core/bytes";
import { openObject, type Relocated, type Report, relocate, reportOf, writeRelocated } from "@core/relocate";
import pc from "picocolors";
import type { Surroundings } from "../common/commands.js";
import type { Layer } from "../common/content.js";
import { Exit, withPath } from "../common/exit.js";
import { checkNoTerminal, checkPaths, readBytes, titleOf, writeBytes } from "../common/files.js";
import { jsonOf } from "../common/json.js";
import { readModules } from "../common/modules.js";
import { print } from "../common/output.js";
import { readTarget } from "../common/sources.js";
import { formatReport } from "./text.js";

export interface RelocateOptions {
  readonly target?: string;
  readonly root?: string;
  readonly module?: readonly string[];
  readonly output?: string;
  readonly json?: true;
  readonly verbose?: true;
}

/**
 * `bpf-core relocate`: reads, relocates, writes if asked to, and reports.
 * @returns the exit code.
 */
export async function runRelocate(
  path: string,
  options: RelocateOptions,
  surroundings: Surroundings,
): Promise<number> {
  const { target, root, output, json = false, verbose = false, module: modules = [] } = options;
  const { stdout, stderr, kernelPaths } = surroundings;
  checkPaths([path, ...(target === undefined ? [] : [target]), ...modules], output, json);
  checkNoTerminal(output, stdout, "an object");

  const object = withPath(titleOf(path, "input"), () => openObject(readBytes(path)));
  const kernel = await readTarget(target, root, kernelPaths);
  const own = await readModules(modules, target, kernel);
  checkPaths(
    [kernel, ...own].map((layer) => layer.path),
    output,
    json,
  );
  const relocated = relocate(object, { kernel: kernel.btf, modules: own });

  const report = reportOf(relocated);
  const failed = report.summary.failed > 0;
  const written = failed ? undefined : output;
  if (written !== undefined) {
    withPath(titleOf(written, "output"), () => writeBytes(written, writeRelocated(relocated), stdout));
  }
  const notes = notesOf(relocated, kernel, own);

  if (json) {
    const { relocations, ...numbers } = report;
    const paths = { object: path, target: kernel.path, modules, output: written ?? null };
    for (const piece of jsonOf({ version: 1, ...paths, notes, ...numbers }, "relocations", relocations)) {
      print(stdout, piece);
    }
  } else {
    // The report must not get into an object that goes to standard output.
    const stream = output === "-" ? stderr : stdout;
    const { columns } = stream;
    const paragraphs = [
      describeInputs(path, relocated, kernel, own, notes),
      ...formatReport(relocated, report, { colors: pc.createColors(stream.colors), columns, verbose }),
      describeOutput(report, output),
    ];
    print(stream, `${paragraphs.join("\n\n")}\n`);
  }
  return failed ? Exit.unresolved : Exit.ok;
}

function describeInputs(
  path: string,
  { object }: Relocated,
  kernel: Layer,
  modules: readonly Layer[],
  notes: readonly string[],
): string {
  const { order } = object.elf;
  const { btf } = kernel;
  return [
    `object  ${printable(titleOf(path, "input"))} (${order}-endian)`,
    `target  ${printable(titleOf(kernel.path, "input"))} (${btf.order}-endian, ${btf.endId - 1} types)`,
    ...modules.map(
      ({ name, path: file, btf: own }) =>
        `module  ${printable(titleOf(file, "input"))} (${printable(name)}, ${own.endId - own.startId} types)`,
    ),
    ...notes.map((note) => `note    ${printable(note)}`),
  ].join("\n");
}

/** What is odd about the inputs; not yet made printable. */
function notesOf({ object }: Relocated, kernel: Layer, modules: readonly Layer[]): readonly string[] {
  const ofModules = modules.flatMap(({ name, warnings = [] }) =>
    warnings.map((warning) => `${name}: ${warning}`),
  );
  const isForeign = object.elf.order !== kernel.btf.order;
  return [
    ...(kernel.warnings ?? []),
    ...ofModules,
    ...(isForeign ? ["object and target differ in byte order: no such kernel loads this object"] : []),
  ];
}

function describeOutput({ summary }: Report, output: string | undefined): string {
  if (summary.failed > 0)
    return `Nothing was written${output === undefined ? "" : ` to ${printable(output)}`}: libbpf would not load this object.`;
  if (output === undefined) return "Nothing was written: name a file with -o to keep the result.";
  return `Wrote ${printable(titleOf(output, "output"))}.`;
}
