import type { TypeId } from "../btf.js";
import {
  elementOf,
  elementsAt,
  type Flat,
  nameOf,
  ownSizeOf,
  PARAM_WORDS,
  targetOf,
  typeAt,
  vlenOf,
} from "../flat.js";
import { IS_MODIFIER, Raw } from "../kinds.js";
import { byteAt } from "../words.js";
import { endlessType, MAX_NESTING, spend, tooDeep, type Work } from "./work.js";

/** Why C has no declaration of something of a type. */
export interface Problems {
  readonly flat: Flat;
  readonly work: Work;
  /** By type id: OK or the problem's number; 0 until it is asked. */
  readonly known: Uint8Array;
}

export const newProblems = (flat: Flat, work: Work): Problems => ({
  flat,
  work,
  known: new Uint8Array(flat.kinds.length),
});

const OK = 1;
const PROBLEMS = [
  "",
  "",
  "it is of a kind of which nothing can be",
  "it has no name",
  "it is an array of what has no size",
  "it is a function that returns an array or a function",
  "it is a function with a parameter of void",
  "it has restrict without a pointer",
  "it is a nameless enum without enumerators",
] as const;
const NO_TYPE = 2;
const NO_NAME = 3;
const NO_ELEMENT = 4;
const BAD_RETURN = 5;
const BAD_PARAM = 6;
const BAD_RESTRICT = 7;
const EMPTY_ENUM = 8;

export const isEnumSize = (size: number): boolean => size === 1 || size === 2 || size === 4 || size === 8;

/**
 * Why C has no declaration of something of a type, or of a pointer to it; undefined when it has.
 * @throws BtfError `too-complex` when functions are too deep within each other.
 */
export function problemOf(problems: Problems, id: TypeId, depth = 1): string | undefined {
  const { known } = problems;
  const problem = known[id] || findProblem(problems, id, depth);
  known[id] = problem;
  return problem === OK ? undefined : PROBLEMS[problem];
}

function findProblem(problems: Problems, id: TypeId, depth: number): number {
  const { flat, work, known } = problems;
  /** Whether the type is that of an array's elements. */
  let isElement = false;
  let current = id;
  for (let steps = 0; steps < flat.kinds.length; steps++) {
    const before = known[current];
    if (before && !(before === OK && isElement)) return before;
    switch (flat.kinds[current]) {
      case Raw.ptr:
        isElement = false;
        current = targetOf(flat, current);
        break;
      case Raw.restrict:
        if (!restrictsPointer(flat, current, work)) return BAD_RESTRICT;
        current = targetOf(flat, current);
        break;
      case Raw.const:
      case Raw.volatile:
      case Raw.typeTag:
        current = targetOf(flat, current);
        break;
      case Raw.typedef:
        if (nameOf(flat, current) === 0) return NO_NAME;
        current = targetOf(flat, current);
        break;
      case Raw.array:
        isElement = true;
        current = elementOf(flat, current);
        break;
      default:
        return problemOfLast(problems, current, isElement, depth);
    }
    spend(work, 1);
  }
  throw endlessType(id);
}

function problemOfLast(problems: Problems, id: TypeId, isElement: boolean, depth: number): number {
  const { flat } = problems;
  switch (flat.kinds[id]) {
    case Raw.int:
    case Raw.float:
    case Raw.struct:
    case Raw.union:
      return OK;
    case Raw.enum:
    case Raw.enum64:
      if (vlenOf(flat, id) > 0) return isElement && !isEnumSize(ownSizeOf(flat, id)) ? NO_ELEMENT : OK;
      if (nameOf(flat, id) === 0) return EMPTY_ENUM;
      return isElement ? NO_ELEMENT : OK;
    case Raw.fwd:
      if (nameOf(flat, id) === 0) return NO_NAME;
      return isElement ? NO_ELEMENT : OK;
    case Raw.funcProto:
      return isElement ? NO_ELEMENT : problemOfPrototype(problems, id, depth + 1);
    default:
      if (id !== 0) return NO_TYPE;
      return isElement ? NO_ELEMENT : OK;
  }
}

function problemOfPrototype(problems: Problems, id: TypeId, depth: number): number {
  const { flat, work, known } = problems;
  if (depth > MAX_NESTING) throw tooDeep(id);
  const returned = targetOf(flat, id);
  const returnedKind = flat.kinds[withoutQualifiers(flat, returned, work)];
  if (returnedKind === Raw.array || returnedKind === Raw.funcProto) return BAD_RETURN;
  if (problemOf(problems, returned, depth) !== undefined) return byteAt(known, returned);
  const count = vlenOf(flat, id);
  for (let i = 0, at = elementsAt(flat, id) + 1; i < count; i++, at += PARAM_WORDS) {
    const param = typeAt(flat, at);
    // The last one says that there may be more, or, alone, that there are none.
    if (param === 0 && i === count - 1) break;
    if (withoutQualifiers(flat, param, work) === 0) return BAD_PARAM;
    if (problemOf(problems, param, depth) !== undefined) return byteAt(known, param);
  }
  return OK;
}

/** The type behind qualifiers, tags and typedefs. What contains itself was refused before. */
function withoutQualifiers(flat: Flat, id: TypeId, work: Work): TypeId {
  let current = id;
  for (; IS_MODIFIER[byteAt(flat.kinds, current)] === 1; spend(work, 1)) current = targetOf(flat, current);
  return current;
}

function restrictsPointer(flat: Flat, id: TypeId, work: Work): boolean {
  const pointer = withoutQualifiers(flat, targetOf(flat, id), work);
  if (flat.kinds[pointer] !== Raw.ptr) return false;
  return flat.kinds[withoutQualifiers(flat, targetOf(flat, pointer), work)] !== Raw.funcProto;
}
