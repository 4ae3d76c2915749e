import type { Btf, TypeId } from "../btf.js";
import { paramNameOff, paramTypeOf, stringAt, vlenOf } from "../read.js";
import type { Comparison } from "./comparison.js";
import type { ParamChange, PlacedParam } from "./types.js";

function paramsOf(btf: Btf, proto: TypeId): PlacedParam[] {
  return Array.from({ length: vlenOf(btf, proto) }, (_, index) => ({
    index,
    name: stringAt(btf, paramNameOff(btf, proto, index)),
    typeId: paramTypeOf(btf, proto, index),
  }));
}

/** What is different between the parameters of two function prototypes: those of a name go together, wherever they are. */
export function compareParams(comparison: Comparison, before: TypeId, after: TypeId): ParamChange[] {
  const old = paramsOf(comparison.before.btf, before);
  const now = paramsOf(comparison.after.btf, after);
  const byName = new Map(now.filter(({ name }) => name !== "").map((param) => [param.name, param]));
  const partners = new Map<PlacedParam, PlacedParam>();
  const taken = new Set<PlacedParam>();
  const pair = (a: PlacedParam, b: PlacedParam | undefined): void => {
    if (b === undefined || taken.has(b) || partners.has(a)) return;
    partners.set(a, b);
    taken.add(b);
  };
  for (const param of old) pair(param, byName.get(param.name));
  for (const param of old) pair(param, now[param.index]);

  const changes: ParamChange[] = [];
  for (const param of old) {
    const partner = partners.get(param);
    if (partner === undefined) {
      changes.push({ codes: ["removed"], before: param, after: undefined });
      continue;
    }
    const codes = codesOf(comparison, param, partner);
    if (codes.length > 0) changes.push({ codes, before: param, after: partner });
  }
  for (const param of now) {
    if (!taken.has(param)) changes.push({ codes: ["added"], before: undefined, after: param });
  }
  return changes;
}

function codesOf(
  { before, after }: Comparison,
  a: PlacedParam,
  b: PlacedParam,
): ("renamed" | "moved" | "retyped")[] {
  const codes: ("renamed" | "moved" | "retyped")[] = [];
  if (a.name !== b.name) codes.push("renamed");
  if (a.index !== b.index) codes.push("moved");
  if (before.shapes.declared[a.typeId] !== after.shapes.declared[b.typeId]) codes.push("retyped");
  return codes;
}
