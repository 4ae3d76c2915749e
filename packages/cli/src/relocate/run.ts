import { printable } from "@core/bytes";
import { openObject, type Relocated, type Report, relocate, reportOf, writeRelocated } from "@core/relocate";
import pc from "picocolors";
import type { Surroundings } from "../common/commands.js";
import { Exit, withPath } from "../common/exit.js";
import { checkPaths, readBytes, titleOf, writeBytes } from "../common/files.js";
import { jsonOf } from "../common/json.js";
import { print } from "../common/output.js";
import { type Kernel, type Layer, readBtf, readModule, readRunningKernel } from "../common/sources.js";
import { formatReport } from "./text.js";

export interface RelocateOptions {
  readonly target?: string;
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
  const { output, json = false, verbose = false, module: modules = [] } = options;
  const { stdout, stderr, kernelPaths } = surroundings;
  checkPaths([path, ...(options.target === undefined ? [] : [options.target]), ...modules], output, json);

  const object = withPath(titleOf(path, "input"), () => openObject(readBytes(path)));
  const kernel: Kernel =
    options.target === undefined
      ? await readRunningKernel(kernelPaths, NAME_A_KERNEL)
      : { path: options.target, btf: await readBtf(options.target) };
  const own: Layer[] = [];
  for (const module of modules) own.push(await readModule(module, options.target, kernel));
  const relocated = relocate(object, { kernel: kernel.btf, modules: own });

  const report = reportOf(relocated);
  const failed = report.summary.failed > 0;
  const written = failed ? undefined : output;
  if (written !== undefined) {
    withPath(titleOf(written, "output"), () => writeBytes(written, writeRelocated(relocated), stdout));
  }

  if (json) {
    const { relocations, ...numbers } = report;
    const paths = { object: path, target: kernel.path, modules, output: written ?? null };
    for (const piece of jsonOf({ version: 1, ...paths, ...numbers }, "relocations", relocations)) {
      print(stdout, piece);
    }
  } else {
    // The report must not get into an object that goes to standard output.
    const stream = output === "-" ? stderr : stdout;
    const { columns } = stream;
    const paragraphs = [
      describeInputs(path, relocated, kernel, own),
      ...formatReport(relocated, report, { colors: pc.createColors(stream.colors), columns, verbose }),
      describeOutput(report, output),
    ];
    print(stream, `${paragraphs.join("\n\n")}\n`);
  }
  return failed ? Exit.unresolved : Exit.ok;
}

const NAME_A_KERNEL = "Name a kernel with --target: its BTF, a vmlinux or vmlinuz, or a package of it.";

function describeInputs(
  path: string,
  { object }: Relocated,
  kernel: Kernel,
  modules: readonly Layer[],
): string {
  const { order } = object.elf;
  const { btf } = kernel;
  const lines = [
    `object  ${printable(titleOf(path, "input"))} (${order}-endian)`,
    `target  ${printable(titleOf(kernel.path, "input"))} (${btf.order}-endian, ${btf.endId - 1} types)`,
    ...modules.flatMap(({ name, path: file, btf: own, warnings = [] }) => [
      `module  ${printable(titleOf(file, "input"))} (${printable(name)}, ${own.endId - own.startId} types)`,
      ...warnings.map((warning) => `note    ${printable(name)}: ${warning}`),
    ]),
  ];
  if (order !== btf.order) {
    lines.push("note    object and target differ in byte order: no such kernel loads this object");
  }
  return lines.join("\n");
}

function describeOutput({ summary }: Report, output: string | undefined): string {
  if (summary.failed > 0)
    return `Nothing was written${output === undefined ? "" : ` to ${printable(output)}`}: libbpf would not load this object.`;
  if (output === undefined) return "Nothing was written: name a file with -o to keep the result.";
  return `Wrote ${printable(titleOf(output, "output"))}.`;
}
