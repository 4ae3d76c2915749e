import { type Btf, parseBtf } from "@core/btf";
import { type ByteOrder, fixtureTargets, objectPath, PAIRS, readFixture, targetPath } from "@core/fixtures";
import { openObject, type Target } from "@core/relocate";
import { expect, it } from "vitest";
import { decisionsOf, parseMinimized } from "../test/decisions.js";
import { minimize } from "./index.js";

const ORDERS: readonly ByteOrder[] = ["little", "big"];
const targets = fixtureTargets();

/** A target and its modules, each parsed on the one that it is split from. */
function readTarget(name: string, modules: readonly string[], order: ByteOrder): Target {
  const parsed = new Map<string, Btf>();
  const read = (of: string): Btf => {
    const base = targets.find((target) => target.name === of && target.order === order)?.base;
    const btf =
      parsed.get(of) ??
      parseBtf(readFixture(targetPath(of, order)), base === undefined ? {} : { base: read(base) });
    parsed.set(of, btf);
    return btf;
  };
  return { kernel: read(name), modules: modules.map((module) => ({ name: module, btf: read(module) })) };
}

// Those that libbpf refuses are refused by what reads them here, too.
const cases = PAIRS.filter(({ refusal }) => refusal !== "target" && refusal !== "ext").flatMap((pair) =>
  ORDERS.map((order) => {
    const targetNames = [pair.target, ...(pair.modules ?? [])].join(" + ");
    return { pair, order, title: `${pair.object} on ${targetNames}, ${order}-endian: ${pair.purpose}` };
  }),
);

it.each(cases)("$title", ({ pair, order }) => {
  const object = openObject(readFixture(objectPath(pair.object, order)));
  const target = readTarget(pair.target, pair.modules ?? [], order);
  const result = minimize([object], target);
  const minimized = parseMinimized(result);
  expect(minimized.kernel.order).toBe(order);
  expect(result.kernel.length).toBeLessThanOrEqual(readFixture(targetPath(pair.target, order)).length);
  expect(decisionsOf(object, minimized)).toEqual(decisionsOf(object, target));
});

it.each(ORDERS)("all objects that go with a target together (%s-endian)", (order) => {
  for (const name of new Set(cases.map(({ pair }) => pair.target))) {
    const pairs = cases.filter(({ pair }) => pair.target === name && pair.refusal === undefined);
    const modules = new Set(pairs.flatMap(({ pair }) => pair.modules ?? []));
    const target = readTarget(name, [...modules], order);
    const names = new Set(pairs.map(({ pair }) => pair.object));
    const objects = Array.from(names, (object) => openObject(readFixture(objectPath(object, order))));
    const minimized = parseMinimized(minimize(objects, target));
    for (const object of objects) expect(decisionsOf(object, minimized)).toEqual(decisionsOf(object, target));
  }
});
