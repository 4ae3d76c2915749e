import { release } from "node:os";
import { basename } from "node:path";
import { type Btf, BtfError, parseBtf } from "@core/btf";
import { printable } from "@core/bytes";
import { findSection, parseElf, sectionBytes } from "@core/elf";
import { CommandError, Exit, withPath } from "./exit.js";
import { readBytes, titleOf } from "./files.js";

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/** Where a running kernel's BTF may be, in libbpf's order (btf__load_vmlinux_btf). */
export function kernelPaths(version: string = release()): readonly string[] {
  return [
    "/sys/kernel/btf/vmlinux",
    `/boot/vmlinux-${version}`,
    `/lib/modules/${version}/vmlinux-${version}`,
    `/lib/modules/${version}/build/vmlinux`,
    `/usr/lib/modules/${version}/kernel/vmlinux`,
    `/usr/lib/debug/boot/vmlinux-${version}`,
    `/usr/lib/debug/boot/vmlinux-${version}.debug`,
    `/usr/lib/debug/lib/modules/${version}/vmlinux`,
  ];
}

/** A kernel's BTF, and the file that it was read from. */
export interface Kernel {
  readonly path: string;
  readonly btf: Btf;
}

/** The running kernel's BTF: that of the first of `paths` that has any. */
export function readRunningKernel(paths: readonly string[]): Kernel {
  const reasons: string[] = [];
  for (const path of paths) {
    try {
      return { path, btf: readBtf(path) };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      reasons.push(`  ${error.message}`);
    }
  }
  const message = ["the running kernel's BTF is not to be found:", ...reasons, NAME_A_KERNEL].join("\n");
  throw new CommandError(Exit.input, message);
}

const NAME_A_KERNEL = "Name a kernel with --target: raw BTF, or an ELF file with a .BTF section.";

/** The BTF in a file: the file itself, or its `.BTF` section. */
export function readBtf(path: string): Btf {
  const title = titleOf(path, "input");
  return withPath(title, () => {
    const content = contentOf(title, readBytes(path));
    try {
      return parseBtf(content);
    } catch (error) {
      if (!(error instanceof BtfError && error.code === "magic")) throw error;
      const message = `${printable(title)}: neither raw BTF nor an ELF file`;
      throw new CommandError(Exit.input, message, error);
    }
  });
}

/** The BTF of a module, which continues its kernel's. */
export function readModule(path: string, kernel: Kernel): Btf {
  const title = titleOf(path, "input");
  return withPath(title, () => {
    const content = contentOf(title, readBytes(path));
    try {
      return parseBtf(content, { base: kernel.btf });
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      const question = `is it the BTF of a module, and of one of the kernel in ${printable(kernel.path)}?`;
      throw new CommandError(Exit.input, `${printable(title)}: ${error.message}; ${question}`, error);
    }
  });
}

function contentOf(title: string, bytes: Uint8Array): Uint8Array {
  if (!ELF_MAGIC.every((byte, i) => bytes[i] === byte)) return bytes;
  const elf = parseElf(bytes);
  const refuse = (what: string): never => {
    throw new CommandError(Exit.input, `${printable(title)}: ${what}`);
  };
  // What continues a distilled base continues no kernel until the two were matched.
  if (findSection(elf, ".BTF.base") !== undefined)
    return refuse("types on a distilled base (.BTF.base), which is not supported");
  const section = findSection(elf, ".BTF");
  return section === undefined ? refuse("an ELF file without a .BTF section") : sectionBytes(elf, section);
}

/** A module's name, from its file's: `nf_nat` of `lib/nf-nat.ko.btf`. */
export const moduleName = (path: string): string => basename(path).replace(/\..*$/s, "").replaceAll("-", "_");
