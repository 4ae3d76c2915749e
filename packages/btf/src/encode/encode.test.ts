import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { typeGraph } from "../../test/arbitrary.js";
import { btfOf, int, struct } from "../../test/build.js";
import { btfErrorOf } from "../../test/errors.js";
import { EVERY_KIND } from "../../test/every-kind.js";
import { kernel, kernelFiles, kernels } from "../../test/kernels.js";
import { info, KIND, KNOWN_LAYOUT, rawBtf } from "../../test/raw.js";
import { renumber } from "../../test/renumber.js";
import { typesOf } from "../../test/types-of.js";
import {
  type Btf,
  type BtfType,
  nameOf,
  parseBtf,
  type TypeId,
  typeById,
  type WritableType,
  writeBtf,
} from "../index.js";
import { encodeBtf } from "./index.js";

// What dedup leaves is what tools/conformance/src/dedup.test.ts holds against libbpf.

const ORDERS = ["little", "big"] as const;
const typedef = (name: string, typeId: number): WritableType => ({ kind: "typedef", name, typeId });
const ptr = (typeId: number): WritableType => ({ kind: "ptr", typeId });
const writable = (types: readonly BtfType[]): WritableType[] =>
  types.flatMap((type) => (type.kind === "void" || type.kind === "unknown" ? [] : [type]));

function namesOf(btf: Btf): string[] {
  const names: string[] = [];
  for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) names.push(nameOf(btf, id));
  return names;
}

test.each(ORDERS)("every kind in another order: %s", (order) => {
  const [from] = ORDERS.filter((one) => one !== order);
  const encoded = encodeBtf(btfOf(EVERY_KIND, from), { order });
  expect(encoded).toEqual(writeBtf(EVERY_KIND, { order }));
  expect(encodeBtf(parseBtf(encoded))).toEqual(encoded);
});

test("any types are read back as they were, through two layers and in either order", () => {
  const order = fc.constantFrom(...ORDERS);
  const options = fc.record({ order, layout: fc.boolean() });
  fc.assert(
    fc.property(typeGraph(1), fc.gen(), order, options, options, (lower, gen, from, toBase, toSplit) => {
      const base = btfOf(lower, from);
      const upper = gen(typeGraph, base.endId);
      const split = parseBtf(writeBtf(upper, { order: from, base }), { base });
      const newBase = parseBtf(encodeBtf(base, toBase));
      expect(newBase.order).toBe(toBase.order);
      expect(typesOf(newBase)).toEqual(lower);
      // Its strings are where its own base has them.
      const newSplit = parseBtf(encodeBtf(split, toSplit), { base });
      expect(typesOf(newSplit)).toEqual(upper);
    }),
    { numRuns: 200 },
  );
});

test("a struct with the kflag and no bitfield keeps it", () => {
  const types = [1, info(KIND.struct, 1, true), 8, 1, 1, 0];
  const bytes = rawBtf({ types, strings: "\0a\0" });
  expect(encodeBtf(parseBtf(bytes))).toEqual(bytes);
});

test("strings are written once, and none that nothing has", () => {
  const bytes = rawBtf({ types: [9, info(KIND.fwd), 0, 3, info(KIND.fwd), 0], strings: "\0x\0a\0\0yy\0a\0" });
  const twice = rawBtf({ types: [1, info(KIND.fwd), 0, 1, info(KIND.fwd), 0], strings: "\0a\0" });
  expect(encodeBtf(parseBtf(bytes))).toEqual(twice);
});

test("split BTF has none of its base's strings", () => {
  const base = btfOf([int("int", 4), int("long", 8)]);
  const end = base.stringEnd;
  const split = parseBtf(
    rawBtf({
      types: [end + 1, info(KIND.typedef), 1, end + 6, info(KIND.typedef), 1],
      strings: "\0long\0own\0",
    }),
    { base },
  );
  const encoded = encodeBtf(split);
  expect(encoded).toEqual(
    rawBtf({ types: [5, info(KIND.typedef), 1, end, info(KIND.typedef), 1], strings: "own\0" }),
  );
});

