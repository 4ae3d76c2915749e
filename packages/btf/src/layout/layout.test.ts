import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { typeGraph } from "../../test/arbitrary.js";
import { btfOf, int, struct, union } from "../../test/build.js";
import { btfErrorOf } from "../../test/errors.js";
import { kernels } from "../../test/kernels.js";
import { type Btf, kindOf, parseBtf, type TypeId, type WritableType } from "../index.js";
import { alignLayouts, formatLayout, formatSideBySide, type Layout, layoutOf } from "./index.js";

const INT = 2;
const CHAR = 3;
const LONG = 4;
/** The type of a test is the first, these come after it. */
const common: readonly WritableType[] = [int("int", 4), int("char", 1), int("long int", 8)];

const layout = (type: WritableType, ...more: readonly WritableType[]): Layout =>
  layoutOf(btfOf([type, ...common, ...more]), 1);

const text = (types: readonly WritableType[], options = {}): string => {
  const btf = btfOf(types);
  return formatLayout(btf, layoutOf(btf, 1, options));
};

/** Bits of a struct that its members, what lies between them, and its padding take; undefined where members overlap. */
function coveredBits({ members, before, padding }: Layout): number | undefined {
  let end = before.bytes * 8 + before.bits;
  for (const { bitOffset, bitSize, size, hole } of members) {
    if (bitOffset !== end) return undefined;
    end = bitOffset + (bitSize || size * 8) + hole.bytes * 8 + hole.bits;
  }
  return end + padding.bytes * 8 + padding.bits;
}

describe("layoutOf", () => {
  test("finds holes between members, and padding after the last", () => {
    const { members, padding, isPacked } = layout(
      struct("s", 24, [
        ["c", CHAR, 0],
        ["n", INT, 32],
        ["l", LONG, 64],
        ["end", CHAR, 128],
      ]),
    );
    expect(members.map(({ hole }) => hole)).toEqual([
      { bytes: 3, bits: 0 },
      { bytes: 0, bits: 0 },
      { bytes: 0, bits: 0 },
      { bytes: 0, bits: 0 },
    ]);
    expect({ padding, isPacked }).toEqual({ padding: { bytes: 7, bits: 0 }, isPacked: false });
  });

  test("finds bits left of a bitfield's unit", () => {
    const { members, padding } = layout(
      struct("s", 12, [
        ["a", INT, 0, 3],
        ["b", INT, 8, 4],
        ["n", INT, 32],
        ["c", INT, 64, 5],
      ]),
    );
    expect(members.map(({ offset, hole }) => [offset, hole.bytes, hole.bits])).toEqual([
      [0, 0, 5],
      [0, 0, 20],
      [4, 0, 0],
      [8, 0, 0],
    ]);
    expect(padding).toEqual({ bytes: 0, bits: 27 });
  });

  test("tells what was packed, and what was aligned", () => {
    expect(
      layout(
        struct("s", 5, [
          ["c", CHAR, 0],
          ["n", INT, 8],
        ]),
      ).isPacked,
    ).toBe(true);
    expect(layout(struct("s", 64, [["n", INT, 0]]))).toMatchObject({ isPacked: false, alignment: 64 });
    const aligned = layout(
      struct("s", 128, [
        ["a", INT, 0],
        ["b", INT, 512],
      ]),
    );
    expect(aligned.members.map(({ alignment }) => alignment)).toEqual([0, 64]);
  });

  test("shows anonymous structs in place, and named ones when they are expanded", () => {
    const types: WritableType[] = [
      struct("s", 12, [
        ["", 2, 0],
        ["in", 3, 32],
        ["t", 4, 64],
      ]),
      union("", 4, [["a", 5, 0]]),
      struct("named", 4, [["b", 5, 0]]),
      { kind: "typedef", name: "named_t", typeId: 3 },
      int("int", 4),
    ];
    const names = (expand: boolean) =>
      layoutOf(btfOf(types), 1, { expand }).members.map(({ inner }) => inner?.name);
    expect(names(false)).toEqual(["", undefined, undefined]);
    expect(names(true)).toEqual(["", "named", "named"]);
  });

  test("follows typedefs, and refuses what has no members", () => {
    const btf = btfOf([{ kind: "typedef", name: "t", typeId: 2 }, struct("s", 0, []), int("int", 4)]);
    expect(layoutOf(btf, 1)).toMatchObject({ name: "s", typeId: 2 });
    expect(btfErrorOf(() => layoutOf(btf, 3))?.code).toBe("wrong-kind");
    expect(btfErrorOf(() => layoutOf(btf, 0))?.code).toBe("wrong-kind");
    expect(btfErrorOf(() => layoutOf(btf, 9))?.code).toBe("type-id");
  });

  test("ends for structs that contain themselves", () => {
    const itself = btfOf([
      struct("", 8, [
        ["a", 1, 0],
        ["b", 1, 0],
      ]),
    ]);
    expect(btfErrorOf(() => layoutOf(itself, 1))?.code).toBe("too-complex");
    const named = btfOf([struct("s", 8, [["a", 1, 0]])]);
    expect(layoutOf(named, 1).members[0]?.inner).toBe(undefined);
    expect(btfErrorOf(() => layoutOf(named, 1, { expand: true }))?.code).toBe("too-complex");
  });
});

