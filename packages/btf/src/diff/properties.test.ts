import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { typeGraph } from "../../test/arbitrary.js";
import { wholeDiff } from "../../test/diff.js";
import { btfErrorOf } from "../../test/errors.js";
import { renumber } from "../../test/renumber.js";
import {
  type Btf,
  essentialName,
  type Kind,
  kindOf,
  parseBtf,
  type TypeId,
  type WritableType,
  writeBtf,
} from "../index.js";
import { comparisonOf } from "./comparison.js";
import { definitionOf } from "./definition.js";
import { diffBtf, formatDiff } from "./index.js";
import { haveSameDefinition } from "./same-definition.js";

const btfOf = (types: readonly WritableType[], order: "little" | "big" = "little"): Btf =>
  parseBtf(writeBtf(types, { order }));

/** Few names, so that many types share one. */
const name = fc.constantFrom("", "a", "b", "a___flavor", "long unsigned int");
const graph = typeGraph(1, { name, maxTypes: 16 });

/** Types, and the numbers of the places that they are shuffled to. */
const shuffled = graph.chain((types) =>
  fc.tuple(
    fc.constant(types),
    fc.shuffledSubarray([...types.keys()], { minLength: types.length, maxLength: types.length }),
  ),
);

/** Kinds that may go together. */
const groupOf = (kind: Kind): string => ({ union: "struct", enum64: "enum" })[kind as string] ?? kind;

const NOTHING = { added: [], removed: [], changed: [] };

/** The types in a diff, without what depends on their numbers: which one stands for several of the same definition. */
const namesIn = (diff: ReturnType<typeof wholeDiff>) => {
  const types = (list: (typeof diff)["added"]) =>
    list.map(({ kind, name }) => `${groupOf(kind)} ${essentialName(name)}`).sort();
  return { added: types(diff.added), removed: types(diff.removed) };
};

describe("any types", () => {
  test("are no different from themselves", () => {
    fc.assert(
      fc.property(graph, (types) => {
        expect(wholeDiff(btfOf(types), btfOf(types, "big"))).toEqual(NOTHING);
      }),
    );
  });

  test("are no different when they are renumbered", () => {
    fc.assert(
      fc.property(shuffled, ([types, order]) => {
        expect(wholeDiff(btfOf(types), btfOf(renumber(types, order)))).toEqual(NOTHING);
      }),
      { numRuns: 300 },
    );
  });

  test("are no different when they are there twice", () => {
    fc.assert(
      fc.property(graph, (types) => {
        const copy = types.map((type) => ({ ...type }));
        expect(wholeDiff(btfOf(types), btfOf([...types, ...copy]))).toEqual(NOTHING);
      }),
    );
  });

  test("that one has are what the other has not", () => {
    fc.assert(
      fc.property(graph, graph, (before, after) => {
        const [a, b] = [btfOf(before), btfOf(after)];
        const there = wholeDiff(a, b);
        const back = wholeDiff(b, a);
        expect(namesIn(there).added).toEqual(namesIn(back).removed);
        expect(namesIn(there).removed).toEqual(namesIn(back).added);
        expect(there.changed.length).toBe(back.changed.length);
      }),
    );
  });

  test("differ in the same, however they are numbered", () => {
    fc.assert(
      fc.property(graph, shuffled, (before, [after, order]) => {
        const diff = wholeDiff(btfOf(before), btfOf(after));
        const other = wholeDiff(btfOf(before), btfOf(renumber(after, order)));
        expect(namesIn(other)).toEqual(namesIn(diff));
      }),
    );
  });

  test("have the same definition when they are compared and when they are numbered", () => {
    fc.assert(
      fc.property(graph, graph, (before, after) => {
        const comparison = comparisonOf(btfOf(before), btfOf(after));
        const { words, before: old, after: now } = comparison;
        for (let a = 1 as TypeId; a < old.btf.endId; a++) {
          for (let b = 1 as TypeId; b < now.btf.endId; b++) {
            if (groupOf(kindOf(old.btf, a)) !== groupOf(kindOf(now.btf, b))) continue;
            const same = haveSameDefinition(comparison, a, b);
            expect(definitionOf(old, words, a) === definitionOf(now, words, b)).toBe(same);
          }
        }
      }),
    );
  });

  test("are compared and shown, or refused with a BtfError", () => {
    fc.assert(
      fc.property(typeGraph(1), typeGraph(1), (before, after) => {
        const [a, b] = [btfOf(before), btfOf(after)];
        const error = btfErrorOf(() => formatDiff(diffBtf(a, b), a, b));
        expect([undefined, "too-complex"]).toContain(error?.code);
      }),
    );
  });
});

