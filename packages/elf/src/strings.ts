import { decodeUtf8 } from "@core/bytes";
import { SHF_COMPRESSED, SHT_STRTAB } from "./constants.js";
import { ElfError, type ElfErrorCode } from "./error.js";
import { type Section, siteOf, titleOf } from "./section.js";

/**
 * Names may overlap: linkers let `.text` be the end of `.rel.text`. But in a file made for the purpose, a
 * million headers share one long name, and to decode them all takes time and memory in the square of the
 * file's size. The names of real files are together shorter than the file; this many times is the limit.
 */
const OVERLAP = 4;

/**
 * Reads names by their offset in `table`, in bytes. Without a table, or in an empty one, offset 0 is the
 * empty name and no other exists.
 */
export function namesOf(bytes: Uint8Array, table: Section | undefined): (nameOff: number) => string {
  if (table !== undefined && (table.type !== SHT_STRTAB || (table.flags & SHF_COMPRESSED) !== 0)) {
    throw new ElfError("bad-link", `${titleOf(table)} is no plain string table`, siteOf(table));
  }
  // Not a part of what was given, which may be a Buffer: those are slow to take parts of, and to search.
  const strings =
    table === undefined || table.size === 0
      ? new Uint8Array()
      : new Uint8Array(bytes.buffer, bytes.byteOffset + table.offset, table.size);
  let left = OVERLAP * bytes.length;

  const fail = (code: ElfErrorCode, message: string, nameOff: number): never => {
    throw new ElfError(code, message, table === undefined ? {} : siteOf(table, nameOff));
  };

  return (nameOff) => {
    if (nameOff >= strings.length) {
      if (nameOff === 0) return "";
      return fail("bad-name", `a name starts at ${nameOff} of ${strings.length} bytes of strings`, nameOff);
    }
    const end = strings.indexOf(0, nameOff);
    if (end === -1) return fail("bad-name", "a name does not end inside its string table", nameOff);
    left -= end - nameOff;
    if (left < 0) {
      return fail("names-too-long", `the names are together over ${OVERLAP} times the file's size`, nameOff);
    }
    return decodeUtf8(strings, nameOff, end);
  };
}
