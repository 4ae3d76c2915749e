import type { Program } from "@core/relocate";

/** A function of an object, and what its instructions refer to. */
export interface LinkedFunction extends Program {
  /** Verified apart from its callers, with arguments of which nothing is known; others as part of each caller. */
  readonly global: boolean;
  /** Its `func` in the object's BTF; `undefined` when the object has no function info about it. */
  readonly typeId: number | undefined;
  /** Of all instructions of its section, by their offset in bytes from the section's start. */
  readonly references: ReadonlyMap<number, Reference>;
}

/** What an instruction refers to through its ELF relocation, or by calling a function of its own object. */
export type Reference =
  /** A map, in `.maps` or a legacy `maps` section. */
  | { readonly kind: "map"; readonly name: string }
  /** A variable: bytes from the start of a section such as `.rodata`, `.data` or `.bss`. */
  | {
      readonly kind: "data";
      readonly section: string;
      readonly sectionIndex: number;
      readonly offset: number;
    }
  /** A configuration value, `extern … __kconfig`. */
  | ({ readonly kind: "kconfig" } & Extern)
  /** A variable of the kernel, `extern … __ksym`; `typed` unless it was declared as `void`. */
  | ({ readonly kind: "ksym"; readonly typed: boolean } & Extern)
  /** A function of the kernel, which is called. */
  | ({ readonly kind: "kfunc" } & Extern)
  /** A function of the object, which is called. */
  | { readonly kind: "call"; readonly function: LinkedFunction }
  /** A function of the object whose address is taken, as that of a callback. */
  | { readonly kind: "function"; readonly function: LinkedFunction };

export interface Extern {
  readonly name: string;
  /** A load goes on without it, and it reads as 0. */
  readonly weak: boolean;
  /** Its variable or function in the object's BTF. */
  readonly typeId: number;
}
