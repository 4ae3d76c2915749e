import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { bestPairs, nameLikeness } from "../likeness.js";
import { enumeratorBits, enumeratorNameOff, kflagOf, rawKindOf, stringAt, vlenOf } from "../read.js";
import type { Comparison } from "./comparison.js";
import type { EnumeratorChange } from "./types.js";
import type { Vocabulary } from "./vocabulary.js";

interface Found {
  readonly key: number;
  readonly name: string;
  readonly value: bigint;
}

/** An enum's enumerators by the numbers of their names without flavors, by which relocation looks them up. */
function enumeratorsOf(words: Vocabulary, btf: Btf, id: TypeId): Map<number, Found> {
  const enumerators = new Map<number, Found>();
  const bits = rawKindOf(btf, id) === Raw.enum64 ? 64 : 32;
  const asWritten = kflagOf(btf, id) ? BigInt.asIntN : BigInt.asUintN;
  for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
    const nameOff = enumeratorNameOff(btf, id, i);
    const key = words.essentialNameOf(btf, nameOff);
    if (enumerators.has(key)) continue;
    enumerators.set(key, {
      key,
      name: stringAt(btf, nameOff),
      value: asWritten(bits, enumeratorBits(btf, id, i)),
    });
  }
  return enumerators;
}

/** What is different between the enumerators of two enums. */
export function compareEnumerators(
  { words, before, after }: Comparison,
  beforeId: TypeId,
  afterId: TypeId,
): EnumeratorChange[] {
  const old = enumeratorsOf(words, before.btf, beforeId);
  const now = enumeratorsOf(words, after.btf, afterId);
  const removed = [...old.values()].filter(({ key }) => !now.has(key));
  const added = [...now.values()].filter(({ key }) => !old.has(key));
  const renames = bestPairs(removed, added, likeness);
  const taken = new Set(renames.values());

  const changes: EnumeratorChange[] = [];
  for (const one of old.values()) {
    const same = now.get(one.key);
    const partner = renames.get(one);
    if (same !== undefined) {
      if (same.value === one.value) continue;
      changes.push({ code: "value", before: plain(one), after: plain(same), compatible: true });
    } else if (partner !== undefined) {
      changes.push({ code: "renamed", before: plain(one), after: plain(partner), compatible: false });
    } else {
      changes.push({ code: "removed", before: plain(one), after: undefined, compatible: false });
    }
  }
  for (const one of added) {
    if (!taken.has(one)) {
      changes.push({ code: "added", before: undefined, after: plain(one), compatible: true });
    }
  }
  return changes;
}

const plain = ({ name, value }: Found): { name: string; value: bigint } => ({ name, value });

/** Enumerators of one enum often begin alike: without the same value there is no telling. */
const likeness = (before: Found, after: Found): number =>
  before.value === after.value ? 2 + nameLikeness(before.name, after.name) : 0;
