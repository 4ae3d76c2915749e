import type { TypeId } from "@core/btf";
import { parseSpec, RELOCATION_KINDS, type Spec, SpecError } from "@core/spec";
import { Types } from "@core/written-types";
import fc from "fast-check";
import { expect, it } from "vitest";
import { frozen } from "../test/decide.js";
import { findCandidates, formatRejection, resolve, survivorsOf, type Verdict } from "./index.js";

const COUNT = 10;
const id = fc.nat(COUNT);
const name = fc.constantFrom("a", "b", "a___x", "s", "");
const plan = fc.record({
  kind: fc.nat(15),
  name,
  ids: fc.tuple(id, id, id),
  names: fc.tuple(name, name, name),
  n: fc.nat(3),
  size: fc.oneof(fc.nat(16), fc.nat(0xffffffff)),
  offset: fc.nat(0xffffff),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

/** Adds any type, which may refer to any other and to itself. */
function add(t: Types, { kind, name, ids, names, n, size, offset }: Plan): number {
  const [a, b, c] = ids;
  const bits = n === 3 ? size & 7 : 0;
  const members = names.slice(0, n).map((member, i) => [member, ids[i] ?? 0, offset >>> i, bits] as const);
  const values = Object.fromEntries(names.slice(0, n).map((value, i) => [value, i - 1]));
  const wide = Object.fromEntries(
    names.slice(0, n).map((value, i) => [value, BigInt(offset) << BigInt(i * 20)]),
  );
  switch (kind) {
    case 0:
      return t.int(name, size, { signed: n > 1, bitOffset: offset & 1 });
    case 1:
      return t.ptr(a);
    case 2:
      return t.array(a, n === 3 ? size : n);
    case 3:
      return t.const(a);
    case 4:
      return t.typedef(name, a);
    case 5:
      return t.enum(name, values, size);
    case 6:
      return t.enum64(name, wide, size);
    case 7:
      return t.fwd(name, n > 1 ? "union" : "struct");
    case 8:
      return t.proto(a, ...[b, c].slice(0, n));
    case 9:
      return t.float(name, size);
    case 10:
      return t.union(name, size, ...members);
    default:
      return t.struct(name, size, ...members);
  }
}

const graph = fc.array(plan, { minLength: COUNT, maxLength: COUNT });
const orders = fc.constantFrom("little" as const, "big" as const);
const kinds = fc.constantFrom(...RELOCATION_KINDS);
const indices = fc.array(fc.nat(2), { minLength: 1, maxLength: 5 });
const accessStr = fc.oneof(
  fc.constant("0"),
  indices.map((list) => `0:${list.join(":")}`),
);

function parsed(...args: Parameters<typeof parseSpec>): Spec | undefined {
  try {
    return Object.freeze(parseSpec(...args));
  } catch (error) {
    if (error instanceof SpecError) return undefined;
    throw error;
  }
}

it("whatever the types are, there is a verdict with reasons that can be told", () => {
  const seen: Record<Verdict["kind"], number> = {
    resolved: 0,
    absent: 0,
    poison: 0,
    ambiguous: 0,
    invalid: 0,
  };
  const root = fc.integer({ min: 1, max: COUNT });
  fc.assert(
    fc.property(
      graph,
      graph,
      orders,
      root,
      accessStr,
      kinds,
      (plans, others, order, rootId, access, kind) => {
        const [local, target] = [new Types(), new Types()];
        for (const plan of plans) add(local, plan);
        // Some of the target's types are the same, so that there is something to be found.
        for (const plan of [...plans.slice(0, COUNT / 2), ...others]) add(target, plan);
        const [btf, kernel] = [local.btf(order), target.btf(order)];
        const spec = parsed(btf, rootId, access, kind);
        if (spec === undefined) return;
        // A candidate that has nothing to do with it, as well.
        const other = { btf: kernel, typeId: COUNT as TypeId, module: "m" };
        const candidates = frozen([...findCandidates(btf, spec.rootId, { kernel }), other]);
        const resolution = resolve(spec, candidates);
        seen[resolution.verdict.kind]++;
        for (const attempt of resolution.attempts) {
          if (attempt.matched) continue;
          expect(formatRejection(spec, attempt.candidate, attempt.rejection)).not.toMatch(
            /undefined|NaN|\d\.\d/,
          );
        }
        expect(candidates).toEqual(expect.arrayContaining([...survivorsOf(resolution, candidates)]));
      },
    ),
    { numRuns: 4000 },
  );
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(0);
});