describe("hostile types", () => {
  const member = (memberName: string, typeId: number) => ({
    name: memberName,
    typeId,
    bitOffset: 0,
    bitSize: 0,
  });

  test("as deep as the input is long", () => {
    const depth = 100_000;
    const chain = (last: WritableType): WritableType[] => [
      ...Array.from({ length: depth }, (_, i): WritableType => {
        const kinds = ["ptr", "const", "array", "struct"] as const;
        const kind = kinds[i % 4] ?? "ptr";
        if (kind === "array") return { kind, typeId: i + 2, indexTypeId: 0, nelems: 2 };
        if (kind === "struct") return { kind, name: "", size: 8, members: [member("x", i + 2)] };
        return { kind, typeId: i + 2 };
      }),
      last,
      { kind: "typedef", name: "deep", typeId: 1 },
    ];
    const { changed } = wholeDiff(
      btfOf(chain({ kind: "fwd", name: "a", of: "struct" })),
      btfOf(chain({ kind: "fwd", name: "b", of: "struct" })),
    );
    expect(changed).toMatchObject([{ kind: "typedef", name: "deep" }]);
  });

  test("anonymous structs in each other, twice at each level", () => {
    const levels = 1000;
    const types = (leaf: string): WritableType[] => [
      ...Array.from(
        { length: levels },
        (_, i): WritableType => ({
          kind: "struct",
          name: i === 0 ? "root" : "",
          size: 8,
          members: [member("", i + 2), member("", i + 2)],
        }),
      ),
      { kind: "struct", name: "", size: 8, members: [member(leaf, 0)] },
    ];
    expect(wholeDiff(btfOf(types("a")), btfOf(types("b"))).changed).toMatchObject([{ name: "root" }]);
  });

  test("many structs that all have the fields of one", () => {
    const count = 20_000;
    const types = (size: number): WritableType[] => [
      {
        kind: "struct",
        name: "",
        size: 8,
        members: Array.from({ length: count }, (_, i) => member(`m${i}`, 0)),
      },
      ...Array.from(
        { length: count },
        (_, i): WritableType => ({ kind: "struct", name: `s${i}`, size, members: [member("", 1)] }),
      ),
    ];
    expect(btfErrorOf(() => wholeDiff(btfOf(types(8)), btfOf(types(16))))?.code).toBe("too-complex");
  });

  test("prototypes that take themselves, many times", () => {
    const vlen = 100;
    const types = (returnTypeId: number): WritableType[] => [
      { kind: "ptr", typeId: 2 },
      {
        kind: "func_proto",
        returnTypeId,
        params: Array.from({ length: vlen }, () => ({ name: "p", typeId: 1 })),
      },
      { kind: "func", name: "f", typeId: 2, linkage: 1 },
    ];
    const error = btfErrorOf(() => wholeDiff(btfOf(types(0)), btfOf(types(1))));
    expect([undefined, "too-complex"]).toContain(error?.code);
  });

  test("many types of one name", () => {
    const types = (first: number): WritableType[] =>
      Array.from(
        { length: 20_000 },
        (_, i): WritableType => ({ kind: "struct", name: "same", size: first + i, members: [] }),
      );
    const { changed, added, removed } = wholeDiff(btfOf(types(0)), btfOf(types(10_000)));
    expect([changed.length, added.length, removed.length]).toEqual([10_000, 0, 0]);
  });
});
