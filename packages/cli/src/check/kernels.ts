import { existsSync } from "node:fs";
import { release as runningRelease } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { printable } from "@core/bytes";
import { kernelBtfPaths, kernelReleases } from "@core/kernel-btf/node";
import { CommandError, Exit } from "../common/exit.js";
import { findArch } from "./arch.js";
import type { KernelEntry } from "./model.js";
import { expand, filesBelow, statOf } from "./paths.js";

/** Where to find a kernel: a file, or an archive of several. Nothing has been read of it. */
export interface KernelSource extends Pick<KernelEntry, "name" | "distro" | "version" | "arch"> {
  /** Files that may have its BTF, best first. */
  readonly paths: readonly string[];
  /** Files of its modules. */
  readonly modules: readonly string[];
  /** File of its configuration; null where none was found. */
  readonly kconfig: string | null;
  /** File of its symbols, as /proc/kallsyms; null where none was found. */
  readonly kallsyms: string | null;
}

/** A source before names were made unique; `label` is what it would like to be called. */
type Found = Omit<KernelSource, "name"> & { readonly label: string; readonly path: string };

/** Every kernel that the arguments stand for, each once and with a name of its own. */
export function findKernels(args: readonly string[], withModules: boolean): readonly KernelSource[] {
  const found = new Map<string, Found>();
  for (const argument of args) {
    for (const path of expand(argument)) {
      const kernels =
        statOf(path)?.isDirectory() === true
          ? kernelsInFolder(path, withModules)
          : [kernelFile(path, withModules)];
      if (kernels.length === 0)
        throw new CommandError(Exit.input, `${printable(path)}: no kernels below it; ${WHAT_IS_ONE}`);
      for (const kernel of kernels) found.set(resolve(kernel.path), kernel);
    }
  }
  return withUniqueNames([...found.values()]);
}

const WHAT_IS_ONE =
  "files of kernels are named *.btf, vmlinux*, vmlinuz*, *.deb or *.tar, and may be compressed. Name other files themselves";

/** The running kernel: its BTF is in the first of `paths` that has any. */
export function runningKernel(paths: readonly string[] | undefined, withModules: boolean): KernelSource {
  const release = runningRelease();
  const places = paths ?? kernelBtfPaths(release);
  const isSystem = paths === undefined;
  return {
    ...NOWHERE,
    name: release,
    paths: places.filter((path) => existsSync(path)),
    modules: withModules && isSystem ? siblings(SYS_VMLINUX) : [],
    // libbpf: bpf_object__read_kconfig_file
    kconfig: isSystem ? firstThere(`/boot/config-${release}`, "/proc/config.gz") : null,
    kallsyms: isSystem ? firstThere("/proc/kallsyms") : null,
  };
}

const firstThere = (...paths: readonly string[]): string | null =>
  paths.find((path) => existsSync(path)) ?? null;

const SYS_VMLINUX = "/sys/kernel/btf/vmlinux";

const COMPRESSED = "(?:\\.(?:xz|gz|zst|lz4|lzma|bz2))?";
const BTF_FILE = new RegExp(`\\.btf(?:\\.tar)?${COMPRESSED}$`);
const ARCHIVE = new RegExp(`\\.(?:deb|tar)${COMPRESSED}$|\\.tgz$`);
const IMAGE = /^vmlinu[xz](?:-.*)?$/;
const KERNEL_FILE = new RegExp(`${BTF_FILE.source}|${ARCHIVE.source}|${IMAGE.source}`);

function kernelsInFolder(folder: string, withModules: boolean): readonly Found[] {
  // A system, or an image of one.
  if (["boot", "lib/modules", "usr/lib/modules"].some((path) => existsSync(join(folder, path)))) {
    return kernelReleases(folder).map((release) => ofSystem(folder, release, withModules));
  }
  return filesBelow(folder, ["**/modules/**"])
    .filter((path) => KERNEL_FILE.test(basename(path)))
    .map((path) => kernelFile(path, withModules));
}

