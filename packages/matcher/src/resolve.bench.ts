import { parseSpec, type RelocationKind } from "@core/spec";
import { type MemberPlan, Types } from "@core/written-types";
import { bench } from "vitest";
import { findCandidates, resolve } from "./index.js";

/** A struct of 200 members, two of them anonymous, as large as the kernel's larger ones. */
function largeStruct(t: Types): number {
  const int = t.int("int", 4);
  const field = (i: number): MemberPlan => [`field_number_${i}`, int, i * 32];
  const inner = t.struct("", 400, ...Array.from({ length: 100 }, (_, i) => field(i)));
  const outer = Array.from({ length: 98 }, (_, i) => field(100 + i));
  return t.struct("large", 1200, ["", inner, 3136], ...outer, ["", t.union("", 4, ["last", int, 0]), 6400]);
}

const values = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`VALUE_NUMBER_${i}`, i]));

const t = new Types();
const small = t.struct("small", 8, ["a", t.int("u32", 4), 0], ["b", t.ptr(0), 64]);
const large = largeStruct(t);
const colors = t.enum("colors", values);
const btf = t.btf();
const target = { kernel: btf };

function benchResolve(what: string, root: number, accessStr: string, kind: RelocationKind): void {
  const spec = parseSpec(btf, root, accessStr, kind);
  const candidates = findCandidates(btf, spec.rootId, target);
  bench(`resolve, ${what}`, () => {
    resolve(spec, candidates);
  });
}

benchResolve("a field of a small struct", small, "0:1", "byte_off");
benchResolve("a field past 200 others", large, "0:99:0", "byte_off");
benchResolve("type_exists", large, "0", "type_exists");
benchResolve("type_matches of 200 members", large, "0", "type_matches");
benchResolve("the last of 200 enumerators", colors, "199", "enumval_value");

bench("findCandidates, on a warm target", () => {
  findCandidates(btf, colors, target);
});
