import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { typeGraph } from "../../test/arbitrary.js";
import { btfOf, int, struct, union } from "../../test/build.js";
import { btfErrorOf } from "../../test/errors.js";
import { info, KIND, rawBtf } from "../../test/raw.js";
import { typesOf } from "../../test/types-of.js";
import { type Btf, BtfError, type BtfType, parseBtf, type WritableType, writeBtf } from "../index.js";
import { formatMismatch, parseSplitBtf, type SplitBtf } from "./index.js";

// What matches is what tools/conformance/src/rebase.test.ts holds against libbpf, on real modules and kernels.

const ptr = (typeId: number): WritableType => ({ kind: "ptr", typeId });
const fwd = (name: string, of: "struct" | "union" = "struct"): WritableType => ({ kind: "fwd", name, of });
const enumOf = (name: string, size: number, kind: "enum" | "enum64" = "enum"): WritableType => ({
  kind,
  name,
  size,
  signed: false,
  enumerators: [],
});

/** A module that points at each type of a distilled base, or has it in a struct, on a kernel. */
function onKernel(distilled: readonly WritableType[], kernel: Btf, embeds = false): SplitBtf {
  const distilledBase = writeBtf(distilled, { order: "little" });
  const users = distilled.map((_, i) => (embeds ? struct("", 0, [["it", i + 1, 0]]) : ptr(i + 1)));
  const split = writeBtf(users, { order: "little", base: parseBtf(distilledBase) });
  return parseSplitBtf(split, kernel, { distilledBase });
}

function typesOfModule(result: SplitBtf): readonly BtfType[] {
  if (!result.matches) throw new Error(formatMismatch(result.mismatch).join("\n"));
  return typesOf(result.btf);
}

const linesOf = (result: SplitBtf): readonly string[] =>
  result.matches ? [] : formatMismatch(result.mismatch);

const ANOTHER = "module built for another kernel";

