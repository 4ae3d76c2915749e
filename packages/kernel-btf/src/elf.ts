// Where an ELF file has its BTF.

import { decodeUtf8, readerOf } from "@core/bytes";
import {
  type Elf,
  ElfError,
  findSection,
  parseElf,
  type Section,
  SHF_COMPRESSED,
  SHT_NOBITS,
  sectionBytes,
} from "@core/elf";
import type { Decoder } from "./compression/decoder.js";
import { type Compression, DECODERS, decodeZlib } from "./compression/index.js";
import { cutOff, Fault, unsupported } from "./error.js";

/** `e_machine` of BPF objects. */
const EM_BPF = 247;
const ELFCOMPRESS_ZLIB = 1;
const ELFCOMPRESS_ZSTD = 2;

/** @throws {Fault} `malformed`. */
export function readElf(bytes: Uint8Array): Elf {
  try {
    return parseElf(bytes);
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    throw new Fault("malformed", error.message, error.site.offset, error);
  }
}

export const isBpfObject = (elf: Elf): boolean => elf.machine === EM_BPF;

/** The content of a section, and how it is compressed, if it is. Undefined when it is not there. */
export interface SectionContent {
  readonly section: Section;
  readonly bytes: Uint8Array;
  readonly compression: { readonly name: Compression | "zlib"; readonly decode: Decoder } | undefined;
}

export function sectionContent(elf: Elf, name: string): SectionContent | undefined {
  const section = findSection(elf, name);
  if (section === undefined) return undefined;
  const bytes = sectionBytes(elf, section);
  if (Math.floor(section.flags / SHF_COMPRESSED) % 2 === 0) return { section, bytes, compression: undefined };
  // Elf32_Chdr, and Elf64_Chdr with a reserved word and wider sizes.
  const header = elf.class === 32 ? 12 : 24;
  if (bytes.length < header) throw cutOff(section.offset + bytes.length);
  const type = readerOf(bytes, elf.order).u32(0);
  const compressed = bytes.subarray(header);
  if (type === ELFCOMPRESS_ZLIB) {
    return { section, bytes: compressed, compression: { name: "zlib", decode: decodeZlib } };
  }
  if (type === ELFCOMPRESS_ZSTD) {
    return { section, bytes: compressed, compression: { name: "zstd", decode: DECODERS.zstd } };
  }
  throw unsupported(`section ${name} is compressed in way ${type}`);
}

/** Whether a section is there but left its content in another file, as sections of files with debug information do. */
export const isElsewhere = ({ section }: SectionContent): boolean =>
  section.type === SHT_NOBITS && section.size > 0;

/** A kernel module's own name, as `.modinfo` has it. */
export function moduleName(elf: Elf): string | undefined {
  const section = findSection(elf, ".modinfo");
  if (section === undefined) return undefined;
  const bytes = sectionBytes(elf, section);
  return decodeUtf8(bytes, 0, bytes.length)
    .split("\0")
    .find((entry) => entry.startsWith("name="))
    ?.slice("name=".length);
}

/**
 * Sections that wrap a whole kernel: those of `arch/x86/boot/compressed/vmlinux` and its like, of PowerPC's zImage
 * and of an EFI zboot image before it is made flat.
 */
export function wrappedKernels(elf: Elf): readonly Uint8Array[] {
  return elf.sections
    .filter(({ name }) => /^\.(kernel:|gzdata$|rodata\.+compressed$|vmlinux\.bin\.)/.test(name))
    .map((section) => sectionBytes(elf, section));
}
