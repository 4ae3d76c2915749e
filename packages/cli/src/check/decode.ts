import { type Btf, parseBtf } from "@core/btf";
import { formatMismatch, parseSplitBtf } from "@core/btf/split";
import { CoreError } from "@core/bytes";
import { extractBtf, type FoundBtf, findBtfs, KernelBtfError } from "@core/kernel-btf";
import { readRegularFile } from "@core/kernel-btf/node/file";
import type { ModuleBtf } from "@core/relocate";
import { reasonOf } from "../common/exit.js";
import { archOfKernel } from "./arch.js";
import type { KernelEntry } from "./model.js";

/** What reading a kernel shows of it, whatever is checked against it. */
export interface KernelFacts extends Pick<KernelEntry, "arch" | "order" | "modules" | "notes"> {
  /** Which of several in one archive; empty for the only one. */
  readonly entry: string;
}

export interface DecodedKernel {
  readonly facts: KernelFacts;
  readonly btf: Btf;
  readonly modules: readonly ModuleBtf[];
}

/** The BTF of a module, which is parsed when its kernel's is known. */
interface FoundModule {
  readonly name: string;
  readonly found: FoundBtf;
}

/**
 * The kernels in a file, one at a time: those of an archive need not be in memory together. In an archive the modules
 * between one kernel and the next are its own, as in a package; others are read from `moduleFiles`.
 *
 * @throws CoreError for content that holds no kernel's BTF, or malformed one.
 */
export function* decodeKernels(
  bytes: Uint8Array,
  moduleFiles: readonly string[],
): Generator<DecodedKernel, void> {
  let kernel: FoundBtf | undefined;
  let isFirst = true;
  let modules: FoundModule[] = [];
  for (const found of findBtfs(bytes)) {
    if (found.kind === "module") modules.push({ name: found.name ?? nameOfEntry(found), found });
    else if (found.kind === "kernel") {
      if (kernel !== undefined) {
        yield decode(kernel, modules, moduleFiles, entryOf(kernel));
        isFirst = false;
        modules = [];
      }
      kernel = found;
    }
  }
  // Says what is there instead; and takes what was minimised for some objects, too.
  kernel ??= wholeBtf(bytes);
  yield decode(kernel, modules, moduleFiles, isFirst ? "" : entryOf(kernel));
}

/** What holds no kernel's is taken for one, unless it is known to be none. */
function wholeBtf(bytes: Uint8Array): FoundBtf {
  const found = extractBtf(bytes);
  if (found.kind !== "object") return found;
  const message =
    "a BPF object's types, not a kernel's: name objects before --target. Types that are to stand for a kernel's " +
    "take a file of their own: bpf-core btf extract";
  throw new KernelBtfError("no-btf", message, found.steps);
}

const entryOf = ({ steps }: FoundBtf): string => steps.findLast((step) => "entry" in step)?.entry ?? "";

/** `nf_nat` of `lib/modules/6.1/kernel/net/nf-nat.ko.xz`. */
const nameOfEntry = (found: FoundBtf): string => moduleNameOf(entryOf(found));

const moduleNameOf = (path: string): string =>
  path.replace(/^.*\//s, "").replace(/\..*$/s, "").replaceAll("-", "_");

function decode(
  found: FoundBtf,
  inArchive: readonly FoundModule[],
  moduleFiles: readonly string[],
  entry: string,
): DecodedKernel {
  const btf = found.btf ?? parseBtf(found.bytes);
  const modules: ModuleBtf[] = [];
  const unusable: string[] = [];
  const attempt = (name: string, step: () => FoundBtf): void => {
    try {
      const { bytes, distilledBase } = step();
      const split = parseSplitBtf(bytes, btf, distilledBase === undefined ? {} : { distilledBase });
      if (split.matches) modules.push({ name, btf: split.btf });
      else unusable.push(`${name} is another kernel's (${formatMismatch(split.mismatch).join("; ")})`);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      unusable.push(`${name} cannot be read (${reasonOf(error)})`);
    }
  };
  for (const { name, found: module } of inArchive) attempt(name, () => module);
  for (const path of moduleFiles) attempt(moduleNameOf(path), () => extractBtf(readRegularFile(path)));
  const facts: KernelFacts = {
    entry,
    arch: archOfKernel(btf) ?? null,
    order: btf.order,
    modules: modules.map(({ name }) => name).toSorted(),
    notes: unusable.length === 0 ? [] : [notesOf(unusable)],
  };
  return { facts, btf, modules };
}

const notesOf = ([first = "", ...others]: readonly string[]): string =>
  others.length === 0
    ? `module ${first}`
    : `module ${first}, and ${others.length} more modules were not used`;
