import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { btfErrorOf } from "../test/errors.js";
import { info, KIND, rawBtf } from "../test/raw.js";
import {
  type Btf,
  essentialName,
  idsByName,
  isEmptyName,
  nameOf,
  nameOffOf,
  nextMemberNamed,
  parseBtf,
  sameName,
  typeIdAt,
  type WritableType,
  writeBtf,
} from "./index.js";

/** Forward declarations of these names, with ids from 1 on, or from the end of a base. */
function btfOf(names: readonly string[], base?: Btf): Btf {
  const types = names.map((name): WritableType => ({ kind: "fwd", name, of: "struct" }));
  const onBase = base === undefined ? {} : { base };
  return parseBtf(writeBtf(types, { order: "little", ...onBase }), onBase);
}

// What libbpf's bpf_core_essential_name_len gives for each.
const ESSENTIAL = [
  ["task_struct", "task_struct"],
  ["task_struct___v2", "task_struct"],
  ["a___b___c", "a___b"],
  ["a___b", "a"],
  ["a___b_", "a"],
  ["a____b", "a____b"],
  ["a__b", "a__b"],
  ["a___", "a___"],
  ["___b", "___b"],
  ["a___b____c", "a"],
  ["a____b___c", "a____b"],
  ["a___b___", "a"],
  ["_____", "_____"],
  ["___", "___"],
  ["a", "a"],
  ["", ""],
  ["é___ü", "é"],
  ["x___y___z___", "x___y"],
] as const;

test.each(ESSENTIAL)("the essential name of %j is %j", (name, expected) => {
  expect(essentialName(name)).toBe(expected);
});

/** The rule in another notation: the last `___` with something else than `_` on either side. */
const essentialByPattern = (name: string): string => /^(.*[^_])___[^_]/s.exec(name)?.[1] ?? name;

/** Names of few letters, so that separators, and equal names, are frequent. */
const nameArbitrary = fc.string({ unit: fc.constantFrom("_", "_", "___", "a", "b"), maxLength: 8 });

test("the essential name is what precedes the last separator", () => {
  fc.assert(
    fc.property(nameArbitrary, (name) => {
      expect(essentialName(name)).toBe(essentialByPattern(name));
    }),
    { numRuns: 2000 },
  );
});

