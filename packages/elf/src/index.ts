export * from "./constants.js";
export { type Elf, findSection, parseElf, sectionBytes } from "./elf.js";
export { ElfError, type ElfErrorCode } from "./error.js";
export { type ElfRelocation, relocationsOf } from "./relocations.js";
export { replaceSections } from "./replace.js";
export type { Section } from "./section.js";
export { type ElfSymbol, type SymbolSection, symbolsOf } from "./symbols.js";
export type { ElfClass } from "./words.js";
