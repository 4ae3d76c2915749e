import { readdirSync } from "node:fs";
import { release as runningRelease } from "node:os";
import { basename, join } from "node:path";
import { extractBtf, type FindOptions, type FoundBtf, KernelBtfError } from "../index.js";
import { readRegularFile } from "./file.js";
import { namesIn, resolveBelow } from "./files.js";

const SYS = "/sys/kernel/btf";

export interface KernelOptions extends FindOptions {
  /** The folder below which the system lies, such as `/mnt/image`. The running system unless given. */
  readonly root?: string;
  /** Which of its kernels, such as `6.1.0-56-amd64`. The running one, or below another root the newest, unless given. */
  readonly release?: string;
}

/** A BTF, and the file that it came from. */
export interface FoundFile extends FoundBtf {
  readonly path: string;
}

/** A kernel's BTF, and which kernel it is. */
export interface FoundKernel extends FoundFile {
  /** Such as `6.1.0-56-amd64`. Its modules are those of {@link readModuleBtfs} with this release. */
  readonly release: string;
}

/**
 * Where a kernel's BTF may be, in the order of libbpf (btf__load_vmlinux_btf), and then the places of compressed
 * kernels, which libbpf does not read. `/sys` is the running kernel's, so it is left out below another root.
 *
 * @example
 * kernelBtfPaths("6.1.0-56-amd64", "/mnt/image")[0]; // "/mnt/image/boot/vmlinux-6.1.0-56-amd64"
 */
export function kernelBtfPaths(release: string, root = "/"): readonly string[] {
  if (release.includes("/")) throw new KernelBtfError("not-found", `${release} is no kernel's release`);
  return [
    ...(root === "/" && release === runningRelease() ? [`${SYS}/vmlinux`] : []),
    ...[
      `boot/vmlinux-${release}`,
      `lib/modules/${release}/vmlinux-${release}`,
      `lib/modules/${release}/build/vmlinux`,
      `usr/lib/modules/${release}/kernel/vmlinux`,
      `usr/lib/debug/boot/vmlinux-${release}`,
      `usr/lib/debug/boot/vmlinux-${release}.debug`,
      `usr/lib/debug/lib/modules/${release}/vmlinux`,
      `boot/vmlinuz-${release}`,
      `lib/modules/${release}/vmlinuz`,
      `usr/lib/modules/${release}/vmlinuz`,
    ].map((path) => join(root, path)),
  ];
}

/** The releases of the kernels below a root, by their folders of modules and their images; the newest last. */
export function kernelReleases(root = "/"): readonly string[] {
  const images = namesIn(join(root, "boot")).flatMap((name) => /^vmlinu[xz]-(.+)$/.exec(name)?.[1] ?? []);
  const modules = ["lib/modules", "usr/lib/modules"].flatMap((path) => {
    const folder = resolveBelow(root, join(root, path));
    return folder === undefined ? [] : namesIn(folder).filter((name) => /^\d/.test(name));
  });
  const { compare } = new Intl.Collator("en", { numeric: true });
  return [...new Set([...images, ...modules])].sort(compare);
}

/**
 * The BTF of the running kernel, or of a kernel below another root. Files that are there but have no BTF are passed
 * over, as libbpf does, and so is what a link leads out of the root to.
 *
 * @throws {KernelBtfError} `not-found`, which names what was looked at.
 * @example
 * const { path, bytes } = readKernelBtf();
 */
export function readKernelBtf(options: KernelOptions = {}): FoundKernel {
  const { root = "/" } = options;
  const looked: string[] = [];
  let missing = 0;
  for (const release of releasesOf(options)) {
    for (const path of kernelBtfPaths(release, root)) {
      const real = resolveBelow(root, path);
      if (real === undefined) {
        missing++;
        continue;
      }
      try {
        const found = extractBtf(readRegularFile(real), options);
        if (found.kind === "kernel") return { ...found, path, release };
        looked.push(`${path} (no kernel's)`);
      } catch (error) {
        if (!(error instanceof KernelBtfError)) throw error;
        looked.push(`${path} (${error.message.replace("kernel-btf: ", "")})`);
      }
    }
  }
  if (looked.length + missing === 0) throw new KernelBtfError("not-found", `no kernel below ${root}`);
  const others = looked.length === 0 ? "" : `${looked.join(", ")}, and `;
  const message = `no kernel's BTF: looked at ${others}${missing} places where there is no file`;
  throw new KernelBtfError("not-found", message);
}

/** Those that the options ask for, the newest first. */
function releasesOf({ root = "/", release }: KernelOptions): readonly string[] {
  if (release !== undefined) return [release];
  return root === "/" ? [runningRelease()] : kernelReleases(root).toReversed();
}

/**
 * The BTF of modules: of those that are loaded; or, with a root or a release, of those in its folder of modules. Each
 * is split from its kernel's BTF.
 *
 * @throws {KernelBtfError} as {@link extractBtf} does, for the file it comes to. Files without BTF are passed over.
 * @example
 * for (const { name, bytes } of readModuleBtfs()) parseBtf(bytes, { base: vmlinux });
 */
export function* readModuleBtfs(options: KernelOptions = {}): Generator<FoundFile, void> {
  const { root = "/" } = options;
  if (root === "/" && options.release === undefined) {
    for (const name of namesIn(SYS)) {
      if (name === "vmlinux") continue;
      const path = join(SYS, name);
      yield { ...extractBtf(readRegularFile(path), options), name, path };
    }
    return;
  }
  const release = options.release ?? kernelReleases(root).at(-1);
  if (release === undefined) throw new KernelBtfError("not-found", `no kernel below ${root}`);
  for (const path of filesBelow(root, moduleFolder(root, release))) {
    const found = moduleIn(path, options);
    if (found !== undefined) yield { ...found, path };
  }
}

function moduleFolder(root: string, release: string): string {
  const folders = [`lib/modules/${release}`, `usr/lib/modules/${release}`].map((path) => join(root, path));
  const found = release.includes("/")
    ? undefined
    : folders.find((path) => resolveBelow(root, path) !== undefined);
  if (found === undefined) throw new KernelBtfError("not-found", `no modules at ${folders.join(" or ")}`);
  return found;
}

/** How kmod knows a module from the other files there. */
const MODULE_FILE = /\.ko(\.\w+)?$/;

/** Files of modules, at any depth. Links are not followed: the only ones there lead to a kernel's sources. */
function* filesBelow(root: string, folder: string): Generator<string, void> {
  const real = resolveBelow(root, folder);
  if (real === undefined) return;
  const entries = readdirSync(real, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(root, path);
    else if (entry.isFile() && MODULE_FILE.test(entry.name)) yield path;
  }
}

function moduleIn(path: string, options: FindOptions): FoundBtf | undefined {
  try {
    const found = extractBtf(readRegularFile(path), options);
    if (found.kind !== "module") return undefined;
    return { ...found, name: found.name ?? nameOfFile(path) };
  } catch (error) {
    const isNone = error instanceof KernelBtfError && ["no-btf", "unrecognised"].includes(error.code);
    if (isNone) return undefined;
    throw error;
  }
}

/** A module's name as its file has it: `nf_nat` of `nf-nat.ko.xz`. */
function nameOfFile(path: string): string {
  return basename(path)
    .replace(/\.ko(\..*)?$/, "")
    .replaceAll("-", "_");
}
