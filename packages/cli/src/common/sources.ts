import { existsSync } from "node:fs";
import { release } from "node:os";
import { basename } from "node:path";
import { type Btf, BtfError, parseBtf } from "@core/btf";
import { printable } from "@core/bytes";
import type { FoundBtf } from "@core/kernel-btf";
import { CommandError, Exit, withPath } from "./exit.js";
import { readBytes, titleOf } from "./files.js";

/** A BTF, and the file that it was read from. */
export interface Kernel {
  readonly path: string;
  readonly btf: Btf;
}

/** A kernel's types, or those that a module adds to them. */
export interface Layer extends Kernel {
  /** What is odd about it. */
  readonly warnings?: readonly string[];
  /** The module's, or `vmlinux`; as the input has it, not yet made printable. */
  readonly name: string;
}

/** Where a kernel's types are looked for, beside the file that is named. */
export interface SourceOptions {
  /** Files or names of modules. */
  readonly module?: readonly string[];
  /** The file with the BTF that the source continues. */
  readonly base?: string;
  /** The folder below which a kernel is looked for. */
  readonly root?: string;
}

/** The running kernel's places; the system's unless given. */
type KernelPaths = readonly string[] | undefined;

const RUNNING = "/sys/kernel/btf/";
const RUNNING_KERNEL = `${RUNNING}vmlinux`;

/** Where a running kernel's BTF may be. What comes after the first place takes loading. */
async function* systemPaths(): AsyncGenerator<string, void> {
  yield RUNNING_KERNEL;
  const { kernelBtfPaths } = await import("@core/kernel-btf/node");
  for (const path of kernelBtfPaths(release())) if (path !== RUNNING_KERNEL) yield path;
}

/** The running kernel's BTF: that of the first of `paths` that has any. `hint` says how to name another. */
async function readRunningKernel(paths: KernelPaths, hint: string): Promise<Kernel> {
  const reasons: string[] = [];
  for await (const path of paths ?? systemPaths()) {
    try {
      return { path, btf: await readBtf(path) };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      reasons.push(`  ${error.message}`);
    }
  }
  const message = ["the running kernel's BTF is not to be found:", ...reasons, hint].join("\n");
  throw new CommandError(Exit.input, message);
}

/** The BTF in a file of any kind: the file itself, or what is in it. */
async function readBtf(path: string): Promise<Btf> {
  const { bytes } = await readContent(path);
  return withPath(titleOf(path, "input"), () => parseBtf(bytes));
}

/** A module's BTF on its kernel's. */
async function parseModule(
  path: string,
  { bytes, distilledBase }: Content,
  kernel: Kernel,
): Promise<ModuleBtf> {
  const { formatMismatch, parseSplitBtf } = await import("@core/btf/split");
  const title = printable(titleOf(path, "input"));
  try {
    const split = parseSplitBtf(bytes, kernel.btf, distilledBase === undefined ? {} : { distilledBase });
    if (split.matches) return { btf: split.btf, warnings: split.warnings.map(({ message }) => message) };
    const lines = formatMismatch(split.mismatch).map(printable).join("\n");
    const message = `${title}: ${lines}\nThe kernel is that of ${printable(kernel.path)}.`;
    throw new CommandError(Exit.input, message);
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    const question = `is it the BTF of a module, and of one of the kernel in ${printable(kernel.path)}?`;
    throw new CommandError(Exit.input, `${title}: ${error.message}; ${question}`, error);
  }
}

interface ModuleBtf {
  readonly btf: Btf;
  /** What is odd about it. */
  readonly warnings: readonly string[];
}

/** What was found in a file; of nothing but BTF not more than its bytes. */
export type Content = Pick<FoundBtf, "bytes" | "distilledBase"> & Partial<FoundBtf>;

/** The BTF's bytes. For what is nothing but BTF, the search through other formats is not loaded. */
async function readContent(path: string): Promise<Content> {
  const title = titleOf(path, "input");
  const bytes = withPath(title, () => readBytes(path));
  return isRawBtf(bytes) ? { bytes, distilledBase: undefined } : searchContent(title, bytes);
}

