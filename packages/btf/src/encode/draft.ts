import type { Btf } from "../btf.js";
import { BtfError } from "../error.js";
import { eachStringWord, eachTypeWord, mapWords, type Records, recordsOf } from "../write/records.js";
import { type StringTable, stringTableOn } from "../write/string-table.js";

/** Types that are about to be written, on top of a base or none. */
export interface Draft {
  readonly base: Btf | undefined;
  readonly records: Records;
  readonly strings: StringTable;
}

/** Id of a draft's first type. */
export const firstIdOf = ({ base }: Draft): number => base?.endId ?? 1;

/**
 * All types of some BTFs in a row, the references of each still to its own (libbpf: btf__add_btf). Each string is there
 * once, and the base's are not repeated.
 *
 * @throws BtfError `unwritable` when they do not have the same base, and for kinds that are not known.
 */
export function draftOf(layers: readonly Btf[]): Draft {
  const base = layers[0]?.base;
  const strings = stringTableOn(base);
  let nextId = base?.endId ?? 1;
  const parts = layers.map((btf) => {
    if (btf.base !== base) throw new BtfError("unwritable", "what is put together has to have the same base");
    const records = recordsOf(btf);
    const known = new Map([[0, 0]]);
    mapWords(records, eachStringWord, (offset) => {
      const place = known.get(offset) ?? placeOf(strings, btf, offset);
      known.set(offset, place);
      return place;
    });
    const moved = nextId - btf.startId;
    if (moved !== 0) mapWords(records, eachTypeWord, (id) => (id < btf.startId ? id : id + moved));
    nextId += btf.offsets.length;
    return records;
  });
  return { base, records: joined(parts), strings };
}

/** Names of the base stay what they are. */
const placeOf = (strings: StringTable, btf: Btf, offset: number): number =>
  offset < btf.stringStart ? offset : strings.offsetOfString(btf, offset);

function joined(parts: readonly Records[]): Records {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const words = new Uint32Array(parts.reduce((sum, part) => sum + part.words.length, 0));
  const starts = new Uint32Array(parts.reduce((sum, part) => sum + part.starts.length - 1, 1));
  let at = 0;
  let count = 0;
  for (const part of parts) {
    words.set(part.words, at);
    for (const start of part.starts.subarray(0, -1)) starts[count++] = at + start;
    at += part.words.length;
  }
  starts[count] = at;
  return { words, starts };
}
