import type { Btf } from "@core/btf";
import { Types } from "@core/written-types";
import { describe, expect, expectTypeOf, it } from "vitest";
import { type Candidate, findCandidates } from "./index.js";

const local = new Types();
const task = local.struct("task___mine", 0);
const color = local.enum("color", {});
const wide = local.enum64("color___wide", {});
const union = local.union("task", 0);
const nameless = local.struct("", 0);
const pointer = local.ptr(0);
const alias = local.typedef("alias", nameless);
const other = local.struct("only_in_modules", 0);
const structAlias = local.struct("alias", 0);
const localBtf = local.btf();

const kernel = new Types();
kernel.struct("task", 0); // 1
kernel.union("task", 0); // 2
kernel.struct("task___mine", 0); // 3
kernel.fwd("task"); // 4
kernel.struct("task___other___mine", 0); // 5
kernel.struct("", 0); // 6
kernel.enum("color", {}); // 7
kernel.enum64("color___x", {}); // 8
kernel.ptr(0); // 9
kernel.typedef("alias", 1); // 10
kernel.struct("task___yours", 0); // 11
kernel.struct("alias", 0); // 12
const kernelBtf = kernel.btf();

const idsOf = (id: number): number[] =>
  findCandidates(localBtf, id as Candidate["typeId"], { kernel: kernelBtf }).map(({ typeId }) => typeId);

it.each([
  ["a struct: structs up to their last flavor, in ascending order", task, [1, 3, 11]],
  ["a union: unions", union, [2]],
  ["an enum: enums of either size", color, [7, 8]],
  ["an enum64: enums of either size", wide, [7, 8]],
  ["a typedef: typedefs", alias, [10]],
  ["a type that is not there", other, []],
  ["a struct without a name", nameless, []],
  ["a type that never has a name", pointer, []],
  ["void", 0, []],
])("finds for %s", (_, id, expected) => {
  expect(idsOf(id)).toEqual(expected);
});