async function searchContent(title: string, bytes: Uint8Array): Promise<Content> {
  const { extractBtf } = await import("@core/kernel-btf");
  return withPath(title, () => extractBtf(bytes));
}

const isRawBtf = ([first, second]: Uint8Array): boolean =>
  (first === 0x9f && second === 0xeb) || (first === 0xeb && second === 0x9f);

/** A module's name, from its file's: `nf_nat` of `lib/nf-nat.ko.btf`. */
export const moduleName = (path: string): string => basename(path).replace(/\..*$/s, "").replaceAll("-", "_");

const KERNEL = "vmlinux";

/** A kernel to relocate for: that in the file which is named, below `root`, or else the running one. */
export async function readTarget(
  path: string | undefined,
  root: string | undefined,
  kernelPaths: KernelPaths,
): Promise<Layer> {
  if (path === undefined) return readKernel(root, kernelPaths, NAME_A_TARGET);
  checkAlone(root);
  const { bytes, kind } = await readContent(path);
  const btf = parseWhole(path, bytes, "Name its kernel with --target, and it with --module.");
  return { name: KERNEL, path, btf, warnings: kind === "object" ? [OBJECT_FOR_KERNEL] : [] };
}

const NAME_A_TARGET = "Name a kernel with --target: its BTF, a vmlinux or vmlinuz, or a package of it.";
const OBJECT_FOR_KERNEL = "the target is a BPF object, not a kernel: did you mean to relocate for its types?";

/**
 * The kernel below `root`, or else the running one.
 *
 * @param hint how to name another than the running one.
 */
async function readKernel(root: string | undefined, kernelPaths: KernelPaths, hint: string): Promise<Layer> {
  if (root === undefined) return { name: KERNEL, ...(await readRunningKernel(kernelPaths, hint)) };
  const { path, content } = await readKernelBelow(root);
  return { name: KERNEL, path, btf: withPath(path, () => parseBtf(content.bytes)) };
}

/** @throws CommandError for a folder to look for a kernel in where a file is named. */
function checkAlone(root: string | undefined): void {
  if (root === undefined) return;
  const message = "--root is the place of a kernel, and a file is named, too: leave out one";
  throw new CommandError(Exit.usage, message);
}

const NAME_A_SOURCE = "Name a file that has it: its BTF, a vmlinux or vmlinuz, or a package of it.";

/**
 * The types that are asked for: a kernel's or other file's, behind those of its base, if it has one; then those of each
 * module that is named, all on the same kernel.
 */
export async function readLayers(
  path: string | undefined,
  options: SourceOptions,
  kernelPaths: KernelPaths,
): Promise<readonly Layer[]> {
  const { module: modules = [] } = options;
  const layers = await readSource(path, options, kernelPaths);
  const kernel = layers.at(-1);
  if (kernel === undefined) return [];
  const found: Layer[] = [...layers];
  for (const module of modules) found.push(await readModule(module, path, kernel, options.root));
  return found;
}

/** What {@link readLayers} would read for one kernel or module, before it is parsed. */
export async function readSourceContent(
  path: string | undefined,
  { module, root }: { readonly module?: string; readonly root?: string },
  kernelPaths: KernelPaths,
): Promise<{ readonly path: string; readonly content: Content }> {
  if (module !== undefined) return findModule(module.replaceAll("-", "_"), path, root);
  if (path !== undefined) {
    const title = titleOf(path, "input");
    // Nobody else looks at what is nothing but BTF: is it one?
    return {
      path,
      content: await searchContent(
        title,
        withPath(title, () => readBytes(path)),
      ),
    };
  }
  if (root !== undefined) return readKernelBelow(root);
  const kernel = await readRunningKernel(kernelPaths, NAME_A_SOURCE);
  return { path: kernel.path, content: await readContent(kernel.path) };
}

