import { basename } from "node:path";
import { type Btf, BtfError, parseBtf } from "@core/btf";
import { printable } from "@core/bytes";
import type { findBtfs as FindBtfs, FoundBtf } from "@core/kernel-btf";
import { type Content, type Kernel, type Layer, RUNNING, readContent, type System } from "./content.js";
import { CommandError, Exit, withPath } from "./exit.js";
import { isFile, readBytes, titleOf } from "./files.js";
import { didYouMean } from "./near.js";

/** A module's BTF before it is parsed, and the file that it is in. */
interface Module {
  readonly path: string;
  readonly content: Content;
}

/**
 * Modules by their files, or else by their names: in the package that is named as the source, or of the kernel's own
 * system.
 */
export async function readModules(
  modules: readonly string[],
  source: string | undefined,
  kernel: Kernel,
): Promise<readonly Layer[]> {
  const found = await locateModules(modules, source, kernel.system);
  return Promise.all(
    found.map(async ({ path, content }, i) => {
      const module = modules[i] ?? path;
      const name = isModuleName(module) ? module : (content.name ?? moduleName(path));
      return { name, path, ...(await parseModule(path, content, kernel)) };
    }),
  );
}

/** The modules that {@link readModules} reads, in their order. */
export async function locateModules(
  modules: readonly string[],
  source: string | undefined,
  system: System | undefined,
): Promise<readonly Module[]> {
  const found = await findModules(modules.filter(isModuleName).map(kernelName), source, system);
  return Promise.all(
    modules.map(
      async (module) => found.get(kernelName(module)) ?? { path: module, content: await readContent(module) },
    ),
  );
}

/** Is it a module's name, and not a file? */
export const isModuleName = (module: string): boolean =>
  module !== "-" && !module.includes("/") && !isFile(module);

/** As the kernel has it. */
const kernelName = (name: string): string => name.replaceAll("-", "_");

/** A module's name, from its file's: `nf_nat` of `lib/nf-nat.ko.btf`. */
export const moduleName = (path: string): string => kernelName(basename(path).replace(/\..*$/s, ""));

/** All of the names, in one pass over what may be a large archive. @throws CommandError for one that is not there. */
async function findModules(
  names: readonly string[],
  source: string | undefined,
  system: System | undefined,
): Promise<ReadonlyMap<string, Module>> {
  const found = new Map<string, Module>();
  const wanted = new Set(names);
  if (wanted.size === 0) return found;
  const others = new Set<string>();
  const place = await placeOf(source, system);
  withPath(place.path, () => {
    for (const [name, module] of place.modules()) {
      if (wanted.delete(name)) found.set(name, module);
      else others.add(name);
      if (wanted.size === 0) break;
    }
  });
  const [missing] = wanted;
  if (missing !== undefined) throw noModule(missing, place, others);
  return found;
}

/** Where modules are looked for by name. */
interface Place {
  readonly path: string;
  /** As a message says it, printable. */
  readonly where: string;
  /** What to do where there is no module at all. */
  readonly hint: string;
  readonly modules: () => Generator<readonly [name: string, module: Module], void>;
}

async function placeOf(source: string | undefined, system: System | undefined): Promise<Place> {
  if (source !== undefined && !source.startsWith(RUNNING)) {
    const path = titleOf(source, "input");
    const { findBtfs } = await import("@core/kernel-btf");
    const hint =
      "\nWhere modules are in a package of their own, bpf-core btf extract takes one out, to be named as a file.";
    return { path, where: `in ${printable(path)}`, hint, modules: () => modulesIn(source, findBtfs) };
  }
  const { readModuleBtfs } = await import("@core/kernel-btf/node");
  const where =
    system === undefined
      ? "among those that are loaded (/sys/kernel/btf)"
      : `of kernel ${printable(system.release)} below ${printable(system.root)}`;
  return {
    path: system?.root ?? RUNNING,
    where,
    hint: "",
    *modules() {
      for (const { path, ...content } of readModuleBtfs(system)) {
        if (content.name !== undefined) yield [content.name, { path, content }];
      }
    },
  };
}

function* modulesIn(source: string, findBtfs: typeof FindBtfs): ReturnType<Place["modules"]> {
  // Standard input cannot be read twice.
  const bytes = source === "-" ? new Uint8Array() : readBytes(source);
  for (const content of findBtfs(bytes)) {
    const name = content.kind === "module" ? nameIn(content) : undefined;
    if (name !== undefined) yield [name, { path: source, content }];
  }
}

/** The name that a module gives itself, or that its file in an archive has. */
function nameIn({ name, steps }: FoundBtf): string | undefined {
  const entry = steps.flatMap((step) => ("entry" in step ? [step.entry] : [])).at(-1);
  return name ?? (entry === undefined ? undefined : moduleName(entry));
}

function noModule(name: string, { where, hint }: Place, others: ReadonlySet<string>): CommandError {
  const message = `no BTF of a module ${printable(name)} ${where}, and no file of that name`;
  return new CommandError(Exit.input, message + (others.size === 0 ? hint : didYouMean(name, others)));
}

/** A module's BTF on its kernel's. */
export async function parseModule(
  path: string,
  { bytes, distilledBase }: Content,
  kernel: Kernel,
): Promise<ModuleBtf> {
  const { formatMismatch, parseSplitBtf } = await import("@core/btf/split");
  const title = printable(titleOf(path, "input"));
  // Its ids would be taken for the kernel's.
  if (isWhole(bytes)) {
    throw new CommandError(
      Exit.input,
      `${title}: is no module's BTF: it is whole, and continues no kernel's`,
    );
  }
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

function isWhole(bytes: Uint8Array): boolean {
  try {
    parseBtf(bytes);
    return true;
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    return false;
  }
}

interface ModuleBtf {
  readonly btf: Btf;
  /** What is odd about it. */
  readonly warnings: readonly string[];
}
