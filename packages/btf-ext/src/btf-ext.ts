import type { ByteOrder } from "@core/bytes";

/** Which function (a BTF id of kind func) begins at an instruction. */
export interface FuncInfo {
  /** In bytes from the start of the section. */
  readonly insnOff: number;
  readonly typeId: number;
}

/** The source line that an instruction, and those after it, were compiled from. */
export interface LineInfo {
  /** In bytes from the start of the section. */
  readonly insnOff: number;
  /** String offset of the file's name, in the object's BTF. */
  readonly fileNameOff: number;
  /** String offset of the line's text, in the object's BTF. */
  readonly lineOff: number;
  /** From 1. */
  readonly line: number;
  /** From 1; 0 when unknown. */
  readonly column: number;
}

/** A CO-RE relocation record: an instruction, and what it depends on. */
export interface CoreRelo {
  /** In bytes from the start of the section. */
  readonly insnOff: number;
  readonly typeId: number;
  /** String offset of the access string, in the object's BTF. */
  readonly accessStrOff: number;
  /** Number of the relocation kind. */
  readonly kind: number;
}

/** The records of one ELF section. */
export interface InfoSection<R> {
  readonly name: string;
  /** Reads its records, of which there is one at least, anew with each call: few ask for the lines of a program. */
  readonly records: () => readonly R[];
}

/** A part of `.BTF.ext`: where it is, and what it holds. */
export interface InfoPart<R> {
  /** In bytes from the start of `.BTF.ext`. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
  readonly sections: readonly InfoSection<R>[];
}

/** Parsed `.BTF.ext`. Parts that are not there are `undefined`. */
export interface BtfExt {
  readonly bytes: Uint8Array;
  readonly order: ByteOrder;
  /** In bytes: 24 (clang 8), 32, or more. */
  readonly headerLength: number;
  readonly funcInfo: InfoPart<FuncInfo> | undefined;
  readonly lineInfo: InfoPart<LineInfo> | undefined;
  readonly coreRelos: InfoPart<CoreRelo> | undefined;
}