describe("every bit of a struct is in one member, hole or padding", () => {
  const field = fc.record({
    type: fc.constantFrom([INT, 4], [CHAR, 1], [LONG, 8] as const),
    width: fc.option(fc.integer({ min: 1, max: 8 }), { nil: 0 }),
    gap: fc.nat(2),
    bitGap: fc.nat(6),
  });

  test("of any struct that a compiler could lay out", () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 12 }), fc.nat(8), fc.boolean(), (fields, rest, packed) => {
        let end = 0;
        const members = fields.map(({ type: [id = 0, size = 1], width, gap, bitGap }, i) => {
          const unit = size * 8;
          let start = end + (width ? bitGap : 0);
          if (width === 0) {
            start = Math.ceil(end / 8) * 8 + gap * 8;
            if (!packed) start = Math.ceil(start / unit) * unit;
          } else if (Math.floor(start / unit) !== Math.floor((start + width - 1) / unit)) {
            // No bitfield lies in two units of its type.
            start = Math.ceil(start / unit) * unit;
          }
          end = start + (width || unit);
          return [`f${i}`, id, start, width] as const;
        });
        // A struct has all of the unit that its last bitfield is in.
        const units = members.map(([, id, at, width]) => {
          const unit = id === INT ? 32 : id === CHAR ? 8 : 64;
          return width ? (Math.floor(at / unit) + 1) * unit : at + unit;
        });
        const size = Math.max(0, ...units) / 8 + rest;
        expect(coveredBits(layout(struct("s", size, members)))).toBe(size * 8);
      }),
      { numRuns: 500 },
    );
  });

  const TIMEOUT = 300_000;
  test.each([...kernels()])("of every struct of %s", { timeout: TIMEOUT }, (_, bytes) => {
    const btf = parseBtf(bytes());
    let structs = 0;
    let overlapping = 0;
    for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) {
      if (kindOf(btf, id) !== "struct") continue;
      structs++;
      const one = layoutOf(btf, id);
      const covered = coveredBits(one);
      if (covered === undefined) overlapping++;
      else expect([one.name, covered]).toEqual([one.name, one.size * 8]);
    }
    expect(structs).toBeGreaterThan(5000);
    expect(overlapping).toBe(0);
  });
});

