/**
 * The values of the ELF specification (System V gABI, `linux/elf.h`) that this package interprets or
 * that its callers need to read {@link Section} and {@link ElfSymbol}. The names are the
 * specification's; other values pass through as plain numbers.
 */

/** `e_type`: an object file that is yet to be linked or loaded. */
export const ET_REL = 1;
/** `e_type`: an executable at fixed addresses. */
export const ET_EXEC = 2;
/** `e_type`: a shared object or a position-independent executable. */
export const ET_DYN = 3;

/** `sh_type`: an unused section header. The first one of every file is. */
export const SHT_NULL = 0;
/** `sh_type`: contents whose meaning only the program knows. */
export const SHT_PROGBITS = 1;
/** `sh_type`: the symbol table. */
export const SHT_SYMTAB = 2;
/** `sh_type`: NUL-terminated strings. */
export const SHT_STRTAB = 3;
/** `sh_type`: relocations with explicit addends. */
export const SHT_RELA = 4;
/** `sh_type`: takes memory but no bytes of the file. */
export const SHT_NOBITS = 8;
/** `sh_type`: relocations whose addends are in the relocated bytes. */
export const SHT_REL = 9;
/** `sh_type`: the symbols that dynamic linking needs. */
export const SHT_DYNSYM = 11;
/** `sh_type`: section indices of symbols that do not fit in 16 bits. */
export const SHT_SYMTAB_SHNDX = 18;

/** `sh_flags`: writable when loaded. */
export const SHF_WRITE = 0x1;
/** `sh_flags`: takes memory when loaded. */
export const SHF_ALLOC = 0x2;
/** `sh_flags`: holds instructions. */
export const SHF_EXECINSTR = 0x4;
/** `sh_flags`: the bytes in the file are a compression header and compressed contents. */
export const SHF_COMPRESSED = 0x800;

/** Symbol type: not given. */
export const STT_NOTYPE = 0;
/** Symbol type: data. */
export const STT_OBJECT = 1;
/** Symbol type: a function. */
export const STT_FUNC = 2;
/** Symbol type: a section; the symbol itself usually has no name. */
export const STT_SECTION = 3;
/** Symbol type: the name of a source file. */
export const STT_FILE = 4;

/** Symbol binding: not seen by other files. */
export const STB_LOCAL = 0;
/** Symbol binding: seen by other files. */
export const STB_GLOBAL = 1;
/** Symbol binding: like global, but gives way to one. */
export const STB_WEAK = 2;

/** Symbol visibility: as the binding says. */
export const STV_DEFAULT = 0;
/** Symbol visibility: hidden, in a way that the processor's supplement defines. */
export const STV_INTERNAL = 1;
/** Symbol visibility: not seen outside the linked file. */
export const STV_HIDDEN = 2;
/** Symbol visibility: seen, but not to be preempted. */
export const STV_PROTECTED = 3;
