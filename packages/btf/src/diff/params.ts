import type { TypeId } from "../btf.js";
import { elementsAt, PARAM_WORDS, vlenOf } from "../flat.js";
import { stringAt } from "../read.js";
import { wordAt } from "../words.js";
import type { Comparison } from "./comparison.js";
import type { Side } from "./side.js";
import type { ParamChange, PlacedParam } from "./types.js";
import type { Vocabulary } from "./vocabulary.js";

/** A parameter whose name is not decoded yet. */
interface Found extends Omit<PlacedParam, "name"> {
  /** Number of its name; 0 for none. */
  readonly key: number;
  readonly nameOff: number;
}

function paramsOf(words: Vocabulary, { flat }: Side, proto: TypeId): Found[] {
  const params: Found[] = [];
  const first = elementsAt(flat, proto);
  for (let index = 0, vlen = vlenOf(flat, proto); index < vlen; index++) {
    const at = first + index * PARAM_WORDS;
    const nameOff = wordAt(flat.words, at);
    const typeId = wordAt(flat.words, at + 1) as TypeId;
    params.push({ key: words.nameOf(flat, nameOff), nameOff, index, typeId });
  }
  return params;
}

/** What is different between the parameters of two function prototypes: those of a name go together, wherever they are. */
export function compareParams(comparison: Comparison, before: TypeId, after: TypeId): ParamChange[] {
  const { words } = comparison;
  const old = paramsOf(words, comparison.before, before);
  const now = paramsOf(words, comparison.after, after);
  const byName = new Map<number, Found>();
  for (const param of now) if (param.key !== 0) byName.set(param.key, param);
  const partners = new Map<Found, Found>();
  const taken = new Set<Found>();
  const pair = (a: Found, b: Found | undefined): void => {
    if (b === undefined || taken.has(b) || partners.has(a)) return;
    partners.set(a, b);
    taken.add(b);
  };
  for (const param of old) pair(param, byName.get(param.key));
  for (const param of old) pair(param, now[param.index]);

  const changes: ParamChange[] = [];
  for (const param of old) {
    const partner = partners.get(param);
    if (partner === undefined) {
      changes.push({ codes: ["removed"], before: placed(comparison.before, param), after: undefined });
      continue;
    }
    const codes = codesOf(comparison, param, partner);
    if (codes.length === 0) continue;
    changes.push({
      codes,
      before: placed(comparison.before, param),
      after: placed(comparison.after, partner),
    });
  }
  for (const param of now) {
    if (taken.has(param)) continue;
    changes.push({ codes: ["added"], before: undefined, after: placed(comparison.after, param) });
  }
  return changes;
}

const placed = ({ btf }: Side, { index, nameOff, typeId }: Found): PlacedParam => ({
  index,
  name: stringAt(btf, nameOff),
  typeId,
});

function codesOf({ before, after }: Comparison, a: Found, b: Found): ("renamed" | "moved" | "retyped")[] {
  const codes: ("renamed" | "moved" | "retyped")[] = [];
  if (a.key !== b.key) codes.push("renamed");
  if (a.index !== b.index) codes.push("moved");
  if (before.shapes.declared[a.typeId] !== after.shapes.declared[b.typeId]) codes.push("retyped");
  return codes;
}
