import type { Btf, TypeId } from "../btf.js";
import {
  elementOf,
  elementsAt,
  type Flat,
  kflagOf,
  MEMBER_WORDS,
  nameOf,
  nelemsOf,
  ownSizeOf,
  PARAM_WORDS,
  targetOf,
  vlenOf,
} from "../flat.js";
import { HEAD_HAS_TYPE, IS_MODIFIER, Raw } from "../kinds.js";
import { byteAt, intAt, wordAt } from "../words.js";
import { definitionOf, intOffsetOf } from "./definition.js";
import { NO_SIZE, type Shapes, type Side } from "./side.js";
import { constant, type Vocabulary } from "./vocabulary.js";

const MAX_SIZE = 0xffffffff;

/** First words of sequences, beside kinds' numbers: what they are about. */
const FIELD = 0x100;
const CYCLE = 0x101;

const NEW = 0;
const OPEN = 1;
const DONE = 2;
/** Refers to itself, through whatever has no name. Of such a type nothing but its own record counts. */
const CYCLIC = 3;

/** The shapes of all types. */
export function sideOf(btf: Btf, flat: Flat, words: Vocabulary): Side {
  const count = btf.endId;
  const shapes: Shapes = {
    name: new Int32Array(count),
    declared: new Int32Array(count),
    field: new Int32Array(count),
    size: new Int32Array(count).fill(NO_SIZE),
  };
  const side: Side = { btf, flat, shapes };
  const state = new Uint8Array(count);
  state[0] = DONE;
  for (let id = 1 as TypeId; id < count; id = (id + 1) as TypeId) {
    shapes.name[id] = nameNumberOf(words, flat, id);
    if (describeAlone(side, words, id)) state[id] = DONE;
  }
  describeOthers(side, words, state);
  return side;
}

/** Describes those that have parts, after their parts, so that neither depth nor cycles matter. */
function describeOthers(side: Side, words: Vocabulary, state: Uint8Array): void {
  const pending: TypeId[] = [];
  let isCyclic = false;
  const look = (to: TypeId): void => {
    if (state[to] === NEW) pending.push(to);
    else if (state[to] !== DONE) isCyclic = true;
  };
  for (let root = 1 as TypeId; root < state.length; root = (root + 1) as TypeId) {
    if (state[root] !== NEW) continue;
    pending.push(root);
    for (let id = pending.at(-1); id !== undefined; id = pending.at(-1)) {
      const top = pending.length;
      if (state[id] === NEW || state[id] === OPEN) {
        // While it is open, every type that it leads to comes before it; if one leads back, that is seen here.
        isCyclic = false;
        lookAtParts(side, id, look);
        if (pending.length > top) {
          state[id] = OPEN;
          continue;
        }
        state[id] = isCyclic ? CYCLIC : DONE;
        if (isCyclic) describeCyclic(side, words, id);
        else describe(side, words, id);
      }
      pending.pop();
    }
  }
}

function nameNumberOf(words: Vocabulary, flat: Flat, id: TypeId): number {
  const offset = nameOf(flat, id);
  return flat.kinds[id] === Raw.int ? words.intNameOf(flat, offset) : words.essentialNameOf(flat, offset);
}

/** Calls `look` with the types that the shape of a type depends on. */
function lookAtParts({ flat }: Side, id: TypeId, look: (to: TypeId) => void): void {
  const kind = byteAt(flat.kinds, id);
  if (HEAD_HAS_TYPE[kind] === 1) look(targetOf(flat, id));
  switch (kind) {
    case Raw.array:
      look(elementOf(flat, id));
      break;
    case Raw.funcProto:
      lookAtElements(flat, id, PARAM_WORDS, look);
      break;
    case Raw.struct:
    case Raw.union:
      lookAtElements(flat, id, MEMBER_WORDS, look);
      break;
  }
}

function lookAtElements(flat: Flat, id: TypeId, size: number, look: (to: TypeId) => void): void {
  const { words } = flat;
  const first = elementsAt(flat, id) + 1;
  const end = first + vlenOf(flat, id) * size;
  for (let at = first; at < end; at += size) look(wordAt(words, at) as TypeId);
}

/** Which of the numbers below is of which kind: what is known by its name needs no number from the vocabulary. */
const KNOWN_BY_NAME = [Raw.struct, Raw.union, Raw.enum, Raw.int, Raw.float, Raw.func, Raw.var].map(
  (kind, slot) => [kind, -(2 ** 31) + slot * 2 ** 28] as const,
);
const FIRST_KNOWN = new Int32Array(Raw.enum64 + 1);
for (const [kind, first] of KNOWN_BY_NAME) FIRST_KNOWN[kind] = first;

/** A number of a kind and a name: below all that the vocabulary gives, as no input has as many names. */
const knownBy = (kind: number, name: number): number => intAt(FIRST_KNOWN, kind) + name;

