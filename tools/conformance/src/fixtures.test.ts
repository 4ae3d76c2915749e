import { type Btf, parseBtf } from "@core/btf";
import { CoreError } from "@core/bytes";
import type { ObjectAnswer } from "@core/corpus";
import {
  type ByteOrder,
  fixturePath,
  fixtureTargets,
  objectPath,
  PAIRS,
  type Pair,
  readFixture,
  targetPath,
} from "@core/fixtures";
import { openObject } from "@core/relocate";
import { afterAll, describe, expect, it } from "vitest";
import { comparable, type Difference, differencesOf } from "./compare.js";
import { KNOWN_DIFFERENCES } from "./differences.js";
import { findHarness, runHarness } from "./harness.js";
import { ourAnswer } from "./ours.js";

const ORDERS: readonly ByteOrder[] = ["little", "big"];

const harness = findHarness();
const targets = fixtureTargets();
const counts = { pairs: 0, relocations: 0, known: 0 };

const baseOf = (name: string, order: ByteOrder): string | undefined =>
  targets.find((target) => target.name === name && target.order === order)?.base;

function readTarget(name: string, order: ByteOrder): Btf {
  const base = baseOf(name, order);
  const bytes = readFixture(targetPath(name, order));
  return parseBtf(bytes, base === undefined ? {} : { base: readTarget(base, order) });
}

function askOurs({ object, target, modules = [] }: Pair, order: ByteOrder): ObjectAnswer {
  const opened = openObject(readFixture(objectPath(object, order)));
  return ourAnswer(object, opened, {
    kernel: readTarget(target, order),
    modules: modules.map((name) => ({ name, btf: readTarget(name, order) })),
  });
}

async function askLibbpf({ object, target, modules = [] }: Pair, order: ByteOrder): Promise<ObjectAnswer> {
  if (harness === undefined) throw new Error("run pnpm harness first");
  const pathOf = (name: string) => fixturePath(targetPath(name, order));
  const options = { modules: modules.map(pathOf) };
  const answer = await runHarness(harness, fixturePath(objectPath(object, order)), pathOf(target), options);
  return { ...answer, object };
}

function isKnown({ object, target }: Pair, { at }: Difference): boolean {
  return KNOWN_DIFFERENCES.some(
    (known) =>
      known.object === object &&
      known.target === target &&
      (at === known.section || known.insnOffs.some((insnOff) => at === `${known.section}+${insnOff}`)),
  );
}

const titled = PAIRS.flatMap((pair) =>
  ORDERS.map((order) => ({
    pair,
    order,
    title: `${pair.object} on ${[pair.target, ...(pair.modules ?? [])].join(" + ")}, ${order}-endian`,
  })),
);
const refusedBy = (refusal: Pair["refusal"]) => titled.filter(({ pair }) => pair.refusal === refusal);
/** The harness reads modules on the kernel only, not on one another. */
const answered = [...refusedBy(undefined), ...refusedBy("foreign-order")].filter(
  ({ pair, order }) => !pair.modules?.some((name) => baseOf(name, order) !== pair.target),
);

describe.skipIf(harness === undefined)("fixtures get libbpf's answers", () => {
  it.each(answered)("$title: $pair.purpose", async ({ pair, order }) => {
    const ours = comparable(askOurs(pair, order));
    const theirs = comparable(await askLibbpf(pair, order));
    const differences = differencesOf(theirs, ours);
    const known = differences.filter((difference) => isKnown(pair, difference));
    counts.pairs++;
    counts.relocations += theirs.relos.length;
    counts.known += new Set(known.map(({ at }) => at).filter((at) => at.includes("+"))).size;
    expect(differences.filter((difference) => !known.includes(difference))).toEqual([]);
    expect(theirs.relos.length).toBe(
      openObject(readFixture(objectPath(pair.object, order))).relocations.length,
    );
  });

  it.each(ORDERS)("and an object that was not relocated does not (%s-endian)", async (order) => {
    const theirs = await askLibbpf({ object: "nest", target: "nest-moved", purpose: "" }, order);
    const opened = openObject(readFixture(objectPath("nest", order)));
    // Against its own types nothing changes.
    const unrelocated = ourAnswer("nest", opened, { kernel: opened.btf ?? readTarget("nest-moved", order) });
    const wrong = differencesOf(theirs, unrelocated).map(({ field }) => field);
    expect(wrong).toContain("insn");
    expect(wrong).toContain("sha256");
  });

  afterAll(() => {
    const { pairs, relocations, known } = counts;
    console.log(
      `${pairs} pairs of fixtures, ${relocations} relocations: libbpf's answers but for ${known} known differences`,
    );
  });
});

describe("fixtures that libbpf does not simply answer", () => {
  it.each(refusedBy("endless"))("$title comes to an end: $pair.purpose", ({ pair, order }) => {
    expect(askOurs(pair, order).relos.length).toBeGreaterThan(0);
  });

  it.each([...refusedBy("target"), ...refusedBy("ext")])(
    "$title is refused: $pair.purpose",
    ({ pair, order }) => {
      expect(() => askOurs(pair, order)).toThrow(CoreError);
    },
  );
});
