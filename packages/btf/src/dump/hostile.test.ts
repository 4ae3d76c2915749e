import { describe, expect, test } from "vitest";
import { btfOf, int, struct, union } from "../../test/build.js";
import { btfErrorOf } from "../../test/errors.js";
import { info, KIND, rawBtf } from "../../test/raw.js";
import { type BtfErrorCode, parseBtf, type WritableType } from "../index.js";
import { dumpC, dumpJson, dumpRaw, textOf } from "./index.js";

const DEPTH = 20_000;
/** Generous: debug builds. In milliseconds of the processor's time. */
const SOON = 20_000;

const c = (types: readonly WritableType[], unsorted = true): string =>
  textOf(dumpC(btfOf(types), { style: "bpftool", unsorted }));

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** What ends a dump in bpftool's style. In the other one it must be the same, or a comment instead. */
function codeOf(types: readonly WritableType[], unsorted = true): BtfErrorCode | undefined {
  const code = btfErrorOf(() => c(types, unsorted))?.code;
  const exact = btfErrorOf(() => textOf(dumpC(btfOf(types), { unsorted })))?.code;
  expect([undefined, "too-complex"]).toContain(exact);
  return code;
}

const levels = (count: number, level: (id: number) => WritableType): WritableType[] => [
  int("int", 4),
  ...Array.from({ length: count }, (_, i) => level(i + 2)),
];

describe("long chains of types", { timeout: 10 * SOON }, () => {
  const chains: readonly (readonly [string, (id: number) => WritableType])[] = [
    ["pointers", (id) => ({ kind: "ptr", typeId: id - 1 })],
    ["qualifiers", (id) => ({ kind: "const", typeId: id - 1 })],
    ["arrays", (id) => ({ kind: "array", typeId: id - 1, indexTypeId: 1, nelems: 1 })],
    ["typedefs", (id) => ({ kind: "typedef", name: `t${id}`, typeId: id - 1 })],
    ["structs", (id) => struct(`s${id}`, 4, [["inner", id - 1, 0]])],
    ["nameless structs", (id) => struct("", 4, [["inner", id - 1, 0]])],
    ["prototypes", (id) => ({ kind: "func_proto", returnTypeId: 1, params: [{ name: "", typeId: id - 1 }] })],
    ["type tags", (id) => ({ kind: "type_tag", name: "tag", typeId: id - 1, attribute: false })],
  ];

  describe.each(chains)("%s", (_, level) => {
    const types = levels(DEPTH, level);

    // Never a stack overflow, and never for long.
    test.each([true, false])("alone, unsorted: %s", (unsorted) => {
      expect([undefined, "too-complex"]).toContain(codeOf(types, unsorted));
    });

    test("below a typedef that is dumped alone", () => {
      const below: WritableType[] = [...types, { kind: "typedef", name: "top", typeId: types.length }];
      const rootIds = [below.length];
      const error = btfErrorOf(() => textOf(dumpC(btfOf(below), { style: "bpftool", rootIds })));
      expect([undefined, "too-complex"]).toContain(error?.code);
    });
  });

  test("structs and typedefs, which C can write, are written", () => {
    const structs = c(levels(DEPTH, (id) => struct(`s${id}`, 4, [["inner", id - 1, 0]])));
    expect(structs).toContain(`struct s${DEPTH + 1} {\n\tstruct s${DEPTH} inner;\n};`);
    const typedefs = c(levels(DEPTH, (id) => ({ kind: "typedef", name: `t${id}`, typeId: id - 1 })));
    expect(typedefs).toContain(`typedef t${DEPTH} t${DEPTH + 1};`);
  });

  test("typedefs that only pointers connect are written, too", () => {
    const types: WritableType[] = [struct("opaque", 4, [])];
    for (let i = 0; i < DEPTH / 2; i++) {
      types.push(
        { kind: "ptr", typeId: types.length },
        { kind: "typedef", name: `t${i}`, typeId: types.length + 1 },
      );
    }
    const rootIds = [types.length];
    const text = textOf(dumpC(btfOf(types), { style: "bpftool", rootIds }));
    expect(text).toContain(`typedef t${DEPTH / 2 - 2} *t${DEPTH / 2 - 1};`);
  });
});