async function readSource(
  path: string | undefined,
  { base, root }: SourceOptions,
  kernelPaths: KernelPaths,
): Promise<readonly Layer[]> {
  if (path === undefined) {
    if (base !== undefined) throw new CommandError(Exit.usage, "--base needs the file whose base it is");
    return [await readKernel(root, kernelPaths, NAME_A_SOURCE)];
  }
  checkAlone(root);
  const content = await readContent(path);
  const isOfRunning = path.startsWith(RUNNING) && path !== RUNNING_KERNEL;
  if (base === undefined && !isOfRunning) {
    const name = content.kind === "object" ? basename(path) : (content.name ?? KERNEL);
    const btf = parseWhole(path, content.bytes, "Name its kernel's BTF with --base.");
    return [{ name, path, btf }];
  }
  const kernel =
    base === undefined
      ? await readRunningKernel(kernelPaths, NAME_A_SOURCE)
      : { path: base, btf: await readBtf(base) };
  const module = await parseModule(path, content, kernel);
  return [
    { ...kernel, name: KERNEL },
    { name: content.name ?? moduleName(path), path, ...module },
  ];
}

/** @param hint what to do about a module's, which its kernel's makes whole. */
function parseWhole(path: string, bytes: Uint8Array, hint: string): Btf {
  const title = titleOf(path, "input");
  return withPath(title, () => {
    try {
      return parseBtf(bytes);
    } catch (error) {
      if (!(error instanceof BtfError && error.code === "strings")) throw error;
      throw new CommandError(Exit.input, `${printable(title)}: ${error.message}\n${hint}`, error);
    }
  });
}

async function readKernelBelow(root: string): Promise<{ readonly path: string; readonly content: Content }> {
  const { readKernelBtf } = await import("@core/kernel-btf/node");
  const content = withPath(root, () => readKernelBtf({ root }));
  return { path: content.path, content };
}

/** A module by its file, or else by its name: in the package that its kernel is from, or of the kernel's own system. */
export async function readModule(
  module: string,
  source: string | undefined,
  kernel: Kernel,
  root: string | undefined,
): Promise<Layer> {
  if (module === "-" || module.includes("/") || existsSync(module)) {
    const content = await readContent(module);
    const name = content.name ?? moduleName(module);
    return { name, path: module, ...(await parseModule(module, content, kernel)) };
  }
  const { path, content } = await findModule(module.replaceAll("-", "_"), source, root);
  return { name: module, path, ...(await parseModule(path, content, kernel)) };
}

async function findModule(
  name: string,
  source: string | undefined,
  root: string | undefined,
): Promise<{ readonly path: string; readonly content: Content }> {
  const refuse = (where: string): CommandError =>
    new CommandError(Exit.input, `no BTF of a module ${printable(name)} ${where}, and no file of that name`);
  if (source !== undefined && !source.startsWith(RUNNING)) {
    const { findBtfs } = await import("@core/kernel-btf");
    const title = titleOf(source, "input");
    // Standard input cannot be read twice.
    const bytes = source === "-" ? new Uint8Array() : withPath(title, () => readBytes(source));
    const content = withPath(title, () => {
      for (const found of findBtfs(bytes))
        if (found.kind === "module" && nameIn(found) === name) return found;
      return undefined;
    });
    if (content === undefined) throw refuse(`in ${printable(title)}`);
    return { path: source, content };
  }
  if (root === undefined) {
    const path = RUNNING + name;
    if (!existsSync(path)) throw refuse(`in the running kernel (${path})`);
    return { path, content: await readContent(path) };
  }
  const { readModuleBtfs } = await import("@core/kernel-btf/node");
  const found = withPath(root, () => {
    for (const one of readModuleBtfs({ root })) if (one.name === name) return one;
    return undefined;
  });
  if (found === undefined) throw refuse(`below ${printable(root)}`);
  return { path: found.path, content: found };
}

/** The name that a module gives itself, or that its file in an archive has. */
function nameIn({ name, steps }: FoundBtf): string | undefined {
  const entry = steps.flatMap((step) => ("entry" in step ? [step.entry] : [])).at(-1);
  return name ?? (entry === undefined ? undefined : moduleName(entry));
}
