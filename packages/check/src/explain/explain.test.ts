import { kernelObjects, readFixture } from "@core/fixtures";
import { openObject, relocate } from "@core/relocate";
import { pointNameOf } from "@core/spec";
import { describe, expect, it } from "vitest";
import { INT, kernelOf } from "../../test/kernel.js";
import { explain, findExistence, insnsAround } from "../index.js";

const taskWith = (...names: readonly string[]) =>
  kernelOf((types) =>
    types.struct("task_struct", 64, ...names.map((name, i) => [name, INT, i * 32] as const)),
  );

const path = kernelObjects().find(({ name }) => name === "poison")?.path ?? "";
const object = openObject(readFixture(path));

describe("explain", () => {
  const relocated = relocate(object, { kernel: taskWith("pid", "__nowhere").btf });
  const [poisoned] = explain(relocated, ({ function: name }) => name !== null).filter(
    ({ subject, outcome }) => subject === "struct task_struct.nowhere" && outcome === "poisoned",
  );

  it("says what was looked for, what was tried, and what is there instead", () => {
    expect(poisoned?.access).toBe("task->nowhere");
    expect(poisoned?.kind).toBe("byte_off");
    expect(poisoned?.steps[0]).toMatch(
      /^<byte_off> \[\d+\] struct task_struct___nowhere\.nowhere \(0:0 @ offset 0\)$/,
    );
    expect(poisoned?.steps[1]).toContain("struct task_struct [8] has no member nowhere");
    expect(poisoned?.like).toEqual([
      {
        of: "struct task_struct",
        name: "__nowhere",
        declaration: "int __nowhere",
        bitOffset: 32,
        bitSize: 0,
        code: poisoned?.hints[1],
      },
    ]);
    expect(poisoned?.source?.file).toContain("poison.bpf.c");
    const [renamed, both] = poisoned?.hints ?? [];
    expect(renamed).toBe("int __nowhere at byte 4 of struct task_struct: is it renamed?");
    expect(both).toContain(
      "if (bpf_core_field_exists(new->__nowhere))\n    value = BPF_CORE_READ(new, __nowhere);",
    );
    expect(both).toContain("    value = BPF_CORE_READ(task, nowhere);");
  });

  it("shows the instruction among those around it", () => {
    const insns = poisoned === undefined ? [] : insnsAround(relocated, poisoned);
    const own = insns.find(({ insnOff }) => insnOff === poisoned?.insnOff);
    expect(own?.after).toBe("call 195896080");
    expect(own?.before).not.toBe(own?.after);
    expect(insns.filter(({ before, after }) => before === after).length).toBeGreaterThan(0);
    expect(insnsAround(relocated, { section: poisoned?.section ?? "", insnOff: 1 << 30 })).toEqual([]);
  });
});

describe("findExistence", () => {
  const place = object.relocations.find(
    ({ spec }) => "points" in spec && spec.points.some((point) => pointNameOf(spec.btf, point) === "nowhere"),
  );
  const at = { section: place?.section ?? "", insnOff: place?.record.insnOff ?? 0 };

  it("tells kernels that have it from those that do not, and what works on all", () => {
    const kernels = new Map([
      ["old", taskWith("pid", "nowhere")],
      ["new", taskWith("pid", "__nowhere")],
    ]);
    const report = findExistence(object, at, kernels);
    expect(report?.kernels.map(({ kernel, exists, found }) => [kernel, exists, found])).toEqual([
      ["old", true, "int at byte 4"],
      ["new", false, "int __nowhere at byte 4 of struct task_struct"],
    ]);
    expect(report?.hints[0]).toBe("not in 1 of 2 kernels: new");
    expect(report?.hints[1]).toContain("bpf_core_field_exists(new->__nowhere)");
  });

  it("has nothing to say where there is no relocation", () => {
    expect(findExistence(object, { section: "no such", insnOff: 0 }, new Map())).toBeUndefined();
    expect(findExistence(object, at, new Map([["one", taskWith("nowhere")]]))?.hints).toEqual([]);
  });
});
