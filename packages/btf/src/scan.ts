import { copyBytes } from "@core/bytes";
import type { KindLayout } from "./btf.js";
import { BtfError } from "./error.js";
import {
  ELEM_SIZE,
  ELEMENT_HAS_NAME,
  flags,
  HEAD_HAS_TYPE,
  INFO_SIZE,
  KINDS,
  kindOfInfo,
  MAX_KINDS,
  Raw,
  vlenOfInfo,
} from "./kinds.js";

/** Words of name_off, info and size/type, with which every record begins. */
const HEAD = 3;

/** Words of a record on average, or somewhat fewer: those of kernels have 6.3 to 6.5. */
const USUAL_WORDS = 6;

// What the words of a record are, as bits of one number for each kind: one look at one table in place of branches by kind.
// Code that the compiler has seen nothing of yet throws its work away, and a file's first enum may well come after half
// of it; and the fewer tables, the sooner the compiler is done. So the first walk of a process takes 5 ms less than one
// with a table for each of these, and a later one a quarter less.

/**
 * By kind number, from the lowest bit: is the third word of the head a type id; is the first word of every element a name;
 * is it a type id; is the second one; is it a function (a bit each); words from one element to the next, of one element, and
 * of what stands before the elements (two bits each); is the kind known to this library. An array counts as one element,
 * and what a kind without elements has behind its head may count as one, too. The walk has these places as numbers: as
 * constants with names they take the compiler, and it, a fifth longer.
 */
const FORMS = new Uint32Array(MAX_KINDS).fill(1 << 5);
for (let kind = Raw.int; kind < KINDS.length; kind++) FORMS[kind] = formOf(kind);

function formOf(kind: number): number {
  const infoWords = (INFO_SIZE[kind] ?? 0) >>> 2;
  const elemWords = (ELEM_SIZE[kind] ?? 0) >>> 2;
  // An array's elements' type, its index's, and nelems.
  const step = kind === Raw.array ? infoWords : elemWords || 1;
  const is = [
    HEAD_HAS_TYPE,
    ELEMENT_HAS_NAME,
    flags(Raw.array, Raw.datasec),
    flags(Raw.array, Raw.struct, Raw.union, Raw.funcProto),
    flags(Raw.func),
  ].reduce((bits, flagged, bit) => bits | ((flagged[kind] ?? 0) << bit), 0);
  return is | (step << 5) | (elemWords << 7) | (infoWords << 9) | (1 << 11);
}

/** What one pass over all records finds out. */
export interface Scan {
  /** Where each record is, in bytes from the start of the input. */
  readonly offsets: Uint32Array;
  /** The kind of each record. */
  readonly kinds: Uint8Array;
  /** How many records are of each kind. */
  readonly kindCounts: Uint32Array;
  /** The largest string offset that is referred to, and the index of the first record that does. */
  readonly maxString: number;
  readonly maxStringIn: number;
  /** The same of type ids. */
  readonly maxId: number;
  readonly maxIdIn: number;
  /** Whether some function's type is no prototype that came before it. */
  readonly hasDoubtfulFunc: boolean;
}

/** @internal Where the records are, and what else it takes to read them. */
export interface TypeSection {
  /** All of the input. */
  readonly view: DataView;
  readonly little: boolean;
  /** In bytes from the start of the input. */
  readonly start: number;
  /** In bytes. */
  readonly length: number;
  /** Of this BTF, or of the base that it shares it with. */
  readonly layout: KindLayout | undefined;
  readonly firstId: number;
}

/**
 * @internal Walks all records once, and keeps only the largest of what has to be checked (libbpf: btf_parse_type_sec,
 * btf_validate_type). Reads words instead of a `DataView`, which halves the time. Allocates in proportion to the type
 * section, whatever its records say.
 *
 * @param room - for how many records: memory that is not touched costs no time. When there are more, walks again.
 * @throws BtfError `record`, `kind`.
 */