describe("a distilled base", () => {
  test("may have names that every object has: they are found where the kernel has them, and only there", () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype"];
    const structs = names.map((name) => struct(name, 8, []));
    const kernel = btfOf([int("int", 4), ...structs.toReversed()]);
    expect(typesOfModule(onKernel(structs, kernel, true))).toEqual(
      names.map((_, i) => struct("", 0, [["it", 1 + names.length - i, 0]])),
    );
    for (const one of structs) expect(onKernel([one], btfOf([int("int", 4)]), true).matches).toBe(false);
  });

  test("its types become the kernel's, and names and ids go on after the kernel's", () => {
    const kernel = btfOf([ptr(0), struct("file", 8, []), int("int", 4), enumOf("e", 8, "enum64"), fwd("f")]);
    const distilledBase = writeBtf([int("int", 4), struct("file", 8, []), enumOf("e", 8), fwd("f")], {
      order: "big",
    });
    const base = parseBtf(distilledBase);
    const own: WritableType[] = [
      struct("own", 16, [
        ["file", 2, 0],
        ["int", 1, 64],
      ]),
      ptr(5),
      ptr(3),
      ptr(4),
      ptr(0),
    ];
    const split = writeBtf(own, { order: "big", base });
    const result = parseSplitBtf(split, kernel, { distilledBase });
    expect(typesOfModule(result)).toEqual([
      struct("own", 16, [
        ["file", 2, 0],
        ["int", 3, 64],
      ]),
      ptr(6),
      ptr(4),
      ptr(5),
      ptr(0),
    ]);
    expect(result).toMatchObject({ warnings: [] });
  });

  test("integers match by size and encoding", () => {
    const kernel = btfOf([int("int", 4), int("char", 1, false)]);
    expect(linesOf(onKernel([int("int", 8), int("char", 1), int("long", 8)], kernel))).toEqual([
      `${ANOTHER}: 3 of 3 references do not resolve`,
      "  int int of 8 bytes, signed: the kernel has int int of 4 bytes, signed",
      "  int char of 1 byte, signed: the kernel has int char of 1 byte, unsigned",
      "  int long of 8 bytes, signed: the kernel has nothing of that name",
    ]);
  });

  test("a struct that is pointed to matches by name, one in the module's own by size, too", () => {
    const kernel = btfOf([struct("file", 16, [])]);
    expect(typesOfModule(onKernel([struct("file", 8, [])], kernel))).toEqual([ptr(1)]);
    expect(linesOf(onKernel([struct("file", 8, [])], kernel, true))).toEqual([
      `${ANOTHER}: 1 of 1 references do not resolve`,
      "  struct file of 8 bytes: the kernel has struct file of 16 bytes",
    ]);
  });

  test("in an array and behind a typedef a struct is a part, too", () => {
    const kernel = btfOf([struct("file", 16, [])]);
    const distilledBase = writeBtf([struct("file", 8, [])], { order: "little" });
    const own: WritableType[] = [
      { kind: "array", typeId: 1, indexTypeId: 1, nelems: 2 },
      { kind: "typedef", name: "files", typeId: 2 },
      struct("own", 16, [["files", 3, 0]]),
    ];
    const split = writeBtf(own, { order: "little", base: parseBtf(distilledBase) });
    expect(parseSplitBtf(split, kernel, { distilledBase }).matches).toBe(false);
  });

  test("of several with a name that of the same size is meant, and only one may have it", () => {
    const kernel = btfOf([
      struct("file", 16, []),
      union("file", 8, []),
      struct("two", 4, []),
      struct("two", 4, []),
    ]);
    expect(typesOfModule(onKernel([struct("file", 8, [])], kernel))).toEqual([ptr(2)]);
    expect(linesOf(onKernel([struct("two", 4, [])], kernel))).toEqual([
      `${ANOTHER}: 1 of 1 references do not resolve`,
      "  struct two of 4 bytes: the kernel has 2 that are the same, types 3, 4",
    ]);
  });

  test("a declaration matches one of the same kind, or a definition as libbpf takes them", () => {
    const bitfield = struct("bits", 4, [["a", 0, 0, 1]]);
    const kernel = btfOf([fwd("s"), fwd("u", "union"), struct("plain", 4, []), bitfield]);
    expect(typesOfModule(onKernel([fwd("s"), fwd("u", "union"), fwd("plain")], kernel))).toEqual([
      ptr(1),
      ptr(2),
      ptr(3),
    ]);
    expect(linesOf(onKernel([fwd("s", "union"), fwd("u"), fwd("bits")], kernel)).slice(1)).toEqual([
      "  the declaration of union s: the kernel has the declaration of struct s",
      "  the declaration of struct u: the kernel has the declaration of union u",
      "  the declaration of struct bits: the kernel has struct bits of 4 bytes",
    ]);
  });

  test("more than a few are counted", () => {
    const types = Array.from({ length: 1106 }, (_, i) => fwd(`t${i}`));
    const lines = linesOf(onKernel(types, btfOf([])));
    expect(lines[0]).toBe(`${ANOTHER}: 1,106 of 1,106 references do not resolve`);
    expect(lines).toHaveLength(7);
    expect(lines[6]).toBe("  and 1,101 more");
  });

  test.each([
    [[ptr(0)], "type 1 of the distilled base is of kind ptr"],
    [[struct("", 4, [])], "type 1 of the distilled base has no name"],
    [[enumOf("e", 8, "enum64")], "type 1 of the distilled base is of kind enum64"],
  ])("%j is none", (types, message) => {
    const error = btfErrorOf(() => onKernel(types, btfOf([])));
    expect(error?.code).toBe("distilled-base");
    expect(error?.message).toContain(message);
  });

  test("names in it are those of its types", () => {
    const distilledBase = rawBtf({ types: [1, info(KIND.fwd), 0], strings: "\0a\0b\0" });
    const split = rawBtf({ types: [3, info(KIND.typedef), 1], strings: "" });
    const error = btfErrorOf(() => parseSplitBtf(split, btfOf([fwd("a")]), { distilledBase }));
    expect(error?.code).toBe("distilled-base");
  });

  test("types that share their names by the thousand are refused", () => {
    const many = Array.from({ length: 3000 }, () => struct("a", 4, []));
    expect(btfErrorOf(() => onKernel(many, btfOf(many)))?.code).toBe("too-complex");
  });
});

