import { release } from "node:os";
import { basename } from "node:path";
import { type Btf, BtfError, parseBtf } from "@core/btf";
import { printable } from "@core/bytes";
import { CommandError, Exit, withPath } from "./exit.js";
import { readBytes, titleOf } from "./files.js";

/** A kernel's BTF, and the file that it was read from. */
export interface Kernel {
  readonly path: string;
  readonly btf: Btf;
}

const RUNNING_KERNEL = "/sys/kernel/btf/vmlinux";

/** Where a running kernel's BTF may be. What comes after the first place takes loading. */
async function* systemPaths(): AsyncGenerator<string, void> {
  yield RUNNING_KERNEL;
  const { kernelBtfPaths } = await import("@core/kernel-btf/node");
  for (const path of kernelBtfPaths(release())) if (path !== RUNNING_KERNEL) yield path;
}

/** The running kernel's BTF: that of the first of `paths` that has any. */
export async function readRunningKernel(paths: readonly string[] | undefined): Promise<Kernel> {
  const reasons: string[] = [];
  for await (const path of paths ?? systemPaths()) {
    try {
      return { path, btf: await readBtf(path) };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      reasons.push(`  ${error.message}`);
    }
  }
  const message = ["the running kernel's BTF is not to be found:", ...reasons, NAME_A_KERNEL].join("\n");
  throw new CommandError(Exit.input, message);
}

const NAME_A_KERNEL = "Name a kernel with --target: its BTF, a vmlinux or vmlinuz, or a package of it.";

/** The BTF in a file of any kind: the file itself, or what is in it. */
export async function readBtf(path: string): Promise<Btf> {
  const title = titleOf(path, "input");
  const { bytes } = await readContent(path);
  return withPath(title, () => parseBtf(bytes));
}

/** The BTF of a module, which continues its kernel's. */
export async function readModule(path: string, kernel: Kernel): Promise<Btf> {
  const title = printable(titleOf(path, "input"));
  const { bytes, distilledBase } = await readContent(path);
  // What continues a distilled base continues no kernel until the two were matched.
  if (distilledBase !== undefined) {
    const message = `${title}: types on a distilled base (.BTF.base), which is not supported`;
    throw new CommandError(Exit.input, message);
  }
  try {
    return parseBtf(bytes, { base: kernel.btf });
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    const question = `is it the BTF of a module, and of one of the kernel in ${printable(kernel.path)}?`;
    throw new CommandError(Exit.input, `${title}: ${error.message}; ${question}`, error);
  }
}

interface Content {
  readonly bytes: Uint8Array;
  readonly distilledBase: Uint8Array | undefined;
}

/** The BTF's bytes. For what is nothing but BTF, the search through other formats is not loaded. */
async function readContent(path: string): Promise<Content> {
  const title = titleOf(path, "input");
  const bytes = withPath(title, () => readBytes(path));
  if (bytes.length === 0) throw new CommandError(Exit.input, `${printable(title)}: is empty`);
  if (isRawBtf(bytes)) return { bytes, distilledBase: undefined };
  const { extractBtf } = await import("@core/kernel-btf");
  return withPath(title, () => extractBtf(bytes));
}

const isRawBtf = ([first, second]: Uint8Array): boolean =>
  (first === 0x9f && second === 0xeb) || (first === 0xeb && second === 0x9f);

/** A module's name, from its file's: `nf_nat` of `lib/nf-nat.ko.btf`. */
export const moduleName = (path: string): string => basename(path).replace(/\..*$/s, "").replaceAll("-", "_");
