import { type Btf, parseBtf, type TypeId } from "@core/btf";
import { type BtfExt, parseBtfExt } from "@core/btf-ext";
import { type Elf, ElfError, ET_REL, findSection, parseElf, sectionBytes } from "@core/elf";
import { RelocateError } from "./error.js";
import { type Lines, linesOnce } from "./lines.js";
import { type LocalRelocation, parseRelocations, rootIdsOf } from "./local-relocation.js";
import { type Program, parsePrograms } from "./program.js";
import { type StringReader, stringReader } from "./strings.js";

const EM_BPF = 247;

/** A BPF object, opened once and relocated against any number of targets. */
export interface BpfObject {
  readonly elf: Elf;
  /** `undefined` when the object has no `.BTF`, and so nothing to relocate. */
  readonly btf: Btf | undefined;
  /** `undefined` when the object has no `.BTF.ext`. */
  readonly ext: BtfExt | undefined;
  /** Every function in an executable section: by section, and by offset within it. */
  readonly programs: readonly Program[];
  /** In the order of `.BTF.ext`. */
  readonly relocations: readonly LocalRelocation[];
  /** @internal The types that relocations ask the target for, once each. */
  readonly rootIds: readonly TypeId[];
  /** @internal */
  readonly lines: () => Lines;
  /** @internal Reads the strings that records of `ext` refer to. */
  readonly stringAt: StringReader;
}

/**
 * Opens a BPF object as a compiler writes it. The bytes are kept, not copied: they must not change.
 *
 * @throws RelocateError `not-bpf` for other ELF files, `program` for function symbols outside their
 * section; ElfError, BtfError, BtfExtError for malformed bytes.
 */
export function openObject(bytes: Uint8Array): BpfObject {
  const elf = parseAnyElf(bytes);
  // libbpf takes an unset machine for BPF (bpf_object__elf_init).
  if (elf.class !== 64 || elf.type !== ET_REL || (elf.machine !== EM_BPF && elf.machine !== 0)) {
    const found = `${elf.class}-bit ELF of type ${elf.type} for machine ${elf.machine}`;
    const expected = `64-bit ELF of type ${ET_REL} for machine ${EM_BPF}`;
    throw new RelocateError("not-bpf", `not a BPF object: it is ${found}, where one is ${expected}`);
  }
  const btfBytes = contentOf(elf, ".BTF");
  const extBytes = contentOf(elf, ".BTF.ext");
  // Pointers of a BPF program have 8 bytes, whatever its `long` (libbpf: bpf_object__init_btf).
  const btf = btfBytes && parseBtf(btfBytes, { pointerSize: 8 });
  const ext = btf && extBytes && parseBtfExt(extBytes, btf);
  const programs = parsePrograms(elf);
  const stringAt = btf ? stringReader(btf, bytes.length) : () => undefined;
  const relocations = btf && ext ? parseRelocations(elf, btf, ext, programs, stringAt) : [];
  const [rootIds, lines] = [rootIdsOf(relocations), linesOnce(ext)];
  return { elf, btf, ext, programs, relocations, rootIds, lines, stringAt };
}

function parseAnyElf(bytes: Uint8Array): Elf {
  try {
    return parseElf(bytes);
  } catch (error) {
    if (!(error instanceof ElfError && error.code === "not-elf")) throw error;
    const what = bytes.length === 0 ? "it is empty" : "it is no ELF file";
    throw new RelocateError("not-bpf", `not a BPF object: ${what}`, {}, error);
  }
}

function contentOf(elf: Elf, name: string): Uint8Array | undefined {
  const section = findSection(elf, name);
  return section && sectionBytes(elf, section);
}
