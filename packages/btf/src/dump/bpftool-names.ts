import type { TypeId } from "../btf.js";
import { type Flat, nameOf, vlenOf } from "../flat.js";
import { Raw } from "../kinds.js";
import type { CDump } from "./c-dump.js";
import { type CNames, newNameSpace, putSuffix, use } from "./c-names.js";
import { newNameTable } from "./name-table.js";
import { putString } from "./text.js";
import type { Work } from "./work.js";

/** A type's name with a suffix is cut at so many bytes (libbpf: btf_dump_resolve_name). */
const MAX_SUFFIXED = 255;

export function newNames(flat: Flat, work: Work): CNames {
  const table = newNameTable(flat.strings, work);
  /** What stands behind struct, union and enum. */
  const tags = newNameSpace(table);
  /** Typedefs and enumerators. */
  const identifiers = newNameSpace(table);
  /** By type id; 0 until it is asked. */
  const occurrences = new Uint32Array(flat.kinds.length);

  const ofType = (id: TypeId): number => {
    const known = occurrences[id];
    if (known) return known;
    const kind = flat.kinds[id];
    // What only declares has the name of what it declares.
    const onlyDeclares = kind === Raw.fwd || (kind === Raw.enum && vlenOf(flat, id) === 0);
    const space = kind === Raw.typedef ? identifiers : tags;
    const occurrence = onlyDeclares ? 1 : use(space, nameOf(flat, id));
    occurrences[id] = occurrence;
    return occurrence;
  };
  return { ofType, ofIdentifier: (name) => use(identifiers, name) };
}

/** Writes the name at a string offset as it is, and that it is the given one of its name. */
export function putName({ flat, text }: CDump, offset: number, occurrence: number): void {
  const start = text.length;
  putString(text, flat.strings, offset);
  if (occurrence <= 1) return;
  putSuffix(text, occurrence);
  text.length = Math.min(text.length, start + MAX_SUFFIXED);
}
