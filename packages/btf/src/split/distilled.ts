import type { Btf, TypeId } from "../btf.js";
import { BtfError } from "../error.js";
import { IS_MODIFIER, Raw } from "../kinds.js";
import { idsByName } from "../names.js";
import {
  arrayElementOf,
  intEncodingOf,
  kflagOf,
  kindOf,
  memberTypeOf,
  nameOffOf,
  ownSizeOf,
  rawKindOf,
  referredTypeOf,
  stringBytesAt,
  vlenOf,
} from "../read.js";

/** What the types of a distilled base are in a kernel. */
export interface DistilledMatch {
  /** By id in the distilled base: the type that it stands for, 0 where it stands for none, or for several. */
  readonly ids: Uint32Array;
  /** By string offset in the distilled base: the offset of the same name in the kernel's strings. */
  readonly names: ReadonlyMap<number, number>;
  readonly unmatched: readonly Unmatched[];
}

/** A type of a distilled base that stands for none of the kernel's. */
export interface Unmatched {
  readonly id: TypeId;
  /** Types that match where only one may; none where what the kernel has of that name is different. */
  readonly matches: readonly TypeId[];
  /** The kernel's types of that name, of any kind that it could be. */
  readonly namesakes: readonly TypeId[];
}

/**
 * Finds what a distilled base stands for (libbpf: btf_relocate_map_distilled_base): integers, floats and enums by name
 * and size, integers also by encoding; structs and unions by name, and by size where the kernel has several of
 * that name or one is a part of the module's own structs; forward declarations by name.
 *
 * What libbpf does and may not mean is kept, as the kernel does the same: a forward declaration matches a struct
 * without bitfields or a union with some; a struct matches whatever has its name, a forward declaration too, and then
 * there are two where there should be one.
 *
 * @throws BtfError `distilled-base` when it has types that no distilled base has.
 */
export function matchDistilled(distilled: Btf, split: Btf, base: Btf): DistilledMatch {
  checkDistilled(distilled);
  const embedded = embeddedIn(split, distilled);
  const ids = new Uint32Array(distilled.endId);
  const names = new Map([[0, 0]]);
  const unmatched: Unmatched[] = [];
  let stepsLeft = LEAST_STEPS + base.endId + distilled.endId;
  for (let id = distilled.startId; id < distilled.endId; id = (id + 1) as TypeId) {
    const nameOff = nameOffOf(distilled, id);
    const namesakes = namesakesIn(base, stringBytesAt(distilled, nameOff));
    stepsLeft -= namesakes.length;
    if (stepsLeft < 0) {
      throw new BtfError("too-complex", "too many types have the names of others", { typeId: id });
    }
    const isEmbedded = COMPOSITE.has(rawKindOf(distilled, id)) && embedded[id] === 1;
    const matches: TypeId[] = [];
    for (const one of namesakes) {
      // Once there is a match, the size does not count any more.
      const isSized = one.isSized || (isEmbedded && matches.length === 0);
      if (isSame(distilled, id, base, one.id, isSized)) matches.push(one.id);
    }
    const [only] = matches;
    if (only !== undefined) names.set(nameOff, nameOffOf(base, only));
    if (only !== undefined && matches.length === 1) ids[id] = only;
    else unmatched.push({ id, matches, namesakes: namesakes.map((one) => one.id) });
  }
  return { ids, names, unmatched };
}

/** Beside one for every type: how many types of the same names may be looked at. Real ones take a few a name. */
const LEAST_STEPS = 1 << 16;

const COMPOSITE = new Set<number>([Raw.struct, Raw.union]);
const SCALAR = new Set<number>([Raw.int, Raw.float, Raw.enum, Raw.enum64]);
const HAS_SIZE = new Set([...COMPOSITE, ...SCALAR]);

/** Only named integers, floats, enums, structs, unions and forward declarations are distilled. */
function checkDistilled(distilled: Btf): void {
  for (let id = distilled.startId; id < distilled.endId; id = (id + 1) as TypeId) {
    const kind = rawKindOf(distilled, id);
    const isDistilled = kind === Raw.fwd || (HAS_SIZE.has(kind) && kind !== Raw.enum64);
    if (isDistilled && nameOffOf(distilled, id) !== 0) continue;
    const what = isDistilled ? "has no name" : `is of kind ${kindOf(distilled, id)}`;
    throw new BtfError("distilled-base", `type ${id} of the distilled base ${what}`, { typeId: id });
  }
}

/** By id in the distilled base: 1 for what the module's structs and unions have by value. */
function embeddedIn(split: Btf, distilled: Btf): Uint8Array {
  const seen = new Uint8Array(split.endId);
  const see = (member: TypeId): void => {
    for (let id = member; id !== 0 && seen[id] === 0; ) {
      seen[id] = 1;
      const kind = rawKindOf(split, id);
      if (IS_MODIFIER[kind] === 1) id = referredTypeOf(split, id);
      else if (kind === Raw.array) id = arrayElementOf(split, id);
      else return;
    }
  };
  for (let id = split.startId; id < split.endId; id = (id + 1) as TypeId) {
    if (!COMPOSITE.has(rawKindOf(split, id))) continue;
    for (let i = 0, vlen = vlenOf(split, id); i < vlen; i++) see(memberTypeOf(split, id, i));
  }
  return seen.subarray(0, distilled.endId);
}

interface Namesake {
  readonly id: TypeId;
  /** Whether what stands for it has to have its size, too. */
  readonly isSized: boolean;
}

/** The kernel's types of a name that may be meant. Equal strings that are stored twice are two names to libbpf. */
function namesakesIn(base: Btf, name: Uint8Array): readonly Namesake[] {
  const ids = idsByName(base, name, "exact");
  const composites = new Map<number, number>();
  for (const id of ids) {
    const nameOff = nameOffOf(base, id);
    if (COMPOSITE.has(rawKindOf(base, id))) composites.set(nameOff, (composites.get(nameOff) ?? 0) + 1);
  }
  return ids.flatMap((id) => {
    const kind = rawKindOf(base, id);
    if (SCALAR.has(kind)) return { id, isSized: true };
    if (COMPOSITE.has(kind)) return { id, isSized: (composites.get(nameOffOf(base, id)) ?? 0) > 1 };
    return kind === Raw.fwd ? { id, isSized: false } : [];
  });
}

function isSame(distilled: Btf, id: TypeId, base: Btf, candidate: TypeId, isSized: boolean): boolean {
  const kind = rawKindOf(distilled, id);
  const found = rawKindOf(base, candidate);
  if (isSized && sizeAt(distilled, id) !== sizeAt(base, candidate)) return false;
  switch (kind) {
    case Raw.fwd:
      if (found === Raw.fwd) return kflagOf(distilled, id) === kflagOf(base, candidate);
      return COMPOSITE.has(found) && kflagOf(base, candidate) === (found === Raw.union);
    case Raw.int:
      return found === kind && intEncodingOf(distilled, id) === intEncodingOf(base, candidate);
    case Raw.float:
      return found === kind;
    case Raw.enum:
      return found === kind || found === Raw.enum64;
    default:
      return true;
  }
}

/** 0 for a forward declaration, which has none. */
const sizeAt = (btf: Btf, id: TypeId): number => (HAS_SIZE.has(rawKindOf(btf, id)) ? ownSizeOf(btf, id) : 0);
