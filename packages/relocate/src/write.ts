import { type ByteRange, withoutCoreRelos } from "@core/btf-ext";
import {
  type Elf,
  findSection,
  relocationsOf,
  replaceSections,
  type Section,
  SHT_REL,
  SHT_RELA,
  sectionBytes,
} from "@core/elf";
import { RelocateError } from "./error.js";
import type { Relocated } from "./relocate.js";

/**
 * The relocated object as a file that any loader takes as it is, also on a kernel without BTF: the
 * instructions are patched, the CO-RE records are gone from `.BTF.ext`, and with them the entries of
 * `.rel.BTF.ext` that pointed there. Everything else is unchanged.
 *
 * @throws RelocateError `unresolved` when a relocation failed.
 */
export function writeRelocated({ object, relocations, code }: Relocated): Uint8Array {
  const failed = relocations.filter(({ outcome }) => outcome.kind === "failed").length;
  if (failed > 0)
    throw new RelocateError(
      "unresolved",
      `${failed} relocation${failed === 1 ? "" : "s"} failed: there is no object to write`,
    );
  const { elf, ext } = object;
  const replacements = new Map(code);
  const extSection = findSection(elf, ".BTF.ext");
  if (ext !== undefined && extSection !== undefined) {
    const { bytes, removed } = withoutCoreRelos(ext);
    replacements.set(extSection.index, bytes);
    if (removed !== undefined) {
      for (const section of elf.sections) {
        const kept = section.info === extSection.index ? withoutEntries(elf, section, removed) : undefined;
        if (kept !== undefined) replacements.set(section.index, kept);
      }
    }
  }
  return replaceSections(elf, replacements);
}

/** A relocation section's bytes without the entries for a range of the section it is about. */
function withoutEntries(elf: Elf, section: Section, range: ByteRange): Uint8Array | undefined {
  if (section.type !== SHT_REL && section.type !== SHT_RELA) return undefined;
  const bytes = sectionBytes(elf, section);
  const kept = relocationsOf(elf, section).flatMap(({ offset }, i) =>
    offset >= range.start && offset < range.end
      ? []
      : [bytes.subarray(i * section.entsize, (i + 1) * section.entsize)],
  );
  const result = new Uint8Array(kept.length * section.entsize);
  for (const [i, entry] of kept.entries()) result.set(entry, i * section.entsize);
  return result;
}