describe("idsByName", () => {
  const names = ["task", "file", "task___v1", "task", "", "task___v1___x", "taskk", "tas", "file___"];
  const btf = btfOf(names);

  test("finds exact names, in ascending order", () => {
    expect(idsByName(btf, "task", "exact")).toEqual([1, 4]);
    expect(idsByName(btf, "task___v1", "exact")).toEqual([3]);
    expect(idsByName(btf, "file___", "exact")).toEqual([9]);
    expect(idsByName(btf, "task___v9", "exact")).toEqual([]);
    expect(idsByName(btf, "ask", "exact")).toEqual([]);
  });

  test("finds flavors, whatever the flavor asked for", () => {
    for (const name of ["task", "task___v1", "task___other"]) {
      expect(idsByName(btf, name, "essential")).toEqual([1, 3, 4]);
    }
    expect(idsByName(btf, "task___v1___x", "essential")).toEqual([6]);
    expect(idsByName(btf, "file", "essential")).toEqual([2]);
  });

  test("an empty name is no name", () => {
    expect(idsByName(btf, "", "exact")).toEqual([]);
    expect(idsByName(btf, "", "essential")).toEqual([]);
    expect(idsByName(btf, new Uint8Array(), "exact")).toEqual([]);
  });

  test("a name does not run on into the next string", () => {
    // Whatever a name is hashed to, one of these is there as well.
    for (let i = 0; i < 200; i++) {
      const two = parseBtf(rawBtf({ types: [1, info(KIND.fwd), 0], strings: `\0one\0${i}\0` }));
      expect(idsByName(two, "one", "exact")).toEqual([1]);
      for (const match of ["exact", "essential"] as const) {
        for (const name of [`one\0${i}`, "one\0", "\0"]) expect(idsByName(two, name, match)).toEqual([]);
      }
    }
  });

  test("names may share the end of a string", () => {
    const strings = "\0my_task\0";
    const types = [1, info(KIND.fwd), 0, 4, info(KIND.fwd), 0, 8, info(KIND.fwd), 0, 0, info(KIND.fwd), 0];
    const shared = parseBtf(rawBtf({ types, strings }));
    expect(idsByName(shared, "my_task", "exact")).toEqual([1]);
    expect(idsByName(shared, "task", "exact")).toEqual([2]);
    expect(nameOf(shared, typeIdAt(shared, 3))).toBe("");
  });

  test("a name that is not UTF-8 is found by its bytes only", () => {
    const strings = Uint8Array.of(0, 0x61, 0xff, 0, 0x61, 0xfe, 0, 0xef, 0xbf, 0xbd, 0);
    const types = [1, info(KIND.fwd), 0, 4, info(KIND.fwd), 0, 7, info(KIND.fwd), 0];
    const odd = parseBtf(rawBtf({ types, strings }));
    expect(nameOf(odd, typeIdAt(odd, 1))).toBe("a\ufffd");
    expect(idsByName(odd, "a\ufffd", "exact")).toEqual([]);
    expect(idsByName(odd, Uint8Array.of(0x61, 0xff), "exact")).toEqual([1]);
    expect(idsByName(odd, Uint8Array.of(0x61, 0xfe), "essential")).toEqual([2]);
    // This one is the UTF-8 of U+FFFD.
    expect(idsByName(odd, "\ufffd", "exact")).toEqual([3]);
  });

  test("finds types without regard to their kind and order, sorted BTF of Linux 7.0 included", () => {
    const types: WritableType[] = [
      { kind: "ptr", typeId: 2 },
      { kind: "struct", name: "aaa", size: 0, members: [] },
      { kind: "func_proto", returnTypeId: 0, params: [] },
      { kind: "func", name: "aaa", typeId: 3, linkage: 1 },
      { kind: "int", name: "zzz", size: 4, bits: 32, bitOffset: 0, signed: true, char: false, bool: false },
    ];
    const btf = parseBtf(writeBtf(types, { order: "big" }));
    expect(idsByName(btf, "aaa", "exact")).toEqual([2, 4]);
    expect(idsByName(btf, "zzz", "exact")).toEqual([5]);
  });

  test("finds the types of all bases, those of the lowest first", () => {
    const base = btfOf(["task", "inode"]);
    const middle = btfOf(["task___m", "own"], base);
    const top = btfOf(["own___v2", "task", "inode"], middle);
    expect(idsByName(top, "task", "exact")).toEqual([1, 6]);
    expect(idsByName(top, "task", "essential")).toEqual([1, 3, 6]);
    expect(idsByName(top, "own", "essential")).toEqual([4, 5]);
    expect(idsByName(middle, "task", "essential")).toEqual([1, 3]);
    expect(idsByName(base, "task", "essential")).toEqual([1]);
  });

  test("a split BTF may use its base's strings", () => {
    const base = btfOf(["task"]);
    const split = parseBtf(rawBtf({ types: [1, info(KIND.fwd), 0, 3, info(KIND.fwd), 0], strings: "" }), {
      base,
    });
    expect(idsByName(split, "task", "exact")).toEqual([1, 2]);
    expect(idsByName(split, "sk", "exact")).toEqual([3]);
  });

  test("agrees with looking at every name", () => {
    const list = fc.array(nameArbitrary, { maxLength: 40 });
    const match = fc.constantFrom("exact", "essential");
    fc.assert(
      fc.property(list, list, nameArbitrary, match, (lower, upper, name, match) => {
        const btf = btfOf(upper, btfOf(lower));
        const wanted = match === "exact" ? name : essentialByPattern(name);
        const expected = [...lower, ...upper].flatMap((other, i) =>
          other !== "" && (match === "exact" ? other : essentialByPattern(other)) === wanted ? [i + 1] : [],
        );
        expect(idsByName(btf, name, match)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test("returns a list that is the caller's", () => {
    const first = idsByName(btf, "task", "exact");
    expect(idsByName(btf, "task", "exact")).not.toBe(first);
  });
});

describe("sameName", () => {
  const a = btfOf(["task___a", "task___b", "task", "tas", "task_", ""]);
  const base = btfOf(["other", "task"]);
  const b = btfOf(["task___b", "task_"], base);
  const same = (aId: number, bId: number, match: "exact" | "essential") =>
    sameName(a, nameOffOf(a, typeIdAt(a, aId)), b, nameOffOf(b, typeIdAt(b, bId)), match);

  test("compares the strings of two BTFs, bases included", () => {
    expect([1, 2, 3, 4, 5, 6].map((id) => same(id, 3, "exact"))).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect([1, 2, 3, 4, 5, 6].map((id) => same(id, 2, "exact"))).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
    ]);
    expect([1, 2, 3, 4, 5, 6].map((id) => same(id, 3, "essential"))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect([1, 2, 3, 4, 5, 6].map((id) => same(id, 2, "essential"))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect([1, 2, 3, 4, 5, 6].map((id) => same(id, 4, "essential"))).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(same(6, 0, "exact")).toBe(true);
  });

  test("agrees with comparing strings", () => {
    fc.assert(
      fc.property(nameArbitrary, nameArbitrary, (one, two) => {
        const first = btfOf(["x", one]);
        const second = btfOf([two]);
        const offsets = [
          nameOffOf(first, typeIdAt(first, 2)),
          nameOffOf(second, typeIdAt(second, 1)),
        ] as const;
        expect(sameName(first, offsets[0], second, offsets[1], "exact")).toBe(one === two);
        expect(sameName(first, offsets[0], second, offsets[1], "essential")).toBe(
          essentialByPattern(one) === essentialByPattern(two),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test("needs strings that are there", () => {
    const end = a.endId + 1000;
    for (const offset of [end, -1, 0.5, NaN]) {
      expect(btfErrorOf(() => sameName(a, offset, b, 0, "exact"))?.code).toBe("string-offset");
      expect(btfErrorOf(() => sameName(a, 0, b, offset, "exact"))?.code).toBe("string-offset");
    }
  });
});

test("isEmptyName: offset 0 is not the only empty string", () => {
  const base = parseBtf(rawBtf({ strings: "\0a\0\0" }));
  const split = parseBtf(rawBtf({ strings: "\0b\0" }), { base });
  expect([0, 1, 2, 3, 4, 5, 6].map((offset) => isEmptyName(split, offset))).toEqual([
    true,
    false,
    true,
    true,
    true,
    false,
    true,
  ]);
  expect(btfErrorOf(() => isEmptyName(split, 7))?.code).toBe("string-offset");
  expect(btfErrorOf(() => isEmptyName(base, 4))?.code).toBe("string-offset");
});

describe("names that overlap", () => {
  const LENGTH = 100_000;
  const long = new Uint8Array(LENGTH + 2).fill(0x61, 1, LENGTH + 1);
  /** Forward declarations, each named by the rest of one long string from another offset on. */
  const overlapping = (count: number) =>
    rawBtf({
      types: Array.from({ length: count }, (_, i) => [1 + i, info(KIND.fwd), 0]).flat(),
      strings: long,
    });

  test("so often that they are out of proportion are refused at once", () => {
    const started = process.cpuUsage();
    const error = btfErrorOf(() => parseBtf(overlapping(50_000)));
    expect(error?.code).toBe("names");
    expect(error?.message).toContain("over 64 times the size of the input");
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });

  test("are counted for members, enumerators and parameters, too, and for split BTF", () => {
    const many = (element: number[]) => Array.from({ length: 5000 }, () => element).flat();
    const strings = long;
    const codeOf = (types: number[]) => btfErrorOf(() => parseBtf(rawBtf({ types, strings })))?.code;
    expect(codeOf([0, info(KIND.struct, 5000), 0, ...many([1, 0, 0])])).toBe("names");
    expect(codeOf([0, info(KIND.union, 5000), 0, ...many([1, 0, 0])])).toBe("names");
    expect(codeOf([0, info(KIND.enum, 5000), 0, ...many([1, 0])])).toBe("names");
    expect(codeOf([0, info(KIND.enum64, 5000), 0, ...many([1, 0, 0])])).toBe("names");
    expect(codeOf([0, info(KIND.func_proto, 5000), 0, ...many([1, 0])])).toBe("names");
    expect(codeOf([0, info(KIND.datasec, 5000), 0, ...many([0, 1, 1])])).toBeUndefined();

    const base = parseBtf(rawBtf({ strings }));
    const split = rawBtf({ types: [0, info(KIND.enum, 5000), 0, ...many([1, 0])], strings: "" });
    expect(btfErrorOf(() => parseBtf(split, { base }))?.code).toBe("names");
  });

  test("now and then, and single long names, are nothing wrong", () => {
    const btf = parseBtf(overlapping(30));
    expect(nameOf(btf, typeIdAt(btf, 30))).toHaveLength(LENGTH - 29);
    expect(idsByName(btf, "a".repeat(LENGTH - 5), "exact")).toEqual([6]);
  });

  test("of a base may be long for the little that is split from it", () => {
    const base = parseBtf(rawBtf({ strings: long }));
    const split = parseBtf(rawBtf({ types: [1, info(KIND.fwd), 0], strings: "" }), { base });
    expect(nameOf(split, typeIdAt(split, 1))).toHaveLength(LENGTH);
  });

  test("of up to 512 bytes may be as many as there can be", () => {
    const strings = new Uint8Array(514).fill(0x61, 1, 513);
    const enumerators = Array.from({ length: 100_000 }, () => [1, 0]).flat();
    const types = [1, info(KIND.enum, 100_000), 4, ...enumerators];
    expect(parseBtf(rawBtf({ types, strings })).endId).toBe(2);
  });
});

test("nextMemberNamed stops at members of the name, and at those without one", () => {
  const types: WritableType[] = [
    { kind: "int", name: "int", size: 4, bits: 32, bitOffset: 0, signed: true, char: false, bool: false },
    {
      kind: "struct",
      name: "s",
      size: 4,
      members: ["ab", "a", "", "abc", "a"].map((name) => ({ name, typeId: 1, bitOffset: 0, bitSize: 0 })),
    },
  ];
  const btf = parseBtf(writeBtf(types, { order: "big" }));
  const struct = typeIdAt(btf, 2);
  const names = btfOf(["a", "abc", "abcd", "b"]);
  const walk = (id: number) => {
    const nameOff = nameOffOf(names, typeIdAt(names, id));
    return [0, 1, 2, 3, 4, 5].map((from) => nextMemberNamed(btf, struct, from, names, nameOff));
  };
  expect(walk(1)).toEqual([1, 1, 2, 4, 4, 5]);
  expect(walk(2)).toEqual([2, 2, 2, 3, 5, 5]);
  expect(walk(3)).toEqual([2, 2, 2, 5, 5, 5]);
  expect(walk(4)).toEqual([2, 2, 2, 5, 5, 5]);
  expect(btfErrorOf(() => nextMemberNamed(btf, typeIdAt(btf, 1), 0, names, 0))?.code).toBe("wrong-kind");
  expect(btfErrorOf(() => nextMemberNamed(btf, struct, 0, names, 99))?.code).toBe("string-offset");
});
