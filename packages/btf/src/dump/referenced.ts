import type { TypeId } from "../btf.js";
import { BtfError } from "../error.js";
import { type Flat, HEAD, headOf, MEMBER_WORDS, nameOf, PARAM_WORDS, VAR_WORDS } from "../flat.js";
import { KINDS, Raw, vlenOfInfo } from "../kinds.js";
import { byteAt, wordAt } from "../words.js";

/**
 * What is to be written as C: of a kind that this library does not know there is none.
 * @throws BtfError `kind`.
 */
export function requireKnownKinds({ kinds }: Flat): void {
  for (let id = 1; id < kinds.length; id++) {
    const kind = byteAt(kinds, id);
    if (kind > 0 && kind < KINDS.length) continue;
    throw new BtfError("kind", `type ${id} is of unknown kind ${kind}: there is no C for it`, { typeId: id });
  }
}

/**
 * By type id: 1 when another type refers to it (libbpf: btf_dump_mark_referenced, which passes over what functions
 * return). An enum without a name that nothing refers to is one for its enumerators' sake.
 */
export function markReferenced(flat: Flat): Uint8Array {
  const { words, kinds } = flat;
  const referenced = new Uint8Array(kinds.length);
  for (let id = 1; id < kinds.length; id++) {
    const head = headOf(flat, id);
    switch (kinds[id]) {
      case Raw.int:
      case Raw.enum:
      case Raw.enum64:
      case Raw.fwd:
      case Raw.float:
        break;
      case Raw.array:
        referenced[wordAt(words, head + HEAD)] = 1;
        referenced[wordAt(words, head + HEAD + 1)] = 1;
        break;
      case Raw.struct:
      case Raw.union:
        markElements(flat, head, referenced, MEMBER_WORDS, 1);
        break;
      case Raw.funcProto:
        markElements(flat, head, referenced, PARAM_WORDS, 1);
        break;
      case Raw.datasec:
        markElements(flat, head, referenced, VAR_WORDS, 0);
        break;
      default:
        referenced[wordAt(words, head + 2)] = 1;
    }
  }
  return referenced;
}

/** Marks what the elements of a record refer to, whose type is the given word of an element's. */
function markElements(
  { words }: Flat,
  head: number,
  referenced: Uint8Array,
  size: number,
  type: number,
): void {
  const first = head + HEAD + type;
  const end = first + vlenOfInfo(wordAt(words, head + 1)) * size;
  for (let at = first; at < end; at += size) referenced[wordAt(words, at)] = 1;
}

/** Types that have a definition or declaration of their own. */
export function definableTypes(flat: Flat): Uint32Array {
  const { kinds } = flat;
  const ids = new Uint32Array(kinds.length);
  let count = 0;
  for (let id = 1; id < kinds.length; id++) {
    switch (kinds[id]) {
      case Raw.struct:
      case Raw.union:
        if (nameOf(flat, id as TypeId) !== 0) ids[count++] = id;
        break;
      case Raw.enum:
      case Raw.enum64:
      case Raw.fwd:
      case Raw.typedef:
        ids[count++] = id;
    }
  }
  return ids.subarray(0, count);
}