it("looks into modules only when vmlinux has none, and there at their own types", () => {
  const first = new Types(kernelBtf);
  const inFirst = first.struct("only_in_modules___old", 0);
  first.struct("task", 0);
  const second = new Types(kernelBtf);
  const inSecond = [second.struct("only_in_modules", 0), second.struct("only_in_modules", 0)];
  const [firstBtf, secondBtf] = [first.btf(), second.btf()];
  const target = {
    kernel: kernelBtf,
    modules: [
      { name: "first", btf: firstBtf },
      { name: "second", btf: secondBtf },
    ],
  };
  expect(findCandidates(localBtf, other, target)).toEqual([
    { btf: firstBtf, typeId: inFirst, module: "first" },
    ...inSecond.map((typeId) => ({ btf: secondBtf, typeId, module: "second" })),
  ]);
  expect(findCandidates(localBtf, task, target).map(({ module }) => module)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

describe("modules that are always looked at", () => {
  /** A module with one struct task, of one field. */
  const moduleWith = (name: string, field: string, at = 0, size = 8) => {
    const types = new Types(base);
    types.struct("task", size, [field, int, at]);
    return { name, btf: types.btf() };
  };
  const inBase = new Types();
  const int = inBase.int("int", 4);
  const inKernel = inBase.struct("task", 8, ["pid", int, 0]);
  const base = inBase.btf();
  const found = (...modules: ReturnType<typeof moduleWith>[]) =>
    findCandidates(localBtf, task, { kernel: base, modules, searchModules: "all" }).map(
      ({ module, typeId }) => [module, typeId],
    );

  it("add their own types to vmlinux's", () => {
    expect(found(moduleWith("a", "tid"))).toEqual([
      [undefined, inKernel],
      ["a", base.endId],
    ]);
  });

  it("add none that is a copy of one there is: same names, sizes, types and offsets", () => {
    expect(found(moduleWith("a", "pid"))).toEqual([[undefined, inKernel]]);
    expect(found(moduleWith("a", "pid", 32))).toHaveLength(2);
    expect(found(moduleWith("a", "pid", 0, 16))).toHaveLength(2);
    expect(found(moduleWith("a", "tid"), moduleWith("b", "tid"))).toEqual([
      [undefined, inKernel],
      ["a", base.endId],
    ]);
  });

  it("add an enum of other values, whatever their names", () => {
    const kernelWith = (values: Record<string, number>, base?: Btf) => {
      const types = new Types(base);
      types.enum("color", values);
      return types.btf();
    };
    const kernel = kernelWith({ RED: 1 });
    const countOf = (red: number) =>
      findCandidates(localBtf, color, {
        kernel,
        modules: [{ name: "a", btf: kernelWith({ RED: red }, kernel) }],
        searchModules: "all",
      }).length;
    expect([countOf(1), countOf(2)]).toEqual([1, 2]);
  });

  it("are compared with the first types of a name: a hostile module may have thousands", () => {
    const COUNT = 500;
    /** Structs of one field; the `i`th one's has a name that no other has. */
    const withTasks = (from: number, under?: Btf) => {
      const types = new Types(under);
      const field = under === undefined ? types.int("int", 4) : int;
      for (let i = 0; i < COUNT; i++) types.struct("task", 4, [`f${from + i}`, field, 0]);
      return types.btf();
    };
    const kernel = withTasks(0);
    const countOf = (from: number) => {
      const modules = [{ name: "a", btf: withTasks(from, kernel) }];
      return findCandidates(localBtf, task, { kernel, modules, searchModules: "all" }).length;
    };
    expect(countOf(COUNT)).toBe(2 * COUNT);
    // Copies of the first ones are told: what they are looked for among does not grow.
    expect(countOf(0)).toBe(2 * COUNT - 64);
  });

  it("take none of the kernel's own away, though two of them be alike", () => {
    const types = new Types();
    const field = types.int("int", 4);
    const own = [types.struct("task", 8, ["pid", field, 0]), types.struct("task", 8, ["pid", field, 0])];
    const kernel = types.btf();
    const module = new Types(kernel);
    module.struct("task", 8, ["pid", field, 0]);
    const modules = [{ name: "a", btf: module.btf() }];
    const all = findCandidates(localBtf, task, { kernel, modules, searchModules: "all" });
    expect(all.map(({ typeId }) => typeId)).toEqual(own);
  });

  it("are compared once for all local types of a name", () => {
    const target = { kernel: base, modules: [moduleWith("a", "tid")], searchModules: "all" } as const;
    const [first, second] = [task, task].map((id) => findCandidates(localBtf, id, target));
    expect(second).toBe(first);
    const copies = { ...target, modules: [moduleWith("a", "pid")] };
    expect(findCandidates(localBtf, task, copies)).toHaveLength(1);
    // Another name, the first type of which has the same id, in another module.
    const twins = ["only_in_modules", "alias"].map((name) => {
      const types = new Types(base);
      types.struct(name, 0);
      return { name, btf: types.btf() };
    });
    const same = { ...target, modules: twins };
    expect([other, structAlias].map((id) => findCandidates(localBtf, id, same)[0]?.module)).toEqual(
      twins.map(({ name }) => name),
    );
  });

  it("are not, unless it is said", () => {
    const modules = [moduleWith("a", "tid")];
    for (const target of [
      { kernel: base, modules },
      { kernel: base, modules, searchModules: "if-missing" } as const,
    ]) {
      expect(findCandidates(localBtf, task, target).map(({ module }) => module)).toEqual([undefined]);
    }
  });
});

it("looks at a module's own types only, also where it is split from another module", () => {
  const first = new Types(kernelBtf);
  const inFirst = first.struct("only_in_modules", 0);
  const firstBtf = first.btf();
  const second = new Types(firstBtf);
  const inSecond = second.struct("only_in_modules", 0);
  const modules = [
    { name: "first", btf: firstBtf },
    { name: "second", btf: second.btf() },
  ];
  const found = findCandidates(localBtf, other, { kernel: kernelBtf, modules });
  expect(found.map(({ typeId }) => typeId)).toEqual([inFirst, inSecond]);
});

it("finds in a target whose BTF has another byte order", () => {
  const swapped = new Types();
  const id = swapped.struct("task", 0);
  expect(findCandidates(localBtf, task, { kernel: swapped.btf("big") })[0]?.typeId).toBe(id);
});

it("has types that cannot be written to", () => {
  expectTypeOf(findCandidates).returns.toEqualTypeOf<readonly Candidate[]>();
  expectTypeOf<Readonly<Candidate>>().toEqualTypeOf<Candidate>();
});