export function scanRecords(
  section: TypeSection,
  words = wordsOf(section),
  room = Math.ceil(words.length / USUAL_WORDS),
): Scan {
  const { start, firstId } = section;
  const end = words.length;
  const offsets = new Uint32Array(room);
  const kinds = new Uint8Array(offsets.length);
  const kindCounts = new Uint32Array(MAX_KINDS);
  // What is of the module is looked up again for each record, until it is of this function.
  const forms = FORMS;
  const { funcProto } = Raw;
  let count = 0;
  let maxString = 0;
  let maxStringIn = 0;
  let maxId = 0;
  let maxIdIn = 0;
  let doubt = 0;
  let at = 0;
  while (at < end) {
    if (at + HEAD > end) throw runsPast(firstId + count, start + at * 4);
    const info = words[at + 1] ?? 0;
    // kindOfInfo and vlenOfInfo, written out: calls would cost a fifth of the walk.
    const kind = (info >>> 24) & 0x7f;
    const form = forms[kind] ?? 0;
    const size =
      form >>> 11 === 0
        ? unknownSize(section, info, firstId + count, start + at * 4) >>> 2
        : ((form >>> 9) & 3) + (info & 0xffffff) * ((form >>> 7) & 3);
    const next = at + HEAD + size;
    if (next > end) throw runsPast(firstId + count, start + at * 4);
    offsets[count] = start + at * 4;
    kinds[count] = kind;
    kindCounts[kind] = (kindCounts[kind] ?? 0) + 1;

    const name = words[at] ?? 0;
    if (name > maxString) {
      maxString = name;
      maxStringIn = count;
    }
    // Masks in place of branches: all bits set where a word counts, else none. Subtracted from 0, as -0 is a float.
    const headId = ((words[at + 2] ?? 0) & (0 - (form & 1))) >>> 0;
    if (headId > maxId) {
      maxId = headId;
      maxIdIn = count;
    }
    const func = 0 - ((form >>> 4) & 1);
    doubt |= func & ((kinds[(headId - firstId) & func] ?? 0) ^ funcProto);

    const step = (form >>> 5) & 3;
    const firstIsName = 0 - ((form >>> 1) & 1);
    const firstIsId = 0 - ((form >>> 2) & 1);
    const secondIsId = 0 - ((form >>> 3) & 1);
    for (let element = at + HEAD; element < next; element += step) {
      const first = words[element] ?? 0;
      const elementName = (first & firstIsName) >>> 0;
      if (elementName > maxString) {
        maxString = elementName;
        maxStringIn = count;
      }
      const id = (first & firstIsId) >>> 0;
      if (id > maxId) {
        maxId = id;
        maxIdIn = count;
      }
      const otherId = ((words[element + 1] ?? 0) & secondIsId) >>> 0;
      if (otherId > maxId) {
        maxId = otherId;
        maxIdIn = count;
      }
    }
    at = next;
    count++;
  }
  if (section.length % 4 !== 0) throw runsPast(firstId + count, start + at * 4);
  // What was written beyond the room that there was is lost, and nothing else.
  if (count > room) return scanRecords(section, words, count);
  return {
    offsets: offsets.subarray(0, count),
    kinds: kinds.subarray(0, count),
    kindCounts,
    maxString,
    maxStringIn,
    maxId,
    maxIdIn,
    hasDoubtfulFunc: doubt !== 0,
  };
}

const HOST_IS_LITTLE = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * The whole words of the type section: the input's own memory where it is aligned and of this machine's byte order,
 * else a copy for as long as the walk takes.
 */
function wordsOf({ view, little, start, length }: TypeSection): Uint32Array {
  const count = Math.floor(length / 4);
  const at = view.byteOffset + start;
  if (little === HOST_IS_LITTLE) {
    if (at % 4 === 0) return new Uint32Array(view.buffer, at, count);
    return new Uint32Array(copyBytes(new Uint8Array(view.buffer, at, count * 4)).buffer);
  }
  const words = new Uint32Array(count);
  for (let i = 0; i < count; i++) words[i] = view.getUint32(start + i * 4, little);
  return words;
}

function runsPast(typeId: number, offset: number): BtfError {
  return new BtfError("record", `type ${typeId} runs past the type section`, { typeId, offset });
}

function unknownSize({ layout }: TypeSection, info: number, typeId: number, offset: number): number {
  const kind = kindOfInfo(info);
  const refuse = (message: string): never => {
    throw new BtfError("kind", message, { typeId, offset });
  };
  const infoSize = layout?.infoSize[kind];
  const elemSize = layout?.elemSize[kind];
  if (infoSize === undefined || elemSize === undefined) {
    return refuse(`type ${typeId} is of unknown kind ${kind}, and no layout section tells its size`);
  }
  if (infoSize % 4 !== 0 || elemSize % 4 !== 0) {
    return refuse(`the layout section gives kind ${kind} sizes that are not multiples of 4`);
  }
  return infoSize + vlenOfInfo(info) * elemSize;
}