test("several are put one behind the other", () => {
  const one = btfOf([int("int", 4), ptr(1), typedef("p", 2)]);
  const two = btfOf([ptr(2), struct("s", 8, [["p", 1, 0]])], "big");
  expect(typesOf(parseBtf(encodeBtf([one, two])))).toEqual([
    int("int", 4),
    ptr(1),
    typedef("p", 2),
    ptr(5),
    struct("s", 8, [["p", 4, 0]]),
  ]);
  expect(encodeBtf([])).toEqual(writeBtf([], { order: "little" }));
  expect(
    btfErrorOf(() => encodeBtf([one, parseBtf(writeBtf([], { order: "little", base: one }), { base: one })]))
      ?.code,
  ).toBe("unwritable");
});

test("kinds that are not known are refused", () => {
  const layout = [...KNOWN_LAYOUT, [4, 0]] as const;
  const btf = parseBtf(rawBtf({ types: [0, info(20), 0, 7], layout }));
  expect(btfErrorOf(() => encodeBtf(btf))?.code).toBe("unwritable");
});

describe("sort", () => {
  test("types without a name come first, then by the bytes of the name, equal ones as they were", () => {
    const types = [
      typedef("b", 4),
      int("a", 4),
      ptr(2),
      struct("", 8, [["it", 1, 0]]),
      int("a", 8),
      typedef("Z", 3),
      typedef("é", 1),
    ];
    const sorted = typesOf(parseBtf(encodeBtf(btfOf(types), { sort: true })));
    expect(sorted).toEqual([
      ptr(4),
      struct("", 8, [["it", 6, 0]]),
      typedef("Z", 1),
      int("a", 4),
      int("a", 8),
      typedef("b", 2),
      typedef("é", 6),
    ]);
  });

  test("split BTF is sorted by itself", () => {
    const base = btfOf([typedef("z", 0), ptr(1)]);
    const split = parseBtf(writeBtf([typedef("z", 4), ptr(1), typedef("a", 2)], { order: "little", base }), {
      base,
    });
    expect(typesOf(parseBtf(encodeBtf(split, { sort: true }), { base }))).toEqual([
      ptr(1),
      typedef("a", 2),
      typedef("z", 3),
    ]);
  });

  test.skipIf(kernel("7.3") === undefined)("Linux 7.3, shuffled, is in its order again", () => {
    const btf = kernel("7.3");
    if (btf === undefined) return;
    const types = writable(typesOf(btf));
    const shuffled = renumber(types, shuffledIndices(types.length));
    const sorted = parseBtf(encodeBtf(btfOf(shuffled), { sort: true }));
    expect(namesOf(sorted)).toEqual(namesOf(btf));
    expect(namesOf(parseBtf(encodeBtf(btf, { sort: true })))).toEqual(namesOf(btf));
    // In order already, it stays as it is.
    expect(typeById(parseBtf(encodeBtf(btf, { sort: true })), btf.endId - 1)).toEqual(
      typeById(btf, btf.endId - 1),
    );
  });
});

/** Always the same order (xorshift). */
function shuffledIndices(count: number): number[] {
  const indices = Array.from({ length: count }, (_, i) => i);
  let state = 1;
  for (let i = count - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    const [a = 0, b = 0] = [indices[i], indices[j]];
    indices[i] = b;
    indices[j] = a;
  }
  return indices;
}