// The first of these is what pahole 1.24 prints for the same BTF.
describe("formatLayout", () => {
  test("a struct with what makes pahole talk", () => {
    const types: WritableType[] = [
      struct("s", 96, [
        ["c", CHAR, 0],
        ["a", INT, 32, 3],
        ["", 5, 64],
        ["fn", 6, 128],
        ["far", CHAR, 512],
        ["flex", 8, 520],
      ]),
      ...common,
      union("", 8, [
        ["x", LONG, 0],
        ["y", INT, 0],
      ]),
      { kind: "ptr", typeId: 7 },
      {
        kind: "func_proto",
        returnTypeId: 0,
        params: [
          { name: "", typeId: INT },
          { name: "", typeId: 0 },
        ],
      },
      { kind: "array", typeId: CHAR, indexTypeId: INT, nelems: 0 },
    ];
    expect(text(types).split("\n")).toEqual([
      "struct s {",
      "\tchar                       c;                    /*     0     1 */",
      "",
      "\t/* XXX 3 bytes hole, try to pack */",
      "",
      "\tint                        a:3;                  /*     4: 0  4 */",
      "",
      "\t/* XXX 29 bits hole, try to pack */",
      "",
      "\tunion {",
      "\t\tlong int           x;                    /*     8     8 */",
      "\t\tint                y;                    /*     8     4 */",
      "\t};                                               /*     8     8 */",
      "\tvoid                       (*fn)(int, ...);      /*    16     8 */",
      "",
      "\t/* XXX 40 bytes hole, try to pack */",
      "",
      "\t/* --- cacheline 1 boundary (64 bytes) --- */",
      "\tchar                       far __attribute__((__aligned__(64))); /*    64     1 */",
      "\tchar                       flex[];               /*    65     0 */",
      "",
      "\t/* size: 96, cachelines: 2, members: 6 */",
      "\t/* sum members: 18, holes: 2, sum holes: 43 */",
      "\t/* sum bitfield members: 3 bits, bit holes: 1, sum bit holes: 29 bits */",
      "\t/* padding: 31 */",
      "\t/* forced alignments: 1, forced holes: 1, sum forced holes: 40 */",
      "\t/* last cacheline: 32 bytes */",
      "} __attribute__((__aligned__(32)));",
      "",
    ]);
  });

  test("in cache lines of another size", () => {
    expect(
      text([
        struct("s", 8, [
          ["a", INT, 0],
          ["b", INT, 32],
        ]),
        ...common,
      ]).includes("cacheline 1"),
    ).toBe(false);
    const btf = btfOf([
      struct("s", 8, [
        ["a", INT, 0],
        ["b", INT, 32],
      ]),
      ...common,
    ]);
    const lines = formatLayout(btf, layoutOf(btf, 1, { cacheline: 4 }), { cacheline: 4 });
    expect(lines).toContain("/* --- cacheline 1 boundary (4 bytes) --- */");
    expect(lines).toContain("size: 8, cachelines: 2");
  });
});

