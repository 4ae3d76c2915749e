import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findBpftool } from "@core/bpftool";
import type { ByteOrder } from "@core/bytes";
import { describe, expect, test } from "vitest";
import {
  C_FORMATS,
  cOf,
  type DumpFormat,
  ours,
  RECORD_FORMATS,
  rawOf,
  theirs,
  titleOf,
} from "../../test/bpftool-dumps.js";
import { FIXTURES, fixtureOf, type Input, inputOf, WRITTEN } from "../../test/dumps.js";

// What bpftool 7.8 wrote is kept in test/dumps, so that these tests need none. Where there is one (pnpm bpftool) it is
// asked again. To record anew after a change of the cases: RECORD_DUMPS=1 pnpm vitest run recorded

const RECORDED = join(import.meta.dirname, "../../test/dumps");
const ORDERS = ["little", "big"] as const;
const TIMEOUT = 300_000;

const bpftool = findBpftool();

interface Case {
  readonly name: string;
  readonly formats: readonly DumpFormat[];
  input(order: ByteOrder): Input;
}

const CASES: readonly Case[] = [
  ...WRITTEN.map((one) => ({
    name: one.name,
    formats: [
      ...RECORD_FORMATS,
      ...C_FORMATS,
      ...(one.roots ?? []).flatMap((rootIds) => [cOf(rootIds), rawOf(rootIds)]),
    ],
    input: (order: ByteOrder) => inputOf(one, order),
  })),
  ...FIXTURES.map((name) => ({
    name,
    formats: [...RECORD_FORMATS, ...C_FORMATS],
    input: (order: ByteOrder) => fixtureOf(name, order),
  })),
];

/** All dumps of a case as one text, each below a line that says what it is. */
const textOf = (formats: readonly DumpFormat[], dump: (format: DumpFormat) => Buffer): string =>
  formats.map((format) => `════ ${titleOf(format)}\n${dump(format).toString()}`).join("");

if (process.env["RECORD_DUMPS"] !== undefined) {
  if (bpftool === undefined) throw new Error("no bpftool: pnpm bpftool");
  for (const { name, formats, input } of CASES) {
    const text = textOf(formats, (format) => theirs(bpftool, format, input("little")));
    writeFileSync(join(RECORDED, `${name}.txt`), text);
  }
}

describe.each(CASES)("$name", { timeout: TIMEOUT }, ({ name, formats, input }) => {
  const recorded = readFileSync(join(RECORDED, `${name}.txt`), "utf8");

  test.each(ORDERS)("%s-endian, is dumped as bpftool did", (order) => {
    const one = input(order);
    expect(textOf(formats, (format) => ours(format, one))).toBe(recorded);
  });

  test.runIf(bpftool !== undefined).each(ORDERS)("%s-endian, is dumped as bpftool does", (order) => {
    const one = input(order);
    expect(textOf(formats, (format) => theirs(bpftool!, format, one))).toBe(recorded);
  });
});
