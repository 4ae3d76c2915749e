import type { Btf } from "@core/btf";
import { Types } from "@core/written-types";
import { expect, it } from "vitest";
import { check } from "../test/check.js";
import { objectOf } from "../test/object.js";
import { MinimizeError, minimize } from "./index.js";

/** struct task and struct bridge, both { int id; }, as an object has them. */
function localTypes() {
  const l = new Types();
  const int = l.int("int", 4);
  const task = l.struct("task", 4, ["id", int, 0]);
  const bridge = l.struct("bridge", 4, ["id", int, 0]);
  return { task, bridge, btf: l.btf() };
}

/** A kernel with int, [1], and struct task, [2]. */
function kernelWith(...members: readonly (readonly [string, number, number])[]): Btf {
  const t = new Types();
  t.int("int", 4);
  t.struct("task", 64, ...members);
  return t.btf();
}

const INT = 1;

it("takes from the kernel and from modules what is found there", () => {
  const { btf, task, bridge } = localTypes();
  const kernel = kernelWith(["pad", INT, 0], ["id", INT, 32]);
  const m = new Types(kernel);
  m.struct("unused", 4, ["id", INT, 0]);
  m.struct("bridge", 80, ["dev", m.ptr(2), 0], ["id", m.const(INT), 64]);
  const other = new Types(kernel);
  other.struct("tunnel", 4, ["id", INT, 0]);
  const modules = [
    { name: "tunnel", btf: other.btf() },
    { name: "bridge", btf: m.btf() },
  ];
  const found = check(btf, { kernel, modules }, [
    ["byte_off", task, "0:0"],
    ["byte_off", bridge, "0:0"],
    ["target_type_id", bridge, "0"],
  ]);
  expect(found.decided.slice(0, 2)).toEqual([4, 8]);
  expect(found.kept).toEqual(["int", "struct task .id"]);
  // The module's only reference leads to the kernel's int, and modules without use are left out.
  expect(found.modules).toEqual([["bridge", "struct bridge .id"]]);
});

it("keeps a candidate of the kernel that did not match, where a module's would be found in its place", () => {
  const l = new Types();
  const bridge = l.struct("bridge", 4, ["id", l.int("int", 4), 0]);
  const port = l.struct("port", 4, ["of", bridge, 0]);
  const t = new Types();
  t.int("int", 4);
  t.struct("bridge", 8, ["other", INT, 0], ["mtu", INT, 32]);
  const kernel = t.btf();
  const m = new Types(kernel);
  m.struct("port", 8, ["of", m.struct("bridge", 4, ["id", INT, 0]), 32]);
  const modules = [{ name: "bridge", btf: m.btf() }];
  const found = check(l.btf(), { kernel, modules }, [
    ["type_matches", port, "0"],
    ["field_exists", bridge, "0:0"],
    ["byte_off", bridge, "0:0"],
  ]);
  expect(found.decided).toEqual([1, "absent", "poison"]);
  expect(found.kept).toEqual(["int int", "struct bridge"]);
  expect(found.modules).toEqual([["bridge", "struct bridge .id", "struct port .of"]]);
});

it("keeps two modules that disagree", () => {
  const { btf, bridge } = localTypes();
  const kernel = kernelWith();
  const modules = [0, 32].map((at) => {
    const m = new Types(kernel);
    m.struct("bridge", 8, ["id", INT, at]);
    return { name: `at_${at}`, btf: m.btf() };
  });
  expect(check(btf, { kernel, modules }, [["byte_off", bridge, "0:0"]]).decided).toEqual(["ambiguous"]);
});

it("keeps modules on modules, also those that are only the base of another", () => {
  const { btf, bridge } = localTypes();
  const kernel = kernelWith();
  const m = new Types(kernel);
  const inner = m.struct("inner", 8, ["id", INT, 0]);
  const middle = m.btf();
  const top = new Types(middle);
  top.struct("bridge", 16, ["all", inner, 0], ["", inner, 64]);
  const modules = [
    { name: "middle", btf: middle },
    { name: "top", btf: top.btf() },
  ];
  const minimized = minimize([objectOf(btf, [["byte_off", bridge, "0:0"]])], { kernel, modules });
  expect(minimized.modules.map(({ name, base }) => [name, base])).toEqual([
    ["middle", undefined],
    ["top", "middle"],
  ]);
  const found = check(btf, { kernel, modules }, [["byte_off", bridge, "0:0"]]);
  expect(found.decided).toEqual([8]);
  expect(found.modules).toEqual([
    ["middle", "struct .id"],
    ["top", "struct bridge ."],
  ]);

  // Everything of the module above is the kernel's, and still it is on top of the one below.
  const alone = new Types(middle);
  alone.struct("bridge", 4, ["id", INT, 0]);
  const result = minimize([objectOf(btf, [["byte_off", bridge, "0:0"]])], {
    kernel,
    modules: [
      { name: "middle", btf: middle },
      { name: "alone", btf: alone.btf() },
    ],
  });
  expect(result.modules.map(({ name, base }) => [name, base])).toEqual([
    ["middle", undefined],
    ["alone", "middle"],
  ]);
  expect(result.modules[0]?.bytes).toHaveLength(24);
});

it("writes a nameless type of a module as the kernel's, where that has an equal one", () => {
  const l = new Types();
  const task = l.struct("task", 8, ["next", l.ptr(0), 0]);
  const bridge = l.struct("bridge", 8, ["next", l.ptr(0), 0]);
  const t = new Types();
  t.struct("task", 8, ["next", t.ptr(0), 0]);
  const kernel = t.btf();
  const m = new Types(kernel);
  m.struct("bridge", 16, ["next", m.ptr(m.struct("port", 8)), 64]);
  const found = check(l.btf(), { kernel, modules: [{ name: "bridge", btf: m.btf() }] }, [
    ["byte_off", task, "0:0"],
    ["byte_off", bridge, "0:0"],
  ]);
  expect(found.kept).toEqual(["ptr", "struct task .next"]);
  expect(found.modules).toEqual([["bridge", "struct bridge .next"]]);
});

it.each([
  ["a copy of the kernel's BTF", () => new Types(kernelWith()).btf()],
  ["nothing", () => kernelWith()],
])("refuses a module that is split from %s", (_, module) => {
  const target = { kernel: kernelWith(), modules: [{ name: "odd", btf: module() }] };
  expect(() => minimize([], target)).toThrow(MinimizeError);
  expect(() => minimize([], target)).toThrow(
    "minimize: module odd is split neither from the kernel's BTF nor from that of a module before it",
  );
});
