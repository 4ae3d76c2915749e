import type { TypeId } from "../btf.js";
import type { Flat } from "../flat.js";
import { withRoom } from "../room.js";
import { intAt } from "../words.js";
import { type NameTable, numberOfName } from "./name-table.js";
import { put, putNumber, type Text } from "./text.js";

// BTF may have several types of one name, from different files of a program; a C file can not. The second one gets
// the suffix ___2, by which CO-RE takes it for a flavor of the first, the third ___3, and so on.

/** Tells apart what has the same name, in the order in which it is first asked about. */
export interface CNames {
  /** Which one of its name a struct, union, enum, typedef or forward declaration is, from 1 on. */
  ofType(id: TypeId): number;
  /** Which one of its name, at a string offset, the next enumerator or function is, from 1 on; typedefs count too. */
  ofIdentifier(name: number): number;
}

/** Names that must differ from each other. */
export interface NameSpace {
  readonly table: NameTable;
  /** How often a name was used, by its number. */
  uses: Int32Array<ArrayBuffer>;
}

export const newNameSpace = (table: NameTable): NameSpace => ({ table, uses: new Int32Array(1 << 10) });

/** Uses the name at a string offset once more: returns how often it has been used then. */
export function use(space: NameSpace, offset: number): number {
  const number = numberOfName(space.table, offset);
  space.uses = withRoom(space.uses, number);
  const count = intAt(space.uses, number) + 1;
  space.uses[number] = count;
  return count;
}

/** Writes what makes a name differ from those before it. */
export function putSuffix(text: Text, occurrence: number): void {
  if (occurrence <= 1) return;
  put(text, "___");
  putNumber(text, occurrence);
}

/** Whether the name at a string offset is this one, of ASCII. */
export function isName({ strings }: Flat, offset: number, ascii: string): boolean {
  for (let i = 0; i < ascii.length; i++) if (strings[offset + i] !== ascii.charCodeAt(i)) return false;
  return strings[offset + ascii.length] === 0;
}
