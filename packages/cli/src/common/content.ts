import type { Btf } from "@core/btf";
import { printable } from "@core/bytes";
import type { FoundBtf } from "@core/kernel-btf";
import { CommandError, Exit, withPath } from "./exit.js";
import { readBytes, titleOf } from "./files.js";

/** Where a running kernel has its BTF, and its modules'. */
export const RUNNING = "/sys/kernel/btf/";

/** A BTF, and the file that it was read from. */
export interface Kernel {
  readonly path: string;
  readonly btf: Btf;
  /** Where its modules are, if that is not the running system or a package. */
  readonly system?: System;
}

/** Where a kernel that was found below a folder belongs. */
export interface System {
  readonly root: string;
  readonly release: string;
}

/** A kernel's types, or those that a module adds to them. */
export interface Layer extends Kernel {
  /** What is odd about it. */
  readonly warnings?: readonly string[];
  /** The module's, or `vmlinux`; as the input has it, not yet made printable. */
  readonly name: string;
}

/** What was found in a file; of nothing but BTF not more than its bytes. */
export type Content = Pick<FoundBtf, "bytes" | "distilledBase"> & Partial<FoundBtf>;

/**
 * The BTF's bytes. For what is nothing but BTF, the search through other formats is not loaded.
 *
 * @param ofModules what to do about a package with modules and no kernel.
 */
export async function readContent(path: string, ofModules?: string): Promise<Content> {
  const title = titleOf(path, "input");
  const bytes = withPath(title, () => readBytes(path));
  return isRawBtf(bytes) ? { bytes, distilledBase: undefined } : searchContent(title, bytes, ofModules);
}

export async function searchContent(title: string, bytes: Uint8Array, ofModules = ""): Promise<Content> {
  const { extractBtf, KernelBtfError } = await import("@core/kernel-btf");
  return withPath(title, () => {
    try {
      return extractBtf(bytes);
    } catch (error) {
      if (ofModules === "" || !(error instanceof KernelBtfError && error.code === "several")) throw error;
      throw new CommandError(Exit.input, `${printable(title)}: ${error.message}\n${ofModules}`, error);
    }
  });
}

const isRawBtf = ([first, second]: Uint8Array): boolean =>
  (first === 0x9f && second === 0xeb) || (first === 0xeb && second === 0x9f);
