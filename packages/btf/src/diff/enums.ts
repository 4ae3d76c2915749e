import type { TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { bestPairs, comparableName, nameLikeness } from "../likeness.js";
import { enumeratorBits, enumeratorNameOff, kflagOf, rawKindOf, stringAt, vlenOf } from "../read.js";
import type { Comparison } from "./comparison.js";
import type { Side } from "./side.js";
import type { EnumeratorChange } from "./types.js";
import type { Vocabulary } from "./vocabulary.js";

/** An enumerator whose name is not decoded yet. */
interface Found {
  /** Number of its name. */
  readonly key: number;
  readonly nameOff: number;
  readonly value: bigint;
}

type Shown = NonNullable<EnumeratorChange["before"]>;

/** An enum's enumerators by the numbers of their names without flavors, by which relocation looks them up. */
function enumeratorsOf(words: Vocabulary, { btf, flat }: Side, id: TypeId): Map<number, Found> {
  const enumerators = new Map<number, Found>();
  const bits = rawKindOf(btf, id) === Raw.enum64 ? 64 : 32;
  const asWritten = kflagOf(btf, id) ? BigInt.asIntN : BigInt.asUintN;
  for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
    const nameOff = enumeratorNameOff(btf, id, i);
    const key = words.essentialNameOf(flat, nameOff);
    if (enumerators.has(key)) continue;
    enumerators.set(key, { key, nameOff, value: asWritten(bits, enumeratorBits(btf, id, i)) });
  }
  return enumerators;
}

/** What is different between the enumerators of two enums. */
export function compareEnumerators(
  { words, before, after }: Comparison,
  beforeId: TypeId,
  afterId: TypeId,
): EnumeratorChange[] {
  const old = enumeratorsOf(words, before, beforeId);
  const now = enumeratorsOf(words, after, afterId);
  const oldOf = ({ nameOff, value }: Found): Shown => ({ name: stringAt(before.btf, nameOff), value });
  const newOf = ({ nameOff, value }: Found): Shown => ({ name: stringAt(after.btf, nameOff), value });
  const removed = [...old.values()].filter(({ key }) => !now.has(key));
  const added = [...now.values()].filter(({ key }) => !old.has(key));
  // Enumerators of one enum often begin alike: without the same value there is no telling.
  const renames = bestPairs(removed, added, (a, b) =>
    a.value === b.value ? 2 + nameLikeness(comparableName(oldOf(a).name), comparableName(newOf(b).name)) : 0,
  );
  const taken = new Set(renames.values());

  const changes: EnumeratorChange[] = [];
  for (const one of old.values()) {
    const same = now.get(one.key);
    const partner = renames.get(one);
    if (same !== undefined) {
      if (same.value === one.value) continue;
      changes.push({ code: "value", before: oldOf(one), after: newOf(same), compatible: true });
    } else if (partner !== undefined) {
      changes.push({ code: "renamed", before: oldOf(one), after: newOf(partner), compatible: false });
    } else {
      changes.push({ code: "removed", before: oldOf(one), after: undefined, compatible: false });
    }
  }
  for (const one of added) {
    if (!taken.has(one)) {
      changes.push({ code: "added", before: undefined, after: newOf(one), compatible: true });
    }
  }
  return changes;
}