describe("dedup", () => {
  const deduplicated = (types: readonly WritableType[]) =>
    typesOf(parseBtf(encodeBtf(btfOf(types), { dedup: true })));

  test("equal types are left once, whatever leads to them", () => {
    expect(
      deduplicated([
        int("int", 4),
        struct("node", 16, [
          ["next", 3, 0],
          ["value", 1, 64],
        ]),
        ptr(2),
        int("int", 4),
        ptr(6),
        struct("node", 16, [
          ["next", 5, 0],
          ["value", 4, 64],
        ]),
        typedef("node_t", 6),
      ]),
    ).toEqual([
      int("int", 4),
      struct("node", 16, [
        ["next", 3, 0],
        ["value", 1, 64],
      ]),
      ptr(2),
      typedef("node_t", 2),
    ]);
  });

  test("a declaration becomes what it declares", () => {
    const types: WritableType[] = [
      { kind: "fwd", name: "s", of: "struct" },
      ptr(1),
      struct("s", 0, []),
      ptr(3),
    ];
    expect(deduplicated(types)).toEqual([ptr(2), struct("s", 0, [])]);
  });

  test("variables and data sections stay", () => {
    const one: WritableType = { kind: "var", name: "v", typeId: 1, linkage: 0 };
    expect(deduplicated([int("int", 4), one, one])).toEqual([int("int", 4), one, one]);
  });

  test("references that only lead to themselves are refused", () => {
    expect(btfErrorOf(() => deduplicated([ptr(2), { kind: "const", typeId: 1 }]))?.code).toBe(
      "modifier-chain",
    );
  });

  test("a struct of a variable is refused where structs are compared", () => {
    const types: WritableType[] = [
      { kind: "var", name: "v", typeId: 0, linkage: 0 },
      { kind: "var", name: "v", typeId: 0, linkage: 0 },
      struct("s", 0, [["v", 1, 0]]),
      struct("s", 0, [["v", 2, 0]]),
    ];
    expect(btfErrorOf(() => deduplicated(types))?.code).toBe("wrong-kind");
  });

  test("types lead to each other as deep as they like", () => {
    const count = 20_000;
    const chain = Array.from({ length: count }, (_, i) => ptr(i + 2));
    expect(deduplicated([...chain, int("int", 4)])).toHaveLength(count + 1);
    const list = (from: number) =>
      Array.from({ length: count }, (_, i) =>
        struct(`s${i}`, 0, i === count - 1 ? [] : [["next", from + i + 1, 0]]),
      );
    expect(deduplicated([...list(1), ...list(count + 1)])).toHaveLength(count);
  });

  test("what is nearly alike too often is refused, not compared for ever", () => {
    // Structs that are equal but for what their last member points to, and so all compared with all.
    const count = 3000;
    const types = Array.from({ length: count }, (_, i) => [
      int(`i${i}`, 4),
      struct("s", 0, [["a", 2 * i + 1, 0]]),
    ]);
    expect(btfErrorOf(() => deduplicated(types.flat()))?.code).toBe("too-complex");
  });

  test("any types are deduplicated, or refused with a BtfError", () => {
    fc.assert(
      fc.property(typeGraph(1, { name: fc.constantFrom("", "a", "b"), maxTypes: 40 }), (types) => {
        const btf = btfOf(types);
        const twice = () => encodeBtf([btf, btf], { dedup: true, sort: true });
        if (btfErrorOf(twice) === undefined) parseBtf(twice());
      }),
      { numRuns: 500 },
    );
  });
});

describe.skipIf(kernelFiles().length === 0)("kernels", () => {
  test.each([...kernels().keys()])("%s is the same in the other byte order", (name) => {
    const bytes = kernels().get(name)?.();
    if (bytes === undefined) throw new Error(`no ${name}`);
    const btf = parseBtf(bytes);
    const big = parseBtf(encodeBtf(btf, { order: "big", layout: true }));
    expect(big.endId).toBe(btf.endId);
    for (let id = 1; id < btf.endId; id += 37) expect(typeById(big, id)).toEqual(typeById(btf, id));
    const again = parseBtf(encodeBtf(big, { order: "little" }));
    expect(Buffer.compare(encodeBtf(again), encodeBtf(btf))).toBe(0);
  });
});
