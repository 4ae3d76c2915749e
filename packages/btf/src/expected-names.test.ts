import { findCorpus, kernelsOf, readBytes } from "@core/corpus";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expectNames,
  idsByName,
  type Kind,
  nameOf,
  parseBtf,
  typeIdAt,
  type WritableType,
  writeBtf,
} from "./index.js";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const typeOf = (kind: "struct" | "union" | "fwd", name: string): WritableType =>
  kind === "fwd" ? { kind, name, of: "struct" } : { kind, name, size: 0, members: [] };

// Few letters, so that names meet, and flavors come about.
const name = fc.string({ unit: fc.constantFrom("a", "b", "_", "___", "é"), maxLength: 6 });
const kind = fc.constantFrom("struct", "union", "fwd");

describe("names that were expected", () => {
  it("are found as others are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(kind, name), { minLength: 1, maxLength: 20 }),
        fc.array(fc.tuple(fc.array(name, { maxLength: 5 }), fc.subarray<Kind>(["struct", "union", "fwd"])), {
          maxLength: 5,
        }),
        fc.array(fc.tuple(name, fc.constantFrom("exact", "essential"), fc.option(kind, { nil: undefined }))),
        (types, expectations, questions) => {
          const bytes = writeBtf(
            types.map(([of, called]) => typeOf(of, called)),
            { order: "little" },
          );
          const [expecting, plain] = [parseBtf(bytes), parseBtf(bytes)];
          for (const [names, kinds] of expectations)
            expectNames(expecting, () => ({ names: names.map(encode), kinds }));
          const expected = expectations.flatMap(([names, kinds]) =>
            names.flatMap((called) => kinds.map((of) => [called, "essential", of] as const)),
          );
          for (const [called, match, of] of [...expected, ...questions]) {
            const kinds = of && [of];
            expect(idsByName(expecting, called, match, kinds)).toEqual(
              idsByName(plain, called, match, kinds),
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are asked for only while that saves an index", () => {
    const bytes = writeBtf([typeOf("struct", "a"), typeOf("union", "a")], { order: "little" });
    const timesAsked = (btf: ReturnType<typeof parseBtf>): number => {
      let asked = 0;
      for (let i = 0; i < 10; i++)
        expectNames(btf, () => {
          asked++;
          return { names: [encode("a")], kinds: ["struct"] };
        });
      return asked;
    };
    expect(timesAsked(parseBtf(bytes))).toBe(2);
    const indexed = parseBtf(bytes);
    idsByName(indexed, "a", "exact", ["struct"]);
    expect(timesAsked(indexed)).toBe(0);
  });
});

const corpus = findCorpus();

it.skipIf(corpus === undefined)("are found in real kernels as others are", () => {
  for (const file of kernelsOf(corpus ?? { path: "" })) {
    const plain = parseBtf(readBytes(file));
    const names = Array.from({ length: 60 }, (_, i) =>
      nameOf(plain, typeIdAt(plain, 1 + Math.floor((i * (plain.endId - 1)) / 60))),
    );
    for (const kinds of [["struct"], ["func", "typedef"], ["int", "union", "enum"]] satisfies Kind[][]) {
      const expecting = parseBtf(readBytes(file));
      expectNames(expecting, () => ({ names: names.map(encode), kinds }));
      for (const called of names)
        expect(idsByName(expecting, called, "essential", kinds)).toEqual(
          idsByName(plain, called, "essential", kinds),
        );
      expect(expecting.nameIndex?.heads).toEqual([]);
    }
  }
});
