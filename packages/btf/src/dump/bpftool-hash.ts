import type { TypeId } from "../btf.js";
import {
  elementOf,
  elementsAt,
  enumeratorWords,
  type Flat,
  MEMBER_WORDS,
  nameOf,
  nelemsOf,
  targetOf,
  typeAt,
  vlenOf,
} from "../flat.js";
import { IS_MODIFIER, Raw } from "../kinds.js";
import { byteAt, wordAt } from "../words.js";
import { endlessType, spend, type Work } from "./work.js";

// What bpftool orders types by that have the same name: a hash of the names in them (btf_type_disambig_hash). All of
// it is sums of 64 bits, h * 31 + x, kept here as halves of 32: bigints would take ten times as long.

/** The upper and the lower half of a sum. */
type Sum = Uint32Array;

/** Sums that are being made. */
export interface Hashing {
  readonly flat: Flat;
  readonly work: Work;
  /** Of a type and what it leads to. */
  readonly sum: Sum;
  /** Of one type on the way. */
  readonly own: Sum;
  /** Types on the way. */
  readonly chain: TypeId[];
  /** For the types of members; undefined where members are passed over. */
  readonly ofMembers: Hashing | undefined;
}

const hashingOf = (flat: Flat, work: Work, ofMembers: Hashing | undefined): Hashing => ({
  flat,
  work,
  sum: new Uint32Array(2),
  own: new Uint32Array(2),
  chain: [],
  ofMembers,
});

export const newHashing = (flat: Flat, work: Work): Hashing =>
  hashingOf(flat, work, hashingOf(flat, work, undefined));

interface Hashed {
  readonly id: number;
  readonly high: number;
  readonly low: number;
}

/** Brings types, which are in ascending order, in that of their hashes and, where these are equal, ids. */
export function sortByHash(hashing: Hashing, ids: Uint32Array): void {
  // Without any names the hash is 0: so it is for most of vmlinux's types that have to be ordered by it.
  const named: Hashed[] = [];
  let nameless = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = wordAt(ids, i);
    hashType(hashing, id as TypeId);
    const high = wordAt(hashing.sum, 0);
    const low = wordAt(hashing.sum, 1);
    if (high === 0 && low === 0) ids[nameless++] = id;
    else named.push({ id, high, low });
  }
  named.sort((a, b) => a.high - b.high || a.low - b.low || a.id - b.id);
  for (const { id } of named) ids[nameless++] = id;
}

/** Makes the sum of a type and what it leads to. */
function hashType(hashing: Hashing, id: TypeId): void {
  const { flat, work, sum, own, chain } = hashing;
  let last = id;
  for (let next = nextInChain(flat, id); next !== undefined; next = nextInChain(flat, next)) {
    chain.push(last);
    last = next;
    if (chain.length > flat.kinds.length) throw endlessType(id);
  }
  spend(work, chain.length + 1);
  sum.fill(0);
  addNames(hashing, last, sum);
  for (let link = chain.pop(); link !== undefined; link = chain.pop()) {
    own.fill(0);
    addNames(hashing, link, own);
    add(own, wordAt(sum, 0), wordAt(sum, 1));
    sum.set(own);
  }
}

/** What a type refers to that is not described by its own name and elements alone. */
export function nextInChain(flat: Flat, id: TypeId): TypeId | undefined {
  const kind = byteAt(flat.kinds, id);
  if (IS_MODIFIER[kind] === 1 || kind === Raw.ptr || kind === Raw.declTag) return targetOf(flat, id);
  return kind === Raw.array ? elementOf(flat, id) : undefined;
}

/** Adds what a type's own record says. */
function addNames(hashing: Hashing, id: TypeId, to: Sum): void {
  const { flat, ofMembers } = hashing;
  const { words } = flat;
  addName(hashing, nameOf(flat, id), to);
  switch (flat.kinds[id]) {
    case Raw.array:
      add(to, 0, nelemsOf(flat, id));
      break;
    case Raw.enum:
    case Raw.enum64: {
      const size = enumeratorWords(flat, id);
      const first = elementsAt(flat, id);
      for (let at = first; at < first + vlenOf(flat, id) * size; at += size) {
        addName(hashing, wordAt(words, at), to);
      }
      break;
    }
    case Raw.struct:
    case Raw.union: {
      if (ofMembers === undefined) return;
      const first = elementsAt(flat, id);
      for (let at = first; at < first + vlenOf(flat, id) * MEMBER_WORDS; at += MEMBER_WORDS) {
        addName(hashing, wordAt(words, at), to);
        hashType(ofMembers, typeAt(flat, at + 1));
        add(to, wordAt(ofMembers.sum, 0), wordAt(ofMembers.sum, 1));
      }
    }
  }
}

function add(to: Sum, high: number, low: number): void {
  const wide = wordAt(to, 1) * 31 + low;
  to[0] = wordAt(to, 0) * 31 + high + Math.floor(wide / 0x1_0000_0000);
  to[1] = wide;
}

/** Adds a name's own sum, over its bytes as signed numbers (libbpf: str_hash, as compiled for x86-64). */
function addName({ flat: { strings }, work }: Hashing, offset: number, to: Sum): void {
  if (offset === 0) return;
  let high = 0;
  let low = 0;
  let at = offset;
  for (let byte = strings[at]; byte; byte = strings[++at]) {
    const wide = low * 31 + byte - (byte < 0x80 ? 0 : 0x100);
    high = (high * 31 + Math.floor(wide / 0x1_0000_0000)) >>> 0;
    low = wide >>> 0;
  }
  spend(work, at - offset + 1);
  add(to, high, low);
}