describe("without a distilled base", () => {
  const kernel = btfOf([
    struct("file_operations", 8, []),
    { kind: "func_proto", returnTypeId: 0, params: [] },
    { kind: "func", name: "open", typeId: 2, linkage: 1 },
  ]);
  const onIt = (types: readonly number[], strings = "own\0") =>
    parseSplitBtf(rawBtf({ types, strings }), kernel);
  const own = kernel.stringEnd;

  test("a module that refers to its kernel matches", () => {
    const result = onIt([own, info(KIND.typedef), 1, 1, info(KIND.func), 2]);
    expect(typesOfModule(result)).toHaveLength(2);
    expect(result).toMatchObject({ warnings: [] });
  });

  test("an empty string section is worth a warning", () => {
    expect(onIt([0, info(KIND.ptr), 1], "")).toMatchObject({
      matches: true,
      warnings: [{ code: "empty-strings" }],
    });
  });

  test("ids and strings beyond the kernel's are another's", () => {
    const past = own + 4;
    expect(linesOf(onIt([past, info(KIND.typedef), 9, own, info(KIND.struct, 1), 8, past, 1, 0]))).toEqual([
      `${ANOTHER}: 3 of 4 references do not resolve`,
      `  type 4, typedef: its name is at ${past} of strings that end at ${past}`,
      `  element 0 of type 5, struct own: its name is at ${past} of strings that end at ${past}`,
      "  and 1 more",
    ]);
  });

  test("so are names that are the end of others, and types that cannot be meant", () => {
    expect(
      linesOf(onIt([6, info(KIND.typedef), 1, own, info(KIND.typedef), 3, 1, info(KIND.func), 1])),
    ).toEqual([
      `${ANOTHER}: 3 of 5 references do not resolve`,
      '  type 4, typedef: its name is the end of another: "operations"',
      "  type 5, typedef own: it refers to type 3, which is func open",
      "  type 6, func file_operations: it refers to type 1, which is struct file_operations",
    ]);
  });

  test("malformed bytes throw", () => {
    expect(btfErrorOf(() => onIt([0, info(KIND.ptr)]))?.code).toBe("record");
    // A function of a type of its own that is no prototype: no kernel makes that right.
    expect(btfErrorOf(() => onIt([own, info(KIND.func), 5, 0, info(KIND.ptr), 0]))?.code).toBe("func-proto");
  });
});

test("whatever is changed, it matches, mismatches or throws a BtfError", () => {
  const word = fc.tuple(fc.nat(200), fc.oneof(fc.nat(40), fc.constant(0xffffffff)));
  fc.assert(
    fc.property(
      typeGraph(1),
      typeGraph(1),
      fc.gen(),
      word,
      fc.boolean(),
      (kernel, lower, gen, [at, value], isDistilled) => {
        const distilledBase = writeBtf(lower, { order: "little" });
        const base = parseBtf(distilledBase);
        const split = writeBtf(gen(typeGraph, base.endId), { order: "little", base });
        const offset = at * 4;
        if (offset + 4 <= split.length) new DataView(split.buffer).setUint32(offset, value, true);
        try {
          parseSplitBtf(split, btfOf(kernel), isDistilled ? { distilledBase } : {});
        } catch (error) {
          if (!(error instanceof BtfError)) throw error;
        }
      },
    ),
    { numRuns: 300 },
  );
});
