import type { Btf, TypeId } from "../btf.js";
import { type CNames, newCNames } from "./c-names.js";
import { type Flat, flatten } from "./flat.js";
import { type Layout, newLayout } from "./layout.js";
import { newText, type Text } from "./text.js";
import { newWork, type Work } from "./work.js";

/** What styles of C differ in. `level` is how far the first line is indented. */
export interface CStyle {
  /** Writes a struct or union with its members. */
  putStruct(dump: CDump, id: TypeId, level: number): void;
  /** Writes an enum with its enumerators. */
  putEnum(dump: CDump, id: TypeId, level: number): void;
}

/** C that is being written, and what has to be remembered of what was. */
export interface CDump {
  readonly btf: Btf;
  readonly flat: Flat;
  readonly work: Work;
  readonly text: Text;
  readonly style: CStyle;
  readonly names: CNames;
  readonly layout: Layout;
  /** Types of the declarations that are being written, one within the other; each from the outside in. */
  readonly chain: TypeId[];
  /** Of the same, arrays and functions that are not closed yet; negative without a parenthesis. */
  readonly pending: number[];
  /** How many declarations are within each other. */
  depth: number;
}

export function newCDump(btf: Btf, style: CStyle): CDump {
  const work = newWork(btf);
  const flat = flatten(btf);
  return {
    btf,
    flat,
    work,
    text: newText(work),
    style,
    names: newCNames(flat, work),
    layout: newLayout(flat, work),
    chain: [],
    pending: [],
    depth: 0,
  };
}
