import { BtfError } from "../error.js";
import { ELEM_SIZE, kflagOfInfo, kindOfInfo, Raw, vlenOfInfo } from "../kinds.js";
import { byteAt, wordAt } from "../words.js";
import type { Records } from "../write/records.js";

/** Not decided yet, and being decided. Any other number in a map is a type id. */
export const OPEN = 0xffffffff;
export const IN_PROGRESS = 0xfffffffe;

/** All types, those of the bases included, and what each of them became. By type id; 0 is void. */
export interface Graph extends Records {
  /** The first type that is not of a base. */
  readonly firstId: number;
  /** One past the last. */
  readonly endId: number;
  /** The type that stands for each, itself where it is the one that stays; or {@link OPEN}, or {@link IN_PROGRESS}. */
  readonly map: Uint32Array;
  /** How much may still be looked at: types that are nearly the same must not multiply the work. */
  stepsLeft: number;
}

/** Counts a look at a type, large ones for more. @throws BtfError `too-complex` when there are no steps left. */
export function countStep(graph: Graph, id: number): void {
  graph.stepsLeft -= 1 + ((wordAt(graph.starts, id + 1) - wordAt(graph.starts, id)) >>> 4);
  if (graph.stepsLeft >= 0) return;
  throw new BtfError("too-complex", "types are alike too often to be told apart", { typeId: id });
}

export const nameAt = ({ words, starts }: Graph, id: number): number => wordAt(words, wordAt(starts, id));
export const infoAt = ({ words, starts }: Graph, id: number): number => wordAt(words, wordAt(starts, id) + 1);
export const kindAt = (graph: Graph, id: number): number => kindOfInfo(infoAt(graph, id));
/** The third word: a size or a type id. */
export const thirdAt = ({ words, starts }: Graph, id: number): number =>
  wordAt(words, wordAt(starts, id) + 2);
export const isMapped = ({ map }: Graph, id: number): boolean => wordAt(map, id) < IN_PROGRESS;

/** What stands for a type, as far as that is decided. */
export function resolve(graph: Graph, id: number): number {
  let current = id;
  for (
    let next = wordAt(graph.map, id);
    next < IN_PROGRESS && next !== current;
    next = wordAt(graph.map, current)
  ) {
    current = next;
    countStep(graph, id);
  }
  return current;
}

/** The kind of what a forward declaration is of. */
export const declaredKind = (info: number): number => (kflagOfInfo(info) ? Raw.union : Raw.struct);

/** Words that follow a record's head, by its kind: those of one element, or of all that is not elements. */
function elementWords(kind: number): number {
  return byteAt(ELEM_SIZE, kind) / 4;
}

const HEAD = 3;

/** Are the same words equal in each element? `offsets` are those within an element. */
function elementsEqual({ words, starts }: Graph, a: number, b: number, offsets: readonly number[]): boolean {
  const [at, other] = [wordAt(starts, a) + HEAD, wordAt(starts, b) + HEAD];
  const info = wordAt(words, at - 2);
  const size = elementWords(kindOfInfo(info));
  for (let i = 0, end = vlenOfInfo(info) * size; i < end; i += size) {
    for (const offset of offsets) if (words[at + i + offset] !== words[other + i + offset]) return false;
  }
  return true;
}

/** The same name, kind, count, flag, and size or type? */
export const equalHeads = (graph: Graph, a: number, b: number): boolean =>
  nameAt(graph, a) === nameAt(graph, b) &&
  infoAt(graph, a) === infoAt(graph, b) &&
  thirdAt(graph, a) === thirdAt(graph, b);

/** The same in every word. */
export function equalRecords(graph: Graph, a: number, b: number): boolean {
  if (!equalHeads(graph, a, b)) return false;
  const { words, starts } = graph;
  const [at, other] = [wordAt(starts, a), wordAt(starts, b)];
  for (let i = HEAD, end = wordAt(starts, a + 1) - at; i < end; i++) {
    if (words[at + i] !== words[other + i]) return false;
  }
  return true;
}

/** The same but for the types of members. */
const MEMBER_NAME_AND_OFFSET = [0, 2];
export const equalMembers = (graph: Graph, a: number, b: number): boolean =>
  equalHeads(graph, a, b) && elementsEqual(graph, a, b, MEMBER_NAME_AND_OFFSET);

/** The same but for the types that it takes and returns. */
const PARAM_NAME = [0];
export const equalParams = (graph: Graph, a: number, b: number): boolean =>
  nameAt(graph, a) === nameAt(graph, b) &&
  infoAt(graph, a) === infoAt(graph, b) &&
  elementsEqual(graph, a, b, PARAM_NAME);

const ARRAY_NELEMS = HEAD + 2;
/** Arrays of as many elements. */
export const equalLengths = (graph: Graph, a: number, b: number): boolean =>
  equalHeads(graph, a, b) &&
  graph.words[wordAt(graph.starts, a) + ARRAY_NELEMS] === graph.words[wordAt(graph.starts, b) + ARRAY_NELEMS];

const isEnum = (kind: number): boolean => kind === Raw.enum || kind === Raw.enum64;
/** An enum without enumerators stands for one that is defined elsewhere. */
export const isEnumDeclaration = (info: number): boolean =>
  isEnum(kindOfInfo(info)) && vlenOfInfo(info) === 0;

/** Equal enums, or a declaration of one, of whatever size. */
export function compatibleEnums(graph: Graph, a: number, b: number): boolean {
  if (!isEnumDeclaration(infoAt(graph, a)) && !isEnumDeclaration(infoAt(graph, b)))
    return equalRecords(graph, a, b);
  return nameAt(graph, a) === nameAt(graph, b) && isEnum(kindAt(graph, a)) && isEnum(kindAt(graph, b));
}

/** Hash of what has to be equal in types that may be one: not the types of members, and of enums nothing but the name. */
export function hashOf({ words, starts }: Graph, id: number): number {
  const start = wordAt(starts, id);
  const end = wordAt(starts, id + 1);
  const info = wordAt(words, start + 1);
  const kind = kindOfInfo(info);
  let hash = mixed(0, wordAt(words, start));
  if (isEnum(kind)) return hash;
  hash = mixed(hash, info);
  if (kind === Raw.typedef) return hash;
  const isComposite = kind === Raw.struct || kind === Raw.union;
  for (let at = start + 2; at < end; at++) {
    if (!(isComposite && at >= start + HEAD && (at - start - HEAD) % 3 === 1))
      hash = mixed(hash, wordAt(words, at));
  }
  return hash;
}

const mixed = (hash: number, word: number): number => {
  const product = Math.imul(hash ^ word, 0x9e3779b1);
  return (product ^ (product >>> 15)) >>> 0;
};
