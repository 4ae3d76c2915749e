import { type ByteOrder, fixturePath, fixtureTargets, readFixture, targetPath } from "@core/fixtures";
import { describe, expect, test } from "vitest";
import { bpftoolDump, hasBpftool } from "../test/bpftool.js";
import { btfErrorOf } from "../test/errors.js";
import { rawDump } from "../test/raw-dump.js";
import { typesOf } from "../test/types-of.js";
import { type Btf, idsByName, parseBtf } from "./index.js";

const targets = fixtureTargets();
const baseNameOf = (name: string) => targets.find((target) => target.name === name)?.base;

function parseTarget(name: string, order: ByteOrder): Btf {
  const baseName = baseNameOf(name);
  const base = baseName === undefined ? {} : { base: parseTarget(baseName, order) };
  return parseBtf(readFixture(targetPath(name, order)), base);
}

/** Strings before types: libbpf does not take that either. */
const REFUSED = "device-strings-first";
const names = [...new Set(targets.map(({ name }) => name))].filter((name) => name !== REFUSED);

describe.each(["little", "big"] as const)("%s-endian targets", (order) => {
  test("have the byte order that they say", () => {
    for (const name of names) expect(parseTarget(name, order).order).toBe(order);
  });

  test("in one order of sections", () => {
    expect(btfErrorOf(() => parseTarget(REFUSED, order))?.code).toBe("header");
  });

  test("with any header hold the same", () => {
    const [first, ...others] = ["32", "40", "extra"].map((shape) =>
      typesOf(parseTarget(`device-header-${shape}`, order)),
    );
    expect(first).toHaveLength(6);
    for (const types of [...others, typesOf(parseTarget("device-version", order))])
      expect(types).toEqual(first);
  });

  test("with kinds of the future", () => {
    const types = typesOf(parseTarget("device-layout", order));
    expect(types.filter(({ kind }) => kind === "unknown")).toEqual([
      { kind: "unknown", rawKind: 20, name: "before", vlen: 2 },
      { kind: "unknown", rawKind: 21, name: "many", vlen: 0x12345 },
      { kind: "unknown", rawKind: 20, name: "flagged", vlen: 0 },
    ]);
    expect(types.slice(1, -2)).toMatchObject([
      { kind: "int", name: "int" },
      { kind: "int", name: "unsigned long long" },
      { kind: "array", typeId: 3, indexTypeId: 2, nelems: 3 },
      { kind: "struct", name: "device" },
      { kind: "struct", name: "removed" },
      { kind: "enum64", name: "feature" },
    ]);
  });

  test("split twice", () => {
    const stacked = parseTarget("split-stacked", order);
    expect(stacked.base?.base?.base).toBeUndefined();
    expect(idsByName(stacked, "base_only", "exact")).toEqual(
      idsByName(parseTarget("split-base", order), "base_only", "exact"),
    );
  });

  const isPlain = (name: string) => {
    const header = readFixture(targetPath(name, order)).subarray(4, 8);
    const baseName = baseNameOf(name);
    const isSplitTwice = baseName !== undefined && baseNameOf(baseName) !== undefined;
    // Older versions take no other header in foreign byte order, and none takes two bases.
    return header.reduce((sum, byte) => sum + byte) === 24 && !isSplitTwice;
  };

  test.runIf(hasBpftool)("are what bpftool says", () => {
    const plain = names.filter(isPlain);
    expect(plain.length).toBeGreaterThan(names.length - 6);
    for (const name of plain) {
      const baseName = baseNameOf(name);
      const basePath = baseName && fixturePath(targetPath(baseName, order));
      const expected = bpftoolDump(fixturePath(targetPath(name, order)), basePath);
      expect(rawDump(parseTarget(name, order))).toEqual(expected);
    }
  });
});

test("targets are the same in either byte order", () => {
  for (const name of names)
    expect(typesOf(parseTarget(name, "big"))).toEqual(typesOf(parseTarget(name, "little")));
});
