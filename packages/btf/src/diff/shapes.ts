import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import {
  arrayElementOf,
  arrayNelemsOf,
  intOffsetOf,
  kflagOf,
  nameOffOf,
  ownSizeOf,
  paramTypeOf,
  rawKindOf,
  referredTypeOf,
  vlenOf,
} from "../read.js";
import { eachReference } from "../references.js";
import { definitionOf } from "./definition.js";
import type { Vocabulary } from "./vocabulary.js";

/**
 * What each type of one BTF and its bases is to others that refer to it, by type id. Numbers are those of
 * the vocabulary, so that they can be compared with those of another BTF.
 */
interface Shapes {
  /** Of its name without flavor; 0 for none. */
  readonly name: Uint32Array;
  /**
   * Equal for types that C would call the same. What has a name is known by it, so that a change of a struct does not
   * change those that point to it; an anonymous struct, union or enum is what it contains. Type tags do not count.
   */
  readonly declared: Uint32Array;
  /** Equal for fields that may stand for each other (libbpf: bpf_core_fields_are_compat); 0 for what may for none. */
  readonly field: Uint32Array;
  /** In bytes; NaN for a type without a size. */
  readonly size: Float64Array;
}

/** One of the two BTFs, and what its types are. */
export interface Side {
  readonly btf: Btf;
  readonly shapes: Shapes;
}

/** First words of sequences, beside kinds' numbers: what they are about. */
const FIELD = 0x100;
const CYCLE = 0x101;

const NEW = 0;
const OPEN = 1;
const DONE = 2;
/** Refers to itself, through whatever has no name. Of such a type nothing but its own record counts. */
const CYCLIC = 3;

/** The shapes of all types, those without references first, so that neither depth nor cycles matter. */
export function sideOf(btf: Btf, words: Vocabulary): Side {
  const count = btf.endId;
  const shapes: Shapes = {
    name: new Uint32Array(count),
    declared: new Uint32Array(count),
    field: new Uint32Array(count),
    size: new Float64Array(count).fill(Number.NaN),
  };
  const side: Side = { btf, shapes };
  const state = new Uint8Array(count);
  state[0] = DONE;
  const pending: TypeId[] = [];
  let isCyclic = false;
  const look = (to: TypeId): void => {
    if (state[to] === NEW) pending.push(to);
    else if (state[to] !== DONE) isCyclic = true;
  };
  for (let root = 1 as TypeId; root < count; root = (root + 1) as TypeId) {
    if (state[root] === NEW) pending.push(root);
    for (let id = pending.at(-1); id !== undefined; id = pending.at(-1)) {
      const top = pending.length;
      if (state[id] === NEW) {
        shapes.name[id] = nameOf(words, btf, id);
        // While it is open, every type that it leads to comes before it; if one leads back, that is seen here.
        isCyclic = false;
        if (!isLeaf(side, id)) eachReference(btf, id, look);
        if (pending.length > top) {
          state[id] = OPEN;
          continue;
        }
      } else if (state[id] === OPEN) {
        isCyclic = false;
        eachReference(btf, id, look);
      } else {
        pending.pop();
        continue;
      }
      pending.pop();
      state[id] = isCyclic ? CYCLIC : DONE;
      if (isCyclic) describeCyclic(side, words, id);
      else describe(side, words, id);
    }
  }
  return side;
}

function nameOf(words: Vocabulary, btf: Btf, id: TypeId): number {
  const offset = nameOffOf(btf, id);
  return rawKindOf(btf, id) === Raw.int ? words.intNameOf(btf, offset) : words.essentialNameOf(btf, offset);
}

/** Does the shape of a type not depend on those that it refers to? */
function isLeaf({ btf, shapes }: Side, id: TypeId): boolean {
  switch (rawKindOf(btf, id)) {
    case Raw.struct:
    case Raw.union:
      return shapes.name[id] !== 0;
    case Raw.func:
    case Raw.var:
    case Raw.datasec:
    case Raw.declTag:
      return true;
    default:
      return false;
  }
}

/** The number of a sequence of two or three words. */
export function constant({ shapes }: Vocabulary, first: number, second: number, third?: number): number {
  shapes.push(first);
  shapes.push(second);
  if (third !== undefined) shapes.push(third);
  return shapes.intern();
}

/** Which of the numbers below is of which kind: what is known by its name needs no number from the vocabulary. */
const KNOWN_BY_NAME = [Raw.struct, Raw.union, Raw.enum, Raw.int, Raw.float, Raw.func, Raw.var].map(
  (kind, slot) => [kind, 2 ** 31 + slot * 2 ** 28] as const,
);
const FIRST_KNOWN = new Uint32Array(Raw.enum64 + 1);
for (const [kind, first] of KNOWN_BY_NAME) FIRST_KNOWN[kind] = first;

