import type { TypeId } from "../btf.js";
import { elementsAt, enumeratorWords, kflagOf, MEMBER_WORDS, ownSizeOf, targetOf, vlenOf } from "../flat.js";
import { Raw } from "../kinds.js";
import { sameBytes } from "../names.js";
import { byteAt, wordAt } from "../words.js";
import type { Comparison } from "./comparison.js";
import { bitOffsetIn, bitSizeIn, definitionOf, encodingOf, upperHalf } from "./definition.js";
import type { Side } from "./side.js";

/** Have two types the same {@link definitionOf}? Without numbers for the names in them, which is much faster. */
export function haveSameDefinition(comparison: Comparison, a: TypeId, b: TypeId): boolean {
  const { words, before, after } = comparison;
  const old = before.flat;
  const now = after.flat;
  const { declared } = before.shapes;
  const { declared: newDeclared } = after.shapes;
  const kind = byteAt(old.kinds, a);
  switch (kind) {
    case Raw.struct:
    case Raw.union:
      return kind === now.kinds[b] && haveSameMembers(before, after, a, b);
    case Raw.enum:
    case Raw.enum64:
      return haveSameEnumerators(comparison, a, b);
    case Raw.typedef:
    case Raw.func:
    case Raw.var:
      return declared[targetOf(old, a)] === newDeclared[targetOf(now, b)];
    case Raw.datasec:
    case Raw.declTag:
      return definitionOf(before, words, a) === definitionOf(after, words, b);
    case Raw.int:
      return ownSizeOf(old, a) === ownSizeOf(now, b) && encodingOf(old, a) === encodingOf(now, b);
    case Raw.float:
      return ownSizeOf(old, a) === ownSizeOf(now, b);
    default:
      return declared[a] === newDeclared[b];
  }
}

function haveSameMembers(before: Side, after: Side, a: TypeId, b: TypeId): boolean {
  const old = before.flat;
  const now = after.flat;
  const vlen = vlenOf(old, a);
  if (vlen !== vlenOf(now, b) || ownSizeOf(old, a) !== ownSizeOf(now, b)) return false;
  const { declared, size } = before.shapes;
  const { declared: newDeclared, size: newSize } = after.shapes;
  const kflag = kflagOf(old, a);
  const newKflag = kflagOf(now, b);
  let at = elementsAt(old, a);
  let newAt = elementsAt(now, b);
  for (let i = 0; i < vlen; i++, at += MEMBER_WORDS, newAt += MEMBER_WORDS) {
    const to = wordAt(old.words, at + 1);
    const newTo = wordAt(now.words, newAt + 1);
    if (declared[to] !== newDeclared[newTo] || size[to] !== newSize[newTo]) return false;
    const place = wordAt(old.words, at + 2);
    const newPlace = wordAt(now.words, newAt + 2);
    if (bitOffsetIn(place, kflag) !== bitOffsetIn(newPlace, newKflag)) return false;
    if (bitSizeIn(place, kflag) !== bitSizeIn(newPlace, newKflag)) return false;
    if (!sameBytes(old.strings, wordAt(old.words, at), now.strings, wordAt(now.words, newAt))) return false;
  }
  return true;
}

function haveSameEnumerators({ words, before, after }: Comparison, a: TypeId, b: TypeId): boolean {
  const old = before.flat;
  const now = after.flat;
  const vlen = vlenOf(old, a);
  if (vlen !== vlenOf(now, b) || ownSizeOf(old, a) !== ownSizeOf(now, b)) return false;
  if (kflagOf(old, a) !== kflagOf(now, b)) return false;
  const step = enumeratorWords(old, a);
  const newStep = enumeratorWords(now, b);
  let at = elementsAt(old, a);
  let newAt = elementsAt(now, b);
  for (let i = 0; i < vlen; i++, at += step, newAt += newStep) {
    if (old.words[at + 1] !== now.words[newAt + 1]) return false;
    if (upperHalf(old, at, step) !== upperHalf(now, newAt, newStep)) return false;
    const name = wordAt(old.words, at);
    const newName = wordAt(now.words, newAt);
    if (sameBytes(old.strings, name, now.strings, newName)) continue;
    if (words.essentialNameOf(old, name) !== words.essentialNameOf(now, newName)) return false;
  }
  return true;
}