describe("what contains or repeats itself", { timeout: 10 * SOON }, () => {
  const circles: Readonly<Record<string, readonly WritableType[]>> = {
    "a pointer to itself": [{ kind: "ptr", typeId: 1 }],
    "a qualifier of itself": [{ kind: "const", typeId: 1 }],
    "an array of itself": [{ kind: "array", typeId: 1, indexTypeId: 1, nelems: 1 }],
    "a typedef of itself": [{ kind: "typedef", name: "self", typeId: 1 }],
    "a struct of itself": [struct("self", 4, [["inner", 1, 0]])],
    "structs of each other": [struct("a", 4, [["b", 2, 0]]), union("b", 4, [["a", 1, 0]])],
    "a nameless struct with a pointer to itself": [
      struct("", 8, [["self", 2, 0]]),
      { kind: "ptr", typeId: 1 },
    ],
    "a function that takes itself": [
      { kind: "func_proto", returnTypeId: 0, params: [{ name: "", typeId: 1 }] },
    ],
    "a function that returns a pointer to itself": [
      { kind: "func_proto", returnTypeId: 2, params: [] },
      { kind: "ptr", typeId: 1 },
    ],
  };

  test.each(Object.entries(circles))("%s is refused", (_, types) => {
    expect(codeOf(types)).toBe("too-complex");
    // Sorted, the first type is not looked at; what leads to it is.
    expect([undefined, "too-complex"]).toContain(codeOf(types, false));
    expect(btfErrorOf(() => textOf(dumpRaw(btfOf(types))))).toBeUndefined();
  });

  test("a struct with a pointer to itself is not", () => {
    expect(c([struct("node", 8, [["next", 2, 0]]), { kind: "ptr", typeId: 1 }])).toContain(
      "struct node {\n\tstruct node *next;\n};",
    );
  });

  const doubling: readonly (readonly [string, (id: number) => WritableType])[] = [
    [
      "members",
      (id) =>
        struct("", 8, [
          ["a", id - 1, 0],
          ["b", id - 1, 32],
        ]),
    ],
    [
      "parameters",
      (id) => ({
        kind: "func_proto",
        returnTypeId: 1,
        params: [
          { name: "a", typeId: id - 1 },
          { name: "b", typeId: id - 1 },
        ],
      }),
    ],
  ];

  test.each(doubling)("%s that double at each step are refused, soon", (_, level) => {
    const before = process.cpuUsage();
    const types = [...levels(100, level), { kind: "typedef" as const, name: "top", typeId: 101 }];
    expect(codeOf(types)).toBe("too-complex");
    expect(codeOf(types, false)).toBe("too-complex");
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(SOON);
  });

  test("alignment of structs that double at each step is known all the same", () => {
    const types = levels(300, (id) =>
      struct(`s${id}`, 8, [
        ["a", id - 1, 0],
        ["b", id - 1, 32],
      ]),
    );
    expect(c(types)).toContain("struct s301 {");
  });

  test("a name that is used over and over ends where the text is out of proportion", () => {
    const name = "n".repeat(60_000);
    const types = Array.from({ length: 4_000 }, () => int(name, 4));
    const before = process.cpuUsage();
    expect(btfErrorOf(() => [...dumpRaw(btfOf(types))].length)?.code).toMatch(/^(too-complex|names)$/);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(SOON);
  });

  test("padding without end ends, too", () => {
    const types = [int("char", 1), struct("s", 0x0fffffff, [["last", 1, 0x7fffff00]])];
    expect([undefined, "too-complex"]).toContain(codeOf(types));
  });
});

describe("what C has no words for", () => {
  const FUNC: readonly WritableType[] = [
    { kind: "func_proto", returnTypeId: 0, params: [] },
    { kind: "func", name: "f", typeId: 1, linkage: 0 },
  ];

  // libbpf writes nothing there either (btf_dump_emit_type_chain).
  test("a typedef of a function loses its name", () => {
    expect(c([...FUNC, { kind: "typedef", name: "f_t", typeId: 2 }])).toContain("typedef ;");
  });

  test("members without alignment", () => {
    const text = c([
      struct("s", 16, [
        ["nothing", 0, 64],
        ["declared", 2, 96],
      ]),
      { kind: "fwd", name: "d", of: "struct" },
    ]);
    expect(text).toContain("\tvoid nothing;\n");
    expect(text).toContain("\tstruct d declared;\n");
  });

  test("a type of an unknown kind is refused in C, and named in what is no C", () => {
    const bytes = rawBtf({ types: [1, info(40), 0], strings: "\0new\0", layout: Array(41).fill([0, 0]) });
    const btf = parseBtf(bytes);
    expect(btfErrorOf(() => textOf(dumpC(btf, { style: "bpftool" })))?.code).toBe("kind");
    expect(textOf(dumpRaw(btf))).toBe("[1] UNKNOWN 'new'\n");
    expect(JSON.parse(textOf(dumpJson(btf)))).toEqual({ types: [{ id: 1, kind: "UNKNOWN", name: "new" }] });
  });

  test("a root that does not exist", () => {
    const btf = btfOf([int("int", 4)]);
    for (const rootIds of [[2], [-1], [0.5], [Number.NaN]]) {
      expect(btfErrorOf(() => textOf(dumpC(btf, { style: "bpftool", rootIds })))?.code).toBe("type-id");
      expect(btfErrorOf(() => textOf(dumpRaw(btf, { rootIds })))?.code).toBe("type-id");
    }
  });

  test("void as a root", () => {
    const btf = btfOf([int("int", 4)]);
    expect(textOf(dumpRaw(btf, { rootIds: [0] }))).toBe("[0] UNKNOWN '(anon)'\n");
    expect(textOf(dumpC(btf, { style: "bpftool", rootIds: [0] }))).not.toContain(";");
  });
});

describe("names", () => {
  test("that are not UTF-8 keep their bytes", () => {
    const strings = "\0\u00ff\u0080\0";
    const btf = parseBtf(rawBtf({ types: [1, info(KIND.float), 4], strings: latin1(strings) }));
    const [chunk] = [...dumpRaw(btf)];
    expect(Buffer.from(chunk!).toString("latin1")).toBe("[1] FLOAT '\u00ff\u0080' size=4\n");
    expect(textOf(dumpRaw(btf))).toBe("[1] FLOAT '\ufffd\ufffd' size=4\n");
  });

  test("with control characters make JSON", () => {
    const name = Array.from({ length: 0x1f }, (_, i) => String.fromCharCode(i + 1)).join("");
    const { types } = JSON.parse(textOf(dumpJson(btfOf([int(name, 4)]))));
    expect(types[0].name).toBe(name);
  });
});