describe("two layouts side by side", () => {
  const side = (types: readonly WritableType[]): { btf: Btf; layout: Layout } => {
    const btf = btfOf(types);
    return { btf, layout: layoutOf(btf, 1) };
  };
  const before = side([
    struct("s", 16, [
      ["a", INT, 0],
      ["gone", INT, 32],
      ["b", LONG, 64],
    ]),
    ...common,
  ]);
  const after = side([
    struct("s", 16, [
      ["a", INT, 0],
      ["b", INT, 32],
      ["new", CHAR, 64],
    ]),
    ...common,
  ]);

  test("share rows by name", () => {
    const rows = alignLayouts(before, after);
    expect(rows.map((row) => [row.before?.name, row.after?.name, row.isSame])).toEqual([
      ["a", "a", true],
      ["gone", undefined, false],
      ["b", "b", false],
      [undefined, "new", false],
    ]);
  });

  test("as text", () => {
    const left = (line: string) => line.padEnd(59);
    expect(formatSideBySide(before, after)).toEqual([
      `${left("struct s, 16 bytes")}   struct s, 16 bytes`,
      `${left("  int a;                                           0      4")}     int a;                                           0      4`,
      `${left("  int gone;                                        4      4")} <`,
      `${left("  long int b;                                      8      8")} |   int b;                                           4      4`,
      `${left("")} >   char new;                                        8      1`,
      `${left("")} >   /* 7 bytes padding */`,
    ]);
  });

  test("of bitfields, functions, arrays and what has no name, with the holes on either side", () => {
    const inner = union("", 8, [
      ["u", INT, 0],
      ["v", LONG, 0],
    ]);
    const more: readonly WritableType[] = [
      { kind: "array", typeId: 6, indexTypeId: INT, nelems: 3 },
      { kind: "ptr", typeId: 7 },
      { kind: "func_proto", returnTypeId: INT, params: [{ name: "x", typeId: LONG }] },
      inner,
    ];
    const [ARRAY, POINTER, UNION] = [5, 6, 8];
    const old = side([
      struct("s", 56, [
        ["f", INT, 0, 3],
        ["g", INT, 8, 5],
        ["c", CHAR, 64],
        ["call", POINTER, 128],
        ["", UNION, 192],
        ["calls", ARRAY, 256],
      ]),
      ...common,
      ...more,
    ]);
    const now = side([
      struct("s", 40, [
        ["f", INT, 0, 3],
        ["g", INT, 3, 5],
        ["c", CHAR, 8],
        ["call", POINTER, 64],
        ["", UNION, 128],
      ]),
      ...common,
      ...more,
    ]);
    const marks = formatSideBySide(old, now).map((line) => line.replaceAll(/ {2,}/g, "  "));
    expect(marks).toEqual([
      "struct s, 56 bytes  | struct s, 40 bytes",
      "  int f:3;  0:0  4  int f:3;  0:0  4",
      "  /* 5 bits hole */  <",
      "  int g:5;  0:8  4 |  int g:5;  0:3  4",
      "  /* 19 bits and 4 bytes hole */  <",
      "  char c;  8  1 |  char c;  1  1",
      "  /* 7 bytes hole */  |  /* 6 bytes hole */",
      "  int (*call)(long int x);  16  8 |  int (*call)(long int x);  8  8",
      "  union {...};  24  8 |  union {...};  16  8",
      "  int u;  24  4 |  int u;  16  4",
      "  long int v;  24  8 |  long int v;  16  8",
      "  int (*calls[3])(long int x);  32  24 <",
      "  >  /* 16 bytes padding */",
    ]);
  });

  test("in as many columns as there are, with types cut rather than names", () => {
    const [POINTER, LONG_NAMED] = [5, 7];
    const one = side([
      struct("s", 40, [
        ["x", LONG_NAMED, 0],
        ["a_name_that_is_longer_than_a_column", INT, 64],
        ["call", POINTER, 128],
        ["", 8, 192],
        ["fits", INT, 288],
      ]),
      ...common,
      { kind: "ptr", typeId: 6 },
      { kind: "func_proto", returnTypeId: INT, params: [{ name: "x", typeId: LONG }] },
      struct("a_struct_of_a_long_name", 8, []),
      union("", 8, [["inner", LONG_NAMED, 0]]),
    ]);
    const halves = formatSideBySide(one, one, { columns: 80 }).map((line) => [
      line.length,
      line.slice(0, 38),
    ]);
    expect(halves).toEqual([
      [59, "struct s, 40 bytes                    "],
      [79, "  struct a_struct_o\u2026 x;       0      8"],
      [79, "  a_name_that_is_long\u2026;       8      4"],
      [61, "  /* 4 bytes hole */                  "],
      [79, "  (*call)(\u2026);                16      8"],
      [79, "  union {...};               24      8"],
      [61, "  /* 4 bytes hole */                  "],
      [79, "    struct a_st\u2026 inner;      24      8"],
      [79, "  int fits;                  36      4"],
    ]);
    expect(formatSideBySide(one, one, { columns: 1 })).toEqual(formatSideBySide(one, one, { columns: 70 }));
    expect(formatSideBySide(one, one, { columns: 400 })).toEqual(formatSideBySide(one, one));
  });

  test("of more members than can be compared with each other share a row where both have a name", () => {
    const many = (name: string) =>
      side([
        struct(
          "s",
          2100 * 4,
          Array.from({ length: 2100 }, (_, i) => [i === 7 ? name : `m${i}`, INT, i * 32] as const),
        ),
        ...common,
      ]);
    const rows = alignLayouts(many("a"), many("b"));
    expect(rows).toHaveLength(2101);
    expect(rows.filter(({ isSame }) => !isSame).map((row) => [row.before?.name, row.after?.name])).toEqual([
      ["a", undefined],
      [undefined, "b"],
    ]);
  });

  test("are the same as themselves", () => {
    expect(alignLayouts(before, before).every(({ isSame }) => isSame)).toBe(true);
  });
});

test("any types have a layout that can be shown, or there is a BtfError", () => {
  fc.assert(
    fc.property(typeGraph(1), fc.boolean(), (types, expand) => {
      const btf = btfOf(types);
      for (let id = 0; id < btf.endId; id++) {
        btfErrorOf(() => {
          const one = layoutOf(btf, id, { expand });
          formatLayout(btf, one);
          formatSideBySide({ btf, layout: one }, { btf, layout: one });
        });
      }
    }),
  );
});
