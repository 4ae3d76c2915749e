import { release } from "node:os";
import { basename } from "node:path";
import { type Btf, BtfError, type ParseOptions, parseBtf } from "@core/btf";
import { printable } from "@core/bytes";
import type { Surroundings } from "./commands.js";
import {
  type Content,
  type Kernel,
  type Layer,
  RUNNING,
  readContent,
  type System,
  searchContent,
} from "./content.js";
import { CommandError, Exit, withPath } from "./exit.js";
import { readBytes, titleOf } from "./files.js";
import { isModuleName, locateModules, moduleName, parseModule, readModules } from "./modules.js";
import { print } from "./output.js";

/** Where a kernel's types are looked for, beside the file that is named. */
export interface SourceOptions {
  /** Files or names of modules. */
  readonly module?: readonly string[] | undefined;
  /** The file with the BTF that the source continues. */
  readonly base?: string | undefined;
  /** The folder below which a kernel is looked for. */
  readonly root?: string | undefined;
}

/** The running kernel's places; the system's unless given. */
type KernelPaths = readonly string[] | undefined;

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

const KERNEL = "vmlinux";

/** A kernel to relocate for: that in the file which is named, below `root`, or else the running one. */
export async function readTarget(
  path: string | undefined,
  root: string | undefined,
  kernelPaths: KernelPaths,
): Promise<Layer> {
  if (path === undefined) return readKernel(root, kernelPaths, NAME_A_TARGET);
  checkAlone(root);
  const content = await readContent(path);
  const btf = parseWhole(path, content.bytes, "Name its kernel with --target, and it with --module.");
  return { name: KERNEL, path, btf, warnings: content.kind === "object" ? [OBJECT_FOR_KERNEL] : [] };
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
  const { path, content, system } = await readKernelBelow(root);
  return { name: KERNEL, path, btf: withPath(path, () => parseBtf(content.bytes)), system };
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
 * module that is named, all on the same kernel. What is odd about them is told on standard error.
 */
export async function readLayers(
  path: string | undefined,
  options: SourceOptions,
  { kernelPaths, stderr }: Surroundings,
): Promise<readonly Layer[]> {
  const { module: modules = [] } = options;
  const layers = await readSource(path, options, kernelPaths);
  const [kernel] = layers;
  if (kernel === undefined) return [];
  const all = [...layers, ...(await readModules(modules, path, kernel))];
  for (const { name, warnings = [] } of all)
    for (const warning of warnings) print(stderr, `note: ${printable(`${name}: ${warning}`)}\n`);
  return all;
}

/** What {@link readLayers} would read for one kernel or module, before it is parsed. */
export async function readSourceContent(
  path: string | undefined,
  { module, root }: { readonly module?: string; readonly root?: string },
  kernelPaths: KernelPaths,
): Promise<{ readonly path: string; readonly content: Content }> {
  const below = root === undefined ? undefined : await readKernelBelow(root);
  const [named] = await locateModules(module === undefined ? [] : [module], path, below?.system);
  if (named !== undefined) return named;
  if (path !== undefined) {
    const title = titleOf(path, "input");
    // Nobody else looks at what is nothing but BTF: is it one?
    return {
      path,
      content: await searchContent(
        title,
        withPath(title, () => readBytes(path)),
        "Name a module of it with --module.",
      ),
    };
  }
  if (below !== undefined) return below;
  const kernel = await readRunningKernel(kernelPaths, NAME_A_SOURCE);
  return { path: kernel.path, content: await readContent(kernel.path) };
}

async function readSource(
  path: string | undefined,
  { base, root, module: modules = [] }: SourceOptions,
  kernelPaths: KernelPaths,
): Promise<readonly Layer[]> {
  if (path === undefined) {
    if (base !== undefined) throw new CommandError(Exit.usage, "--base needs the file whose base it is");
    return [await readKernel(root, kernelPaths, NAME_A_SOURCE)];
  }
  checkAlone(root);
  if (base !== undefined) {
    const kernel: Layer = { name: KERNEL, path: base, btf: await readBtf(base) };
    // Of a package of modules only those that are named.
    return modules.some(isModuleName) ? [kernel] : [kernel, await readSplit(path, kernel)];
  }
  if (path.startsWith(RUNNING) && path !== RUNNING_KERNEL) {
    const kernel = await readKernel(undefined, kernelPaths, NAME_A_SOURCE);
    return [kernel, await readSplit(path, kernel)];
  }
  const content = await readContent(path, "Name a module of it with --module, and its kernel with --base.");
  const name = content.kind === "object" ? basename(path) : (content.name ?? KERNEL);
  const { bytes, distilledBase } = content;
  // Without its kernel a module is shown on the part of it that it brings along, as bpftool does.
  const bases =
    distilledBase === undefined
      ? {}
      : { base: withPath(titleOf(path, "input"), () => parseBtf(distilledBase)) };
  return [{ name, path, btf: parseWhole(path, bytes, "Name its kernel's BTF with --base.", bases) }];
}

/** The file of a module. */
async function readSplit(path: string, kernel: Kernel): Promise<Layer> {
  const content = await readContent(path);
  const module = await parseModule(path, content, kernel);
  return { name: content.name ?? moduleName(path), path, ...module };
}

/** @param hint what to do about a module's, which its kernel's makes whole. */
function parseWhole(path: string, bytes: Uint8Array, hint: string, options: ParseOptions = {}): Btf {
  const title = titleOf(path, "input");
  return withPath(title, () => {
    try {
      return parseBtf(bytes, options);
    } catch (error) {
      if (!(error instanceof BtfError && error.code === "strings")) throw error;
      throw new CommandError(Exit.input, `${printable(title)}: ${error.message}\n${hint}`, error);
    }
  });
}

async function readKernelBelow(root: string): Promise<KernelBelow> {
  const { readKernelBtf } = await import("@core/kernel-btf/node");
  const { release, ...content } = withPath(root, () => readKernelBtf({ root }));
  return { path: content.path, content, system: { root, release } };
}

interface KernelBelow {
  readonly path: string;
  readonly content: Content;
  readonly system: System;
}
