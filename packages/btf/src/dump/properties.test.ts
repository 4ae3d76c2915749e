import { findBpftool } from "@core/bpftool";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { typeGraph } from "../../test/arbitrary.js";
import {
  C_FORMATS,
  firstDifference,
  ours,
  RECORD_FORMATS,
  theirs,
  titleOf,
} from "../../test/bpftool-dumps.js";
import { declarableTypes } from "../../test/declarable.js";
import { btfErrorOf } from "../../test/errors.js";
import { parseBtf, type WritableType, writeBtf } from "../index.js";
import { dumpC, dumpJson, dumpRaw, textOf } from "./index.js";

const TIMEOUT = 300_000;
const bpftool = findBpftool();

describe("any types that parse", { timeout: TIMEOUT }, () => {
  test.each(["little", "big"] as const)("are dumped, or refused as too complex, %s-endian", (order) => {
    fc.assert(
      fc.property(typeGraph(1), fc.boolean(), (types, unsorted) => {
        const btf = parseBtf(writeBtf(types, { order }));
        expect(textOf(dumpRaw(btf)).split("\n").length).toBeGreaterThan(types.length);
        expect(JSON.parse(textOf(dumpJson(btf))).types).toHaveLength(types.length);
        const error = btfErrorOf(() => textOf(dumpC(btf, { style: "bpftool", unsorted })));
        expect([undefined, "too-complex"]).toContain(error?.code);
      }),
      { numRuns: 300 },
    );
  });

  test("each alone, too", () => {
    fc.assert(
      fc.property(typeGraph(1), fc.nat(), (types, n) => {
        const btf = parseBtf(writeBtf(types, { order: "little" }));
        const rootIds = [n % btf.endId];
        textOf(dumpRaw(btf, { rootIds }));
        const error = btfErrorOf(() => textOf(dumpC(btf, { style: "bpftool", rootIds })));
        expect([undefined, "too-complex"]).toContain(error?.code);
      }),
      { numRuns: 300 },
    );
  });

  test("say the same in JSON, indented or not", () => {
    fc.assert(
      fc.property(typeGraph(1), (types) => {
        const btf = parseBtf(writeBtf(types, { order: "little" }));
        expect(JSON.parse(textOf(dumpJson(btf, { pretty: true })))).toEqual(
          JSON.parse(textOf(dumpJson(btf))),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe("types that C can declare", { timeout: TIMEOUT }, () => {
  test("are all dumped", () => {
    fc.assert(
      fc.property(declarableTypes(), (types) => {
        const btf = parseBtf(writeBtf(types, { order: "little" }));
        for (const unsorted of [true, false]) textOf(dumpC(btf, { style: "bpftool", unsorted }));
      }),
      { numRuns: 300 },
    );
  });

  test.runIf(bpftool !== undefined)("are dumped as bpftool does", () => {
    const samples: readonly WritableType[][] = fc.sample(declarableTypes(), { numRuns: 60, seed: 7 });
    for (const [i, types] of samples.entries()) {
      const bytes = writeBtf(types, { order: i % 2 === 0 ? "little" : "big" });
      const input = { bytes, base: undefined, btf: parseBtf(bytes) };
      for (const format of [...RECORD_FORMATS, ...C_FORMATS]) {
        const difference = firstDifference(ours(format, input), theirs(bpftool!, format, input));
        expect(difference, `${titleOf(format)} of sample ${i}`).toBeUndefined();
      }
    }
  });
});
