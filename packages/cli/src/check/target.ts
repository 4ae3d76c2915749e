import { gunzipSync } from "node:zlib";
import { printable } from "@core/bytes";
import { type KernelOptions, kallsymsOf, kconfigOf } from "@core/check";
import { readRegularFile } from "@core/kernel-btf/node/file";
import type { Surroundings } from "../common/commands.js";
import { CommandError, Exit, withPath } from "../common/exit.js";
import { findKernels, type KernelSource, runningKernel } from "./kernels.js";

/** Of every command that takes kernels. */
export interface TargetOptions {
  /** False with `--no-modules`. */
  readonly modules: boolean;
  readonly kconfig?: string;
  readonly kallsyms?: string;
}

export const KCONFIG_HELP =
  "the kernel's configuration, compressed or not, for what programs ask of it (default: config-<release> beside it; " +
  "of the running kernel also /proc/config.gz)";
export const KALLSYMS_HELP =
  "the kernel's symbols, as its /proc/kallsyms has them, for what is not in BTF (default: the running kernel's)";

/**
 * The kernels that are named, or the running one.
 *
 * @throws CommandError for a configuration or symbols of one kernel where there are several, or which are none.
 */
export function targetsOf(
  targets: readonly string[] | undefined,
  { modules, kconfig, kallsyms }: TargetOptions,
  { kernelPaths }: Surroundings,
): readonly KernelSource[] {
  const sources =
    targets === undefined ? [runningKernel(kernelPaths, modules)] : findKernels(targets, modules);
  for (const [option, path, read] of [
    ["--kconfig", kconfig, readKconfig],
    ["--kallsyms", kallsyms, readKallsyms],
  ] as const) {
    if (path === undefined) continue;
    if (sources.length > 1) {
      const hint =
        option === "--kconfig"
          ? "configurations of several are found as config-<release> beside them"
          : "name one, or check without";
      const what = `${option} is of one kernel, and there are ${sources.length}`;
      throw new CommandError(Exit.usage, `${what}; ${hint}`);
    }
    if (withPath(path, () => read(path)).size === 0)
      throw new CommandError(Exit.input, `${printable(path)}: ${EXPECTED[option]}`);
  }
  return sources.map((source) => ({
    ...source,
    kconfig: kconfig ?? source.kconfig,
    kallsyms: kallsyms ?? source.kallsyms,
  }));
}

const EXPECTED = {
  "--kconfig": "sets nothing; a kernel's configuration has lines such as CONFIG_BPF=y",
  "--kallsyms": "has no symbols; those of a kernel are lines such as those of its /proc/kallsyms",
} as const;

/** What is known of a kernel beside its types. What was found and cannot be read is not known. */
export const factsOf = ({
  kconfig,
  kallsyms,
}: KernelSource): Pick<KernelOptions, "kconfig" | "kallsyms"> => ({
  kconfig: unlessEmpty(kconfig, readKconfig),
  kallsyms: unlessEmpty(kallsyms, readKallsyms),
});

function unlessEmpty<T extends { readonly size: number }>(
  path: string | null,
  read: (path: string) => T,
): T | undefined {
  if (path === null) return undefined;
  try {
    const found = withPath(path, () => read(path));
    return found.size === 0 ? undefined : found;
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

const readKconfig = (path: string): ReadonlyMap<string, string> => kconfigOf(readText(path));
const readKallsyms = (path: string): ReadonlySet<string> => kallsymsOf(readText(path));

/** In bytes: real ones have some hundred thousand, and ten million. */
const MAX_TEXT = 256 << 20;
/** RFC 1952. */
const GZIP = [0x1f, 0x8b];

function readText(path: string): string {
  const bytes = readRegularFile(path);
  const isPacked = GZIP.every((byte, i) => bytes[i] === byte);
  return Buffer.from(isPacked ? gunzipSync(bytes, { maxOutputLength: MAX_TEXT }) : bytes).toString("latin1");
}
