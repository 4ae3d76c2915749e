import type { TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { type Flat, nameOf, vlenOf } from "./flat.js";
import { type NameTable, newNameTable, numberOfName } from "./name-table.js";
import { put, putNumber, putString, type Text } from "./text.js";
import type { Work } from "./work.js";

// BTF may have several types of one name, from different files of a program; a C file can not. The second one gets
// the suffix ___2, by which CO-RE takes it for a flavor of the first, the third ___3, and so on.

/** Names that must differ from each other. */
interface NameSpace {
  readonly table: NameTable;
  /** How often a name was used, by its number. */
  readonly uses: number[];
}

export interface CNames {
  readonly flat: Flat;
  /** What stands behind struct, union and enum. */
  readonly tags: NameSpace;
  /** Typedefs and enumerators. */
  readonly identifiers: NameSpace;
  /** By type id: which one of its name a type is, from 1 on; 0 until that is asked. */
  readonly occurrences: Uint32Array;
}

/** A type's name with a suffix is cut at so many bytes (libbpf: btf_dump_resolve_name). */
const MAX_SUFFIXED = 255;

export function newCNames(flat: Flat, work: Work): CNames {
  const newSpace = (): NameSpace => ({ table: newNameTable(flat.strings, work), uses: [] });
  const occurrences = new Uint32Array(flat.kinds.length);
  return { flat, tags: newSpace(), identifiers: newSpace(), occurrences };
}

/** Uses the name at a string offset once more: returns how often it has been used then. */
function use({ table, uses }: NameSpace, offset: number): number {
  const number = numberOfName(table, offset);
  const count = (uses[number] ?? 0) + 1;
  uses[number] = count;
  return count;
}

/** Which one of its name the next enumerator is, from 1 on; typedefs count too. */
export const occurrenceOfEnumerator = (names: CNames, offset: number): number =>
  use(names.identifiers, offset);

/** Which one of its name a type is, from 1 on, in the order in which they are first asked about. */
export function occurrenceOf(names: CNames, id: TypeId): number {
  const known = names.occurrences[id];
  if (known) return known;
  const { flat } = names;
  const kind = flat.kinds[id];
  // What only declares has the name of what it declares.
  const onlyDeclares = kind === Raw.fwd || (kind === Raw.enum && vlenOf(flat, id) === 0);
  const space = kind === Raw.typedef ? names.identifiers : names.tags;
  const occurrence = onlyDeclares ? 1 : use(space, nameOf(flat, id));
  names.occurrences[id] = occurrence;
  return occurrence;
}

/** Writes what makes a name differ from those before it. */
export function putSuffix(text: Text, occurrence: number): void {
  if (occurrence <= 1) return;
  put(text, "___");
  putNumber(text, occurrence);
}

/** Writes the name of the type at a string offset that is the given one of its name. */
export function putUniqueName(text: Text, flat: Flat, offset: number, occurrence: number): void {
  const start = text.length;
  putString(text, flat.strings, offset);
  if (occurrence <= 1) return;
  putSuffix(text, occurrence);
  text.length = Math.min(text.length, start + MAX_SUFFIXED);
}

/** Writes a type's name, unless it has none. */
export function putTypeName(text: Text, names: CNames, id: TypeId): void {
  const offset = nameOf(names.flat, id);
  if (offset !== 0) putUniqueName(text, names.flat, offset, occurrenceOf(names, id));
}

/** Whether the name at a string offset is this one, of ASCII. */
export function isName({ strings }: Flat, offset: number, ascii: string): boolean {
  for (let i = 0; i < ascii.length; i++) if (strings[offset + i] !== ascii.charCodeAt(i)) return false;
  return strings[offset + ascii.length] === 0;
}
