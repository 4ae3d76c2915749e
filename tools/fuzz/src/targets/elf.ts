import {
  findSection,
  parseElf,
  relocationsOf,
  replaceSections,
  SHT_PROGBITS,
  SHT_REL,
  SHT_RELA,
  sectionBytes,
  symbolsOf,
} from "@core/elf";
import { attempt, inTime, must, sameBytes } from "../invariants.js";
import { objects } from "../seeds.js";
import type { FuzzTarget } from "../target.js";

/** Bytes → sections, symbols, relocations; and a copy with a section replaced, which reads back as it was meant. */
export const target: FuzzTarget = {
  seeds: objects,
  fuzz(data) {
    inTime(data.length, () => {
      const elf = attempt(() => parseElf(data));
      if (elf === undefined) return;
      attempt(() => symbolsOf(elf));
      for (const section of elf.sections) {
        attempt(() => sectionBytes(elf, section));
        attempt(() => findSection(elf, section.name));
        if (section.type === SHT_REL || section.type === SHT_RELA) attempt(() => relocationsOf(elf, section));
      }
      const section = elf.sections.find(({ type, size }) => size > 0 && type === SHT_PROGBITS);
      if (section === undefined) return;
      const content = attempt(() => sectionBytes(elf, section));
      if (content === undefined) return;
      for (const length of [content.length, content.length + 8]) {
        const wanted = new Uint8Array(length).fill(0x5a);
        const copy = attempt(() => replaceSections(elf, new Map([[section.index, wanted]])));
        if (copy === undefined) continue;
        const again = parseElf(copy);
        const written = again.sections[section.index];
        must(
          written !== undefined && sameBytes(sectionBytes(again, written), wanted),
          "what was replaced is not read back",
        );
      }
    });
  },
};