/** The number of fields of a kind of which nothing else counts. */
function fieldOfKind(words: Vocabulary, kind: number): number {
  words.fieldOfKind[kind] ||= constant(words, FIELD, kind);
  return wordAt(words.fieldOfKind, kind);
}

/** Describes a type that has no parts, or that is known by its name; false for any other. */
function describeAlone(side: Side, words: Vocabulary, id: TypeId): boolean {
  const { flat } = side;
  const { name, declared, field, size } = side.shapes;
  const kind = byteAt(flat.kinds, id);
  const known = intAt(name, id);
  switch (kind) {
    case Raw.func:
    case Raw.var:
      declared[id] = knownBy(kind, known);
      return true;
    case Raw.struct:
    case Raw.union:
      size[id] = ownSizeOf(flat, id);
      field[id] = fieldOfKind(words, Raw.struct);
      if (known === 0) return false;
      declared[id] = knownBy(kind, known);
      return true;
    case Raw.int:
      size[id] = ownSizeOf(flat, id);
      declared[id] = known === 0 ? definitionOf(side, words, id) : knownBy(kind, known);
      field[id] = intOffsetOf(flat, id) === 0 ? fieldOfKind(words, kind) : 0;
      return true;
    case Raw.float:
      size[id] = ownSizeOf(flat, id);
      declared[id] = known === 0 ? definitionOf(side, words, id) : knownBy(kind, known);
      field[id] = fieldOfKind(words, kind);
      return true;
    case Raw.enum:
    case Raw.enum64:
      size[id] = ownSizeOf(flat, id);
      declared[id] = known === 0 ? definitionOf(side, words, id) : knownBy(Raw.enum, known);
      field[id] = constant(words, FIELD, Raw.enum, known);
      return true;
    case Raw.fwd:
      declared[id] = knownBy(kflagOf(flat, id) ? Raw.union : Raw.struct, known);
      field[id] = constant(words, FIELD, kind, known);
      return true;
    case Raw.ptr:
    case Raw.array:
    case Raw.funcProto:
      return false;
    default:
      if (IS_MODIFIER[kind] === 1) return false;
      declared[id] = constant(words, kind, known);
      return true;
  }
}

/** Describes any other type, of which the parts are described. */
function describe(side: Side, words: Vocabulary, id: TypeId): void {
  const { flat } = side;
  const { name, declared, field, size } = side.shapes;
  const kind = byteAt(flat.kinds, id);
  switch (kind) {
    case Raw.ptr:
      size[id] = flat.pointerSize;
      declared[id] = constant(words, kind, intAt(declared, targetOf(flat, id)));
      field[id] = fieldOfKind(words, kind);
      break;
    case Raw.array: {
      const to = elementOf(flat, id);
      const nelems = nelemsOf(flat, id);
      const elementSize = size[to] ?? NO_SIZE;
      size[id] = elementSize === NO_SIZE ? NO_SIZE : Math.min(nelems * (elementSize >>> 0), MAX_SIZE);
      declared[id] = constant(words, kind, nelems, declared[to]);
      field[id] = field[to] ? constant(words, FIELD, kind, field[to]) : 0;
      break;
    }
    case Raw.funcProto: {
      const first = elementsAt(flat, id) + 1;
      const end = first + vlenOf(flat, id) * PARAM_WORDS;
      words.shapes.push(kind);
      words.shapes.push(intAt(declared, targetOf(flat, id)));
      for (let at = first; at < end; at += PARAM_WORDS)
        words.shapes.push(intAt(declared, wordAt(flat.words, at)));
      declared[id] = words.shapes.intern();
      break;
    }
    case Raw.struct:
    case Raw.union:
      declared[id] = definitionOf(side, words, id);
      break;
    default: {
      const to = targetOf(flat, id);
      size[id] = size[to] ?? NO_SIZE;
      field[id] = intAt(field, to);
      if (kind === Raw.typeTag) declared[id] = intAt(declared, to);
      // A typedef is known by its name, but fields are told to have changed where it does not fit them any more.
      else if (kind === Raw.typedef) declared[id] = constant(words, kind, intAt(name, id), field[to]);
      else declared[id] = constant(words, kind, intAt(declared, to));
    }
  }
}

function describeCyclic({ flat, shapes }: Side, words: Vocabulary, id: TypeId): void {
  const kind = byteAt(flat.kinds, id);
  const own = kind === Raw.array ? nelemsOf(flat, id) : vlenOf(flat, id);
  shapes.declared[id] = constant(words, CYCLE | (kind << 16), own, shapes.name[id]);
  if (kind !== Raw.ptr) return;
  shapes.size[id] = flat.pointerSize;
  shapes.field[id] = fieldOfKind(words, kind);
}
