import { nameOf, parseBtf, type TypeId, typeById } from "@core/btf";
import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { check } from "../test/check.js";
import { objectOf } from "../test/object.js";
import { MinimizeError, minimize } from "./index.js";

const HEADER = 24;

/** An object that reads `a` of struct s0, s1 and so on, which is an integer. */
function objectReading(structs: number) {
  const l = new Types();
  const int = l.int("int", 4);
  const roots = Array.from({ length: structs }, (_, i) => l.struct(`s${i}`, 4, ["a", int, 0]));
  return objectOf(
    l.btf(),
    roots.map((root) => ["byte_off", root, "0:0"]),
  );
}

describe("bytes", () => {
  it("are none but a header and an empty string where nothing is needed", () => {
    const t = new Types();
    t.struct("task", 4, ["pid", t.int("int", 4), 0]);
    const { kernel, modules } = minimize([], { kernel: t.btf() });
    expect(kernel).toHaveLength(HEADER + 1);
    expect(modules).toEqual([]);
  });

  it("are as many as the records take, and each name once", () => {
    const t = new Types();
    t.struct("s0", 8, ["a", t.int("unsigned int", 4), 32]);
    t.struct("s1", 8, ["a", t.typedef("u32", t.int("unsigned long", 4)), 32]);
    const { kernel } = minimize([objectReading(2)], { kernel: t.btf() });
    const records = 16 + 2 * (12 + 12);
    expect(kernel).toHaveLength(HEADER + records + "\0s0\0s1\0a\0".length);
  });

  it.each(["little", "big"] as const)("are in the target's order: %s", (order) => {
    const t = new Types();
    t.struct("s0", 8, ["a", t.int("int", 4), 32]);
    const { kernel } = minimize([objectReading(1)], { kernel: t.btf(order) });
    expect(parseBtf(kernel).order).toBe(order);
  });
});

describe("types", () => {
  it("that are sorted as Linux 7.0 sorts them stay so", () => {
    const t = new Types();
    t.ptr(t.next(1));
    const int = t.int("int", 4, { signed: true });
    for (const name of ["s0", "s1", "s2"]) t.struct(name, 4, ["a", int, 0]);
    const kernel = t.btf();
    const minimized = parseBtf(minimize([objectReading(3)], { kernel }).kernel);
    const names = Array.from({ length: minimized.endId - 1 }, (_, i) => nameOf(minimized, (i + 1) as TypeId));
    expect(names).toEqual(["", "s0", "s1", "s2"]);
  });

  it("that are equal but for their names are not taken for one another", () => {
    const t = new Types();
    const int = t.int("int", 4);
    for (const name of ["s0", "s1"]) t.struct(name, 4, ["a", int, 0]);
    const { decided } = check(objectReading(2).btf!, { kernel: t.btf() }, [
      ["byte_off", 2, "0:0"],
      ["target_type_id", 3, "0"],
    ]);
    expect(decided).toEqual([0, 3]);
  });

  it("that differ only far down are not taken for one another", () => {
    const l = new Types();
    const int = l.int("int", 4);
    const inner = l.struct("", 8, ["n", l.struct("", 4, ["a", int, 0]), 0]);
    const roots = ["s0", "s1", "s2"].map((name) => l.struct(name, 8, ["m", inner, 0]));
    const t = new Types();
    const [u32, s32] = [t.int("u32", 4), t.int("s32", 4, { signed: true })];
    for (const [i, of] of [u32, s32, u32].entries()) {
      // What contains the others comes first.
      const outer = t.struct(`s${i}`, 8, ["m", 4 + 4 * i, 0]);
      expect(t.struct("", 8, ["n", outer + 2, 0])).toBe(4 + 4 * i);
      t.struct("", 4, ["a", outer + 3, 0]);
      t.const(of);
    }
    const { decided, kept } = check(
      l.btf(),
      { kernel: t.btf() },
      roots.map((root) => ["signed", root, "0:0:0:0"]),
    );
    expect(decided).toEqual([0, 1, 0]);
    // Those of s0 and s2 are the same.
    expect(kept.filter((type) => !type.startsWith("struct s"))).toEqual([
      "int",
      "int",
      "struct .n",
      "struct .a",
      "struct .n",
      "struct .a",
    ]);
  });

  it("lead nowhere when a pointer to them is all that is needed", () => {
    const l = new Types();
    const list = l.struct("list", 8, ["next", l.ptr(0), 0]);
    const t = new Types();
    const self = t.struct("list", 8, ["next", 3, 0]);
    expect(t.ptr(t.const(self))).toBe(3);
    const { kernel } = minimize([objectOf(l.btf(), [["byte_off", list, "0:0"]])], { kernel: t.btf() });
    expect(typeById(parseBtf(kernel), 1)).toEqual({ kind: "ptr", typeId: 0 });
  });
});

describe("numbers of types", () => {
  /** A kernel with nothing but int, and modules with structs of these names, in order. */
  function targetOf(...modules: readonly (readonly string[])[]) {
    const t = new Types();
    t.int("int", 4, { signed: true });
    const kernel = t.btf();
    return {
      kernel,
      modules: modules.map((names, i) => {
        const own = new Types(kernel);
        for (const name of names) own.struct(name, 4);
        return { name: `module_${i}`, btf: own.btf() };
      }),
    };
  }

  const local = () => {
    const l = new Types();
    const [port, bridge, tunnel] = [l.struct("port", 4), l.struct("bridge", 4), l.struct("tunnel", 4)];
    return { port, bridge, tunnel, btf: l.btf() };
  };

  it("do not become the same in two modules: that would be no conflict any more", () => {
    const { btf, port } = local();
    const found = check(btf, targetOf(["port", "x"], ["x", "y", "port"]), [["target_type_id", port, "0"]]);
    expect(found.decided).toEqual(["ambiguous"]);
    expect(found.modules?.map(([, ...types]) => types.length)).toEqual([1, 2]);
  });

  it("do not become different where they happen to agree", () => {
    const { btf, port, bridge, tunnel } = local();
    const asks = [
      ["target_type_id", port, "0"],
      ["target_type_id", bridge, "0"],
      ["type_exists", tunnel, "0"],
    ] as const;
    const one = targetOf(["x", "port"], ["bridge", "port"]);
    expect(check(btf, one, asks).decided).toEqual([3, 2, "absent"]);
    // What is kept between the two is more in one module than in the other.
    const both = targetOf(["port", "tunnel", "", "bridge"], ["port", "x", "y", "bridge"]);
    expect(check(btf, both, asks).decided).toEqual([2, 5, 1]);
  });
});

it("refuses to write names that are not UTF-8, but only where they decide", () => {
  const types = (pad: number) => {
    const t = new Types();
    const int = t.int("int", 4);
    t.struct("s", 8 + pad, ["a", int, pad * 8], ["b", int, pad * 8 + 32]);
    const bytes = t.bytes();
    bytes[bytes.lastIndexOf("a".charCodeAt(0))] = 0xff;
    return parseBtf(bytes);
  };
  const [local, kernel] = [types(0), types(4)];
  const minimizeFor = (access: string) => minimize([objectOf(local, [["byte_off", 2, access]])], { kernel });
  expect(() => minimizeFor("0:0")).toThrow(MinimizeError);
  expect(() => minimizeFor("0:0")).toThrow("1 relocation depends on what cannot be written");
  expect(check(local, { kernel }, [["byte_off", 2, "0:1"]]).kept).toEqual(["int", "struct s .b"]);
});
