import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { sameName } from "../names.js";
import {
  declTagIndexOf,
  enumeratorBits,
  enumeratorNameOff,
  intBitsOf,
  intEncodingOf,
  intOffsetOf,
  kflagOf,
  memberBitOffset,
  memberBitSize,
  memberNameOff,
  memberTypeOf,
  nameOffOf,
  ownSizeOf,
  rawKindOf,
  referredTypeOf,
  secVarOffset,
  secVarSize,
  secVarTypeOf,
  vlenOf,
} from "../read.js";
import type { Comparison } from "./comparison.js";
import { constant, type Side } from "./shapes.js";
import type { Vocabulary } from "./vocabulary.js";

/** First word of a definition, beside kinds' numbers. */
const DEFINITION = 0x103;

/**
 * Number of a type's definition: equal for two types of the same name in which nothing is different. Not its name
 * counts, but that of its members and enumerators, their offsets, and what their types are to it, the size included.
 */
export function definitionOf({ btf, shapes }: Side, words: Vocabulary, id: TypeId): number {
  const { declared, size } = shapes;
  const { push } = words.shapes;
  const kind = rawKindOf(btf, id);
  const vlen = vlenOf(btf, id);
  switch (kind) {
    case Raw.struct:
    case Raw.union:
      push(DEFINITION);
      push(kind);
      push(ownSizeOf(btf, id));
      for (let i = 0; i < vlen; i++) {
        const to = memberTypeOf(btf, id, i);
        push(words.nameOf(btf, memberNameOff(btf, id, i)));
        push(memberBitOffset(btf, id, i));
        push(memberBitSize(btf, id, i));
        push(declared[to] ?? 0);
        push(size[to] ?? 0);
      }
      return words.shapes.intern();
    case Raw.enum:
    case Raw.enum64:
      push(DEFINITION);
      push(Raw.enum);
      push(ownSizeOf(btf, id));
      push(kflagOf(btf, id) ? 1 : 0);
      for (let i = 0; i < vlen; i++) {
        const bits = enumeratorBits(btf, id, i);
        push(words.essentialNameOf(btf, enumeratorNameOff(btf, id, i)));
        push(Number(bits & 0xffffffffn));
        push(Number(bits >> 32n));
      }
      return words.shapes.intern();
    case Raw.typedef:
    case Raw.func:
    case Raw.var:
      return constant(words, DEFINITION, kind, declared[referredTypeOf(btf, id)] ?? 0);
    case Raw.datasec:
      push(DEFINITION);
      push(kind);
      push(ownSizeOf(btf, id));
      for (let i = 0; i < vlen; i++) {
        push(declared[secVarTypeOf(btf, id, i)] ?? 0);
        push(secVarOffset(btf, id, i));
        push(secVarSize(btf, id, i));
      }
      return words.shapes.intern();
    case Raw.declTag:
      push(DEFINITION);
      push(kind);
      push(words.nameOf(btf, nameOffOf(btf, id)));
      push(declTagIndexOf(btf, id));
      push(kflagOf(btf, id) ? 1 : 0);
      push(declared[referredTypeOf(btf, id)] ?? 0);
      return words.shapes.intern();
    case Raw.int:
      return constant(words, DEFINITION, ownSizeOf(btf, id), intWordOf(btf, id));
    case Raw.float:
      return constant(words, DEFINITION, kind, ownSizeOf(btf, id));
    default:
      return declared[id] ?? 0;
  }
}

const intWordOf = (btf: Btf, id: TypeId): number =>
  (intEncodingOf(btf, id) << 16) | (intOffsetOf(btf, id) << 8) | intBitsOf(btf, id);

/** Have two types the same {@link definitionOf}? Without numbers for the names in them, which is much faster. */
export function haveSameDefinition({ words, before, after }: Comparison, a: TypeId, b: TypeId): boolean {
  const old = before.btf;
  const now = after.btf;
  const { declared, size } = before.shapes;
  const { declared: newDeclared, size: newSize } = after.shapes;
  const kind = rawKindOf(old, a);
  const newKind = rawKindOf(now, b);
  const vlen = vlenOf(old, a);
  switch (kind) {
    case Raw.struct:
    case Raw.union:
      if (kind !== newKind || vlen !== vlenOf(now, b) || ownSizeOf(old, a) !== ownSizeOf(now, b))
        return false;
      for (let i = 0; i < vlen; i++) {
        const to = memberTypeOf(old, a, i);
        const newTo = memberTypeOf(now, b, i);
        if (declared[to] !== newDeclared[newTo] || !Object.is(size[to], newSize[newTo])) return false;
        if (memberBitOffset(old, a, i) !== memberBitOffset(now, b, i)) return false;
        if (memberBitSize(old, a, i) !== memberBitSize(now, b, i)) return false;
        if (!sameName(old, memberNameOff(old, a, i), now, memberNameOff(now, b, i), "exact")) return false;
      }
      return true;
    case Raw.enum:
    case Raw.enum64:
      if (vlen !== vlenOf(now, b) || ownSizeOf(old, a) !== ownSizeOf(now, b)) return false;
      if (kflagOf(old, a) !== kflagOf(now, b)) return false;
      for (let i = 0; i < vlen; i++) {
        if (enumeratorBits(old, a, i) !== enumeratorBits(now, b, i)) return false;
        const [oldName, newName] = [enumeratorNameOff(old, a, i), enumeratorNameOff(now, b, i)];
        if (!sameName(old, oldName, now, newName, "essential")) return false;
      }
      return true;
    case Raw.typedef:
    case Raw.func:
    case Raw.var:
      return declared[referredTypeOf(old, a)] === newDeclared[referredTypeOf(now, b)];
    case Raw.datasec:
    case Raw.declTag:
      return definitionOf(before, words, a) === definitionOf(after, words, b);
    case Raw.int:
      return ownSizeOf(old, a) === ownSizeOf(now, b) && intWordOf(old, a) === intWordOf(now, b);
    case Raw.float:
      return ownSizeOf(old, a) === ownSizeOf(now, b);
    default:
      return declared[a] === newDeclared[b];
  }
}