/** A number of a kind and a name: above all that the vocabulary gives, as no input has as many names. */
const knownBy = (kind: number, name: number): number => (FIRST_KNOWN[kind] ?? 0) + name;

/** The number of fields of a kind of which nothing else counts. */
function fieldOfKind(words: Vocabulary, kind: number): number {
  words.fieldOfKind[kind] ||= constant(words, FIELD, kind);
  return words.fieldOfKind[kind] ?? 0;
}

function describe(side: Side, words: Vocabulary, id: TypeId): void {
  const { btf } = side;
  const { name, declared, field, size } = side.shapes;
  const kind = rawKindOf(btf, id);
  switch (kind) {
    case Raw.int:
      size[id] = ownSizeOf(btf, id);
      declared[id] = name[id] ? knownBy(kind, name[id]) : definitionOf(side, words, id);
      field[id] = intOffsetOf(btf, id) === 0 ? fieldOfKind(words, kind) : 0;
      break;
    case Raw.float:
      size[id] = ownSizeOf(btf, id);
      declared[id] = name[id] ? knownBy(kind, name[id]) : definitionOf(side, words, id);
      field[id] = fieldOfKind(words, kind);
      break;
    case Raw.struct:
    case Raw.union:
      size[id] = ownSizeOf(btf, id);
      declared[id] = name[id] ? knownBy(kind, name[id]) : definitionOf(side, words, id);
      field[id] = fieldOfKind(words, Raw.struct);
      break;
    case Raw.enum:
    case Raw.enum64:
      size[id] = ownSizeOf(btf, id);
      declared[id] = name[id] ? knownBy(Raw.enum, name[id]) : definitionOf(side, words, id);
      field[id] = constant(words, FIELD, Raw.enum, name[id]);
      break;
    case Raw.fwd:
      declared[id] = knownBy(kflagOf(btf, id) ? Raw.union : Raw.struct, name[id] ?? 0);
      field[id] = constant(words, FIELD, kind, name[id]);
      break;
    case Raw.ptr:
      size[id] = btf.pointerSize;
      declared[id] = constant(words, kind, declared[referredTypeOf(btf, id)] ?? 0);
      field[id] = fieldOfKind(words, kind);
      break;
    case Raw.func:
    case Raw.var:
      declared[id] = knownBy(kind, name[id] ?? 0);
      break;
    case Raw.typedef:
    case Raw.volatile:
    case Raw.const:
    case Raw.restrict:
    case Raw.typeTag: {
      const to = referredTypeOf(btf, id);
      size[id] = size[to] ?? Number.NaN;
      field[id] = field[to] ?? 0;
      if (kind === Raw.typeTag) declared[id] = declared[to] ?? 0;
      // A typedef is known by its name, but fields are told to have changed where it does not fit them any more.
      else if (kind === Raw.typedef) declared[id] = constant(words, kind, name[id] ?? 0, field[to]);
      else declared[id] = constant(words, kind, declared[to] ?? 0);
      break;
    }
    case Raw.array: {
      const to = arrayElementOf(btf, id);
      const nelems = arrayNelemsOf(btf, id);
      size[id] = nelems * (size[to] ?? Number.NaN);
      declared[id] = constant(words, kind, nelems, declared[to]);
      field[id] = field[to] ? constant(words, FIELD, kind, field[to]) : 0;
      break;
    }
    case Raw.funcProto:
      words.shapes.push(kind);
      words.shapes.push(declared[referredTypeOf(btf, id)] ?? 0);
      for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
        words.shapes.push(declared[paramTypeOf(btf, id, i)] ?? 0);
      }
      declared[id] = words.shapes.intern();
      break;
    default:
      declared[id] = constant(words, kind, name[id] ?? 0);
  }
}

function describeCyclic({ btf, shapes }: Side, words: Vocabulary, id: TypeId): void {
  const kind = rawKindOf(btf, id);
  const own = kind === Raw.array ? arrayNelemsOf(btf, id) : vlenOf(btf, id);
  shapes.declared[id] = constant(words, CYCLE | (kind << 16), own, shapes.name[id]);
  if (kind === Raw.ptr) shapes.size[id] = btf.pointerSize;
  else if (kind === Raw.struct || kind === Raw.union) shapes.size[id] = ownSizeOf(btf, id);
  else return;
  shapes.field[id] = constant(words, FIELD, kind === Raw.ptr ? kind : Raw.struct);
}
