import { CoreError, type Site } from "@core/bytes";

/**
 * What is wrong:
 *
 * - `not-elf`: the bytes do not start with the ELF magic;
 * - `unsupported`: a class, byte order, version or relocation layout that is not known here;
 * - `past-end`: a header, a section header table or a section's contents lie outside the file;
 * - `too-large`: a 64-bit number above `Number.MAX_SAFE_INTEGER`, or a 32-bit file outgrowing 4 GiB;
 * - `bad-header`: the ELF header contradicts itself;
 * - `bad-link`: `sh_link` or `e_shstrndx` names no section, or one of the wrong type;
 * - `bad-name`: a name starts outside its string table, or does not end inside it;
 * - `names-too-long`: names overlap so much that together they are over four times the file;
 * - `bad-table`: a section is not the table it is read as, or its entries have the wrong size;
 * - `bad-index`: a symbol's section or a relocation's symbol does not exist;
 * - `bad-replacement`: this section's bytes cannot be replaced, or not by these;
 * - `overlap`: a section to replace shares bytes with a header or another section.
 */
export type ElfErrorCode =
  | "not-elf"
  | "unsupported"
  | "past-end"
  | "too-large"
  | "bad-header"
  | "bad-link"
  | "bad-name"
  | "names-too-long"
  | "bad-table"
  | "bad-index"
  | "bad-replacement"
  | "overlap";

/**
 * The only error that this package throws on purpose. `site.offset` is in bytes from the start of
 * the file; `site.section` is a section's name, or its index in brackets when it has none.
 */
export class ElfError extends CoreError<ElfErrorCode> {
  override readonly name = "ElfError";

  constructor(code: ElfErrorCode, message: string, site: Site = {}) {
    super("elf", code, message, site);
  }
}
