import { accessSync, constants } from "node:fs";
import { release } from "node:os";
import { basename } from "node:path";
import { type Btf, parseBtf } from "@core/btf";
import { printable } from "@core/bytes";
import { findSection, parseElf, sectionBytes } from "@core/elf";
import { CommandError, Exit, withPath } from "./exit.js";
import { readBytes } from "./files.js";

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/** Where a running kernel's BTF may be, in libbpf's order (btf__load_vmlinux_btf). */
function kernelPaths(version: string): readonly string[] {
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

/** The file with the running kernel's BTF: the first of `paths` that can be read. */
export function findRunningKernel(paths: readonly string[] = kernelPaths(release())): string {
  const found = paths.find(isReadable);
  if (found !== undefined) return found;
  const message = [
    "failed to find the BTF of the running kernel. Looked at:",
    ...paths.map((path) => `  ${path}`),
    "Name a kernel with --target <file>: raw BTF, or an ELF file with a .BTF section such as a vmlinux.",
  ].join("\n");
  throw new CommandError(Exit.input, message);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** The BTF in a file: the file itself, or its `.BTF` section. */
export function readBtf(path: string, base?: Btf): Btf {
  return withPath(path, () => {
    const bytes = readBytes(path);
    const content = ELF_MAGIC.every((byte, i) => bytes[i] === byte) ? sectionOf(path, bytes) : bytes;
    return parseBtf(content, base === undefined ? {} : { base });
  });
}

function sectionOf(path: string, bytes: Uint8Array): Uint8Array {
  const elf = parseElf(bytes);
  const section = findSection(elf, ".BTF");
  if (section === undefined) {
    throw new CommandError(Exit.input, `${printable(path)}: an ELF file without a .BTF section`);
  }
  return sectionBytes(elf, section);
}

/** A module's name, from its file's: `nf_nat` of `lib/nf-nat.ko.btf`. */
export const moduleName = (path: string): string => basename(path).replace(/\..*$/s, "").replaceAll("-", "_");
