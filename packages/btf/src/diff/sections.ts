import type { TypeId } from "../btf.js";
import { nameOffOf, secVarOffset, secVarSize, secVarTypeOf, stringAt, vlenOf } from "../read.js";
import type { Comparison } from "./comparison.js";
import type { Side } from "./side.js";
import type { PlacedVar, VarChange } from "./types.js";
import type { Vocabulary } from "./vocabulary.js";

/** The variables of a data section by the numbers of their names; the first of a name counts. */
function varsOf(words: Vocabulary, { btf, flat }: Side, id: TypeId): Map<number, PlacedVar> {
  const vars = new Map<number, PlacedVar>();
  for (let i = 0, vlen = vlenOf(btf, id); i < vlen; i++) {
    const typeId = secVarTypeOf(btf, id, i);
    const nameOff = nameOffOf(btf, typeId);
    const key = words.nameOf(flat, nameOff);
    if (vars.has(key)) continue;
    const [offset, size] = [secVarOffset(btf, id, i), secVarSize(btf, id, i)];
    vars.set(key, { name: stringAt(btf, nameOff), typeId, offset, size });
  }
  return vars;
}

/** What is different between the variables of two data sections, whose types are compared by themselves. */
export function compareVars(
  { words, before, after }: Comparison,
  beforeId: TypeId,
  afterId: TypeId,
): VarChange[] {
  const old = varsOf(words, before, beforeId);
  const now = varsOf(words, after, afterId);
  const changes: VarChange[] = [];
  for (const [key, one] of old) {
    const same = now.get(key);
    if (same === undefined) changes.push({ codes: ["removed"], before: one, after: undefined });
    else if (one.offset !== same.offset || one.size !== same.size) {
      const moved = one.offset === same.offset ? [] : (["moved"] as const);
      const resized = one.size === same.size ? [] : (["resized"] as const);
      changes.push({ codes: [...moved, ...resized], before: one, after: same });
    }
  }
  for (const [key, one] of now) {
    if (!old.has(key)) changes.push({ codes: ["added"], before: undefined, after: one });
  }
  return changes;
}
