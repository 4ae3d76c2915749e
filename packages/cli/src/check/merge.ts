import { printable } from "@core/bytes";
import type { ProgramCheck } from "@core/check";
import { CommandError, Exit, withPath } from "../common/exit.js";
import { readText } from "../common/files.js";
import type { PairLine, ProgramLine } from "./json-report.js";
import {
  createReport,
  type KernelEntry,
  type ObjectEntry,
  type PackedResult,
  type Pair,
  packResult,
  type Report,
  type Shard,
} from "./model.js";
import { parseJson, validate } from "./schema.js";

/** What `--reporter json` wrote. */
interface ReportFile {
  readonly tool: { readonly version: string };
  readonly shard: Shard | null;
  readonly pending: readonly string[];
  readonly objects: readonly ObjectEntry[];
  readonly kernels: readonly KernelEntry[];
  readonly pairs: readonly PairLine[];
  readonly programs: readonly ProgramLine[];
}

/** Reads back what `--reporter json` wrote. */
export function readReport(path: string): Report {
  const text = withPath(path, () => readText(path));
  const file = validate<ReportFile>(path, parseJson(path, text), "report");
  const pairs = new Map<string, Map<string, Omit<Pair, "programs"> & { programs: ProgramCheck[] }>>();
  for (const { name } of file.kernels) pairs.set(name, new Map());
  for (const { kernel, ...pair } of file.pairs)
    pairs.get(kernel)?.set(pair.object, { ...pair, programs: [] });
  for (const { object, kernel, ...program } of file.programs)
    pairs.get(kernel)?.get(object)?.programs.push(program);
  const { shard, pending, objects } = file;
  const kernels = file.kernels.map((kernel) =>
    packResult({ kernel, pairs: [...(pairs.get(kernel.name)?.values() ?? [])] }),
  );
  return createReport({ tool: file.tool.version, shard, pending, objects, kernels });
}

/** A report, and what it is called when it does not fit. */
export interface Part {
  readonly path: string;
  readonly report: Report;
}

/**
 * The report that one run would have given. Parts that an interrupted run left out may be in another one.
 *
 * @throws CommandError for parts that are not of the same objects, kernels and version.
 */
export function mergeReports(parts: readonly Part[]): Report {
  const [first] = parts;
  if (first === undefined) throw new CommandError(Exit.usage, "nothing to merge");
  const objects = new Map<string, ObjectEntry>();
  const kernels = new Map<string, PackedResult>();
  const refuse = (path: string, what: string): never => {
    throw new CommandError(Exit.input, `${printable(path)} and ${printable(first.path)} ${what}`);
  };
  const paths = (report: Report): string => JSON.stringify(report.objects);
  for (const { path, report } of parts) {
    if (report.tool !== first.report.tool) refuse(path, "are from different versions of bpf-core");
    if (paths(report) !== paths(first.report)) refuse(path, "are not about the same objects");
    if (report.shard?.count !== first.report.shard?.count) refuse(path, "count their shards differently");
    for (const object of report.objects) objects.set(object.path, object);
    for (const result of report.kernels) {
      const { name } = result.kernel;
      const known = kernels.get(name);
      if (known !== undefined && !Buffer.from(known.bytes).equals(result.bytes))
        refuse(path, `say different things about ${printable(name)}`);
      kernels.set(name, result);
    }
  }
  const pending = new Set(parts.flatMap(({ report }) => report.pending));
  return createReport({
    tool: first.report.tool,
    shard: mergeShards(parts.flatMap(({ report }) => report.shard ?? [])),
    pending: [...pending].filter((name) => !kernels.has(name)),
    objects: [...objects.values()],
    kernels: [...kernels.values()],
  });
}

/** Null when it is all of them. */
function mergeShards(shards: readonly Shard[]): Shard | null {
  const count = shards[0]?.count ?? 1;
  const indices = [...new Set(shards.flatMap((shard) => shard.indices))].toSorted((a, b) => a - b);
  return shards.length === 0 || indices.length === count ? null : { indices, count };
}
