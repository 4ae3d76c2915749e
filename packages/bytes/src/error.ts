import { printable } from "./text.js";

/** Where in an input something is wrong. Offsets are in bytes from the start of the bytes given to the parser. */
export interface Site {
  readonly offset?: number;
  readonly section?: string;
  readonly typeId?: number;
  readonly insnOff?: number;
}

/**
 * The base of every error that a package of this project throws on purpose.
 * Each layer has one subclass with a literal union of codes; anything else that
 * escapes from a layer is a bug in it.
 *
 * Messages may quote names from the input: they are made printable here, once.
 */
export abstract class CoreError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly site: Site;

  constructor(layer: string, code: Code, message: string, site: Site = {}, cause?: unknown) {
    const where = site.offset === undefined ? "" : ` (offset 0x${site.offset.toString(16)})`;
    super(`${layer}: ${printable(message)}${where}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.site = site;
  }
}
