import type { TypeId } from "../btf.js";
import { elementsAt, type Flat, nameOf, ownSizeOf } from "../flat.js";
import { Raw } from "../kinds.js";
import { byteAt, wordAt } from "../words.js";

/** A number as C writes it. */
export interface NumberType {
  readonly c: string;
  /** Whether it is one of C's types, which has its own alignment, and bitfields if it is an integer. */
  readonly isNumber: boolean;
  readonly isBool: boolean;
}

/** Flags of an int's encoding. */
const SIGNED = 1;
const BOOL = 4;

/** C's integers, by the names that compilers give them in debug information. `long` is as large as a pointer. */
const SIZES: Readonly<Record<string, number | "pointer">> = {
  char: 1,
  "signed char": 1,
  "unsigned char": 1,
  short: 2,
  "short int": 2,
  "unsigned short": 2,
  "short unsigned int": 2,
  int: 4,
  "unsigned int": 4,
  long: "pointer",
  "long int": "pointer",
  "unsigned long": "pointer",
  "long unsigned int": "pointer",
  "long long": 8,
  "long long int": 8,
  "unsigned long long": 8,
  "long long unsigned int": 8,
  __int128: 16,
  "unsigned __int128": 16,
  "__int128 unsigned": 16,
};
const NAMES = new Map(Object.entries(SIZES));

/** What other integers are written as, by their size in bytes. */
const BY_SIZE = new Map([
  [1, "char"],
  [2, "short"],
  [4, "int"],
  [8, "long long"],
  [16, "__int128"],
]);

/** Longer names are none of C's. In bytes. */
const MAX_NAME = 24;

/**
 * How C writes an int or float of this size: with its name, where a C compiler knows it and means the same by it on
 * x86-64 and for BPF, else with that of another integer; where there is none, as so many bytes.
 */
export function numberTypeOf(flat: Flat, id: TypeId): NumberType {
  const size = ownSizeOf(flat, id);
  if (flat.kinds[id] === Raw.float) {
    if (size === 4) return { c: "float", isNumber: true, isBool: false };
    return size === 8 ? { c: "double", isNumber: true, isBool: false } : bytes(size);
  }
  const encoding = wordAt(flat.words, elementsAt(flat, id)) >>> 24;
  const isSigned = (encoding & SIGNED) !== 0;
  if ((encoding & BOOL) !== 0 && size === 1) return { c: "_Bool", isNumber: true, isBool: true };
  const name = shortName(flat, nameOf(flat, id));
  const known = NAMES.get(name);
  if ((known === "pointer" ? flat.pointerSize : known) === size)
    return { c: name, isNumber: true, isBool: false };
  const other = BY_SIZE.get(size);
  if (other === undefined) return bytes(size);
  return { c: `${isSigned ? "signed" : "unsigned"} ${other}`, isNumber: true, isBool: false };
}

const bytes = (size: number): NumberType => ({
  c: `struct { unsigned char bytes[${size}]; }`,
  isNumber: false,
  isBool: false,
});

function shortName({ strings }: Flat, offset: number): string {
  let name = "";
  for (let at = offset; strings[at] && name.length <= MAX_NAME; at++)
    name += String.fromCharCode(byteAt(strings, at));
  return name;
}
