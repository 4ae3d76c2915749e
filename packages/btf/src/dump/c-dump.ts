import type { Btf, TypeId } from "../btf.js";
import { type Flat, flatten, nameOf } from "../flat.js";
import type { CNames } from "./c-names.js";
import { requireKnownKinds } from "./referenced.js";
import { newText, type Text } from "./text.js";
import { newWork, type Work } from "./work.js";

/** What styles of C differ in. Without `;` behind what they write, and the first line not indented. */
interface CStyle {
  readonly names: CNames;
  /** Writes the name at a string offset, as the given one of its name, from 1 on. */
  putName(dump: CDump, offset: number, occurrence: number): void;
  /** The string offset of a parameter's name: of the one at `index` of those that begin at `first`; 0 for none. */
  paramName(first: number, index: number): number;
  /** Writes the type of an integer or floating-point number. */
  putNumberType(dump: CDump, id: TypeId): void;
  /** Writes a type tag, with a space before it. */
  putTypeTag(dump: CDump, id: TypeId): void;
  /** Writes what must stand before the first use of an integer. */
  putBeforeInt(dump: CDump, id: TypeId): void;
  /** Writes a struct or union with its members; its closing brace is indented by `level`. */
  putStruct(dump: CDump, id: TypeId, level: number): void;
  /** Writes an enum with its enumerators; its closing brace is indented by `level`. */
  putEnum(dump: CDump, id: TypeId, level: number): void;
  /** Writes a forward declaration. */
  putFwd(dump: CDump, id: TypeId): void;
  /** Writes the definition of a typedef, with all that belongs to it. */
  putTypedef(dump: CDump, id: TypeId): void;
  /** What stands before all types. */
  readonly head: string;
  /** What stands behind them. */
  readonly tail: string;
  /** Writes the prototype of a function, with all that belongs to it. */
  putKfunc(dump: CDump, func: TypeId, isFastcall: boolean): void;
}

/** C that is being written, and what has to be remembered of what was. */
export interface CDump {
  readonly btf: Btf;
  readonly flat: Flat;
  readonly work: Work;
  readonly text: Text;
  readonly style: CStyle;
  /** Types of the declarations that are being written, one within the other; each from the outside in. */
  readonly chain: TypeId[];
  /** Of the same, arrays and functions that are not closed yet; negative without a parenthesis. */
  readonly pending: number[];
  /** An array that is written without its number of elements; 0 when there is none. */
  flexible: TypeId | 0;
  /** How many declarations are within each other. */
  depth: number;
}

/** Makes a style for a dump, with what it has to remember. */
export type NewCStyle = (flat: Flat, work: Work) => CStyle;

export function newCDump(btf: Btf, newStyle: NewCStyle): CDump {
  const work = newWork(btf);
  const flat = flatten(btf);
  requireKnownKinds(flat);
  return {
    btf,
    flat,
    work,
    text: newText(work),
    style: newStyle(flat, work),
    chain: [],
    pending: [],
    flexible: 0,
    depth: 0,
  };
}

/** Writes a type's name, unless it has none. */
export function putTypeName(dump: CDump, id: TypeId): void {
  const offset = nameOf(dump.flat, id);
  if (offset !== 0) dump.style.putName(dump, offset, dump.style.names.ofType(id));
}