function ofSystem(root: string, release: string, withModules: boolean): Found {
  const paths = kernelBtfPaths(release, root).filter((path) => existsSync(path));
  const modules = withModules ? systemModules(root, release) : [];
  const kconfig = firstThere(
    join(root, "boot", `config-${release}`),
    join(root, "lib/modules", release, "config"),
    join(root, "usr/lib/modules", release, "config"),
  );
  return { ...NOWHERE, label: release, path: join(root, release), paths, modules, kconfig, kallsyms: null };
}

const NOWHERE = { distro: null, version: null, arch: null } as const;

function kernelFile(path: string, withModules: boolean): Found {
  const modules = withModules ? modulesBeside(path) : [];
  const release = labelOf(path);
  const beside = join(dirname(path), `config-${release}`);
  const found = {
    ...{ paths: [path], path, modules },
    ...{ kconfig: firstThere(beside, `${beside}.gz`), kallsyms: null },
  };
  const parts = resolve(path).split(sep);
  const [distro = "", version = "", arch = ""] = parts.slice(-4, -1);
  // BTFHub's form. Only an architecture in its place tells it from any other folders.
  if (parts.length > 4 && BTF_FILE.test(path) && findArch(arch) !== undefined) {
    return {
      ...found,
      label: `${distro}/${version}/${arch}/${release}`,
      distro,
      version,
      arch: findArch(arch) ?? null,
    };
  }
  return { ...found, ...NOWHERE, label: release };
}

/** A kernel's release, as far as its file's name shows it. */
const labelOf = (path: string): string => {
  const name = basename(path).replace(BTF_FILE, "").replace(ARCHIVE, "");
  return name.replace(/^vmlinu[xz]-(?=.)/, "");
};

/**
 * The release that a kernel's name or one of its folders shows, as `uname -r` says it: what programs compare
 * `LINUX_KERNEL_VERSION` with. Undefined where none does.
 */
export const releaseOf = (name: string): string | undefined =>
  name.split("/").findLast((part) => /^\d+\.\d+\.\d+/.test(part));

/** Names that are the same for every kernel. */
const GENERIC = /^(?:vmlinu[xz]|btf|kernel)$/i;

function withUniqueNames(found: readonly Found[]): readonly KernelSource[] {
  const counts = new Map<string, number>();
  for (const { label } of found) counts.set(label, (counts.get(label) ?? 0) + 1);
  return found.map(({ label, path, ...source }) => {
    const isUnique = counts.get(label) === 1 && !GENERIC.test(label);
    return { ...source, name: isUnique ? label : path };
  });
}

const MODULE_FILE = new RegExp(`\\.(?:ko|btf|ko\\.btf)${COMPRESSED}$`);

/** Where a collection or a system keeps the modules of the kernel in a file. */
function modulesBeside(path: string): readonly string[] {
  const folder = dirname(resolve(path));
  if (basename(path) === "vmlinux" && basename(folder) === "btf") return siblings(path);
  const release = labelOf(path);
  const image = IMAGE.test(basename(path));
  if (image && basename(folder) === "boot") return systemModules(dirname(folder), release);
  if (image && basename(dirname(folder)) === "modules") return modulesBelow(join(folder, "kernel"));
  return (
    [join(folder, "modules", release), join(folder, "..", "modules", release)]
      .map((candidate) => modulesBelow(candidate))
      .find((modules) => modules.length > 0) ?? []
  );
}

const systemModules = (root: string, release: string): readonly string[] =>
  [`lib/modules/${release}`, `usr/lib/modules/${release}`]
    .map((path) => modulesBelow(join(root, path, "kernel")))
    .find((modules) => modules.length > 0) ?? [];

function modulesBelow(folder: string): readonly string[] {
  return existsSync(folder) ? filesBelow(folder).filter((path) => MODULE_FILE.test(path)) : [];
}

/** The other files of `/sys/kernel/btf`, or of a copy of it. */
function siblings(vmlinux: string): readonly string[] {
  const folder = dirname(vmlinux);
  if (!existsSync(folder)) return [];
  return filesBelow(folder).filter(
    (path) => dirname(path) === folder && /^[^.]+$/.test(basename(path)) && path !== vmlinux,
  );
}
