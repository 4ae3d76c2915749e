import type { TypeId } from "../btf.js";
import {
  componentOf,
  elementsAt,
  enumeratorWords,
  type Flat,
  kflagOf,
  MEMBER_WORDS,
  nameOf,
  ownSizeOf,
  targetOf,
  VAR_WORDS,
  vlenOf,
} from "../flat.js";
import { Raw } from "../kinds.js";
import { byteAt, intAt, wordAt } from "../words.js";
import type { Side } from "./side.js";
import { constant, type Vocabulary } from "./vocabulary.js";

/** First word of a definition, beside kinds' numbers. */
const DEFINITION = 0x103;

/**
 * Number of a type's definition: equal for two types of the same name in which nothing is different. Not its name
 * counts, but that of its members and enumerators, their offsets, and what their types are to it, the size included.
 */
export function definitionOf({ flat, shapes }: Side, words: Vocabulary, id: TypeId): number {
  const { declared, size } = shapes;
  const { push } = words.shapes;
  const kind = byteAt(flat.kinds, id);
  const vlen = vlenOf(flat, id);
  let at = elementsAt(flat, id);
  switch (kind) {
    case Raw.struct:
    case Raw.union: {
      const kflag = kflagOf(flat, id);
      push(DEFINITION);
      push(kind);
      push(ownSizeOf(flat, id));
      for (let i = 0; i < vlen; i++, at += MEMBER_WORDS) {
        const to = wordAt(flat.words, at + 1);
        const place = wordAt(flat.words, at + 2);
        push(words.nameOf(flat, wordAt(flat.words, at)));
        push(bitOffsetIn(place, kflag));
        push(bitSizeIn(place, kflag));
        push(intAt(declared, to));
        push(intAt(size, to));
      }
      return words.shapes.intern();
    }
    case Raw.enum:
    case Raw.enum64: {
      const step = enumeratorWords(flat, id);
      push(DEFINITION);
      push(Raw.enum);
      push(ownSizeOf(flat, id));
      push(kflagOf(flat, id) ? 1 : 0);
      for (let i = 0; i < vlen; i++, at += step) {
        push(words.essentialNameOf(flat, wordAt(flat.words, at)));
        push(wordAt(flat.words, at + 1));
        push(upperHalf(flat, at, step));
      }
      return words.shapes.intern();
    }
    case Raw.typedef:
    case Raw.func:
    case Raw.var:
      return constant(words, DEFINITION, kind, intAt(declared, targetOf(flat, id)));
    case Raw.datasec:
      push(DEFINITION);
      push(kind);
      push(ownSizeOf(flat, id));
      for (let i = 0; i < vlen; i++, at += VAR_WORDS) {
        push(intAt(declared, wordAt(flat.words, at)));
        push(wordAt(flat.words, at + 1));
        push(wordAt(flat.words, at + 2));
      }
      return words.shapes.intern();
    case Raw.declTag:
      push(DEFINITION);
      push(kind);
      push(words.nameOf(flat, nameOf(flat, id)));
      push(componentOf(flat, id));
      push(kflagOf(flat, id) ? 1 : 0);
      push(intAt(declared, targetOf(flat, id)));
      return words.shapes.intern();
    case Raw.int:
      return constant(words, DEFINITION, ownSizeOf(flat, id), encodingOf(flat, id));
    case Raw.float:
      return constant(words, DEFINITION, kind, ownSizeOf(flat, id));
    default:
      return intAt(declared, id);
  }
}

/** In bits; `place` is the third word of a member. */
export const bitOffsetIn = (place: number, kflag: boolean): number => (kflag ? place & 0xffffff : place);
/** In bits; 0 for a member that is no bitfield. */
export const bitSizeIn = (place: number, kflag: boolean): number => (kflag ? place >>> 24 : 0);

/** The upper half of an enumerator's value, as relocation extends it: by its sign, whatever the kflag says. */
export const upperHalf = ({ words }: Flat, at: number, enumerator: number): number =>
  enumerator === 3 ? wordAt(words, at + 2) : (wordAt(words, at + 1) | 0) < 0 ? 0xffffffff : 0;

/** An int's encoding, offset and number of bits. */
export const encodingOf = (flat: Flat, id: TypeId): number =>
  wordAt(flat.words, elementsAt(flat, id)) & 0x0fff00ff;
/** An int's offset in bits. */
export const intOffsetOf = (flat: Flat, id: TypeId): number => (encodingOf(flat, id) >>> 16) & 0xff;
