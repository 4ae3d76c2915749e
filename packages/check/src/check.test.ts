import { kernelObjects, readFixture } from "@core/fixtures";
import { openObject } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { INT, kernelOf } from "../test/kernel.js";
import { type CheckKernel, checkObject, type KernelOptions, type ProgramCheck } from "./index.js";

// The expected words are libbpf 1.8's and the kernel's; the same objects on real kernels are in tools/verdicts.
function programsOf(name: string, kernel: CheckKernel): ReadonlyMap<string, ProgramCheck> {
  const fixture = kernelObjects().find((one) => one.name === name);
  if (fixture === undefined) throw new Error(`no fixture ${name}`);
  const { programs } = checkObject(openObject(readFixture(fixture.path)), kernel);
  return new Map(programs.map((program) => [program.program, program]));
}

const kernel = kernelOf((types) => {
  types.struct("task_struct", 8, ["pid", INT, 0]);
  types.func("vfs_read", types.proto(INT, INT));
});

describe("checkObject", () => {
  it("finds targets, and counts their arguments", () => {
    const programs = programsOf("attach", kernel);
    expect(programs.get("fentry_missing")?.reasons.map(({ code }) => code)).toContain(
      "attach-target-missing",
    );
    const beyond = programs.get("fentry_beyond");
    expect(beyond?.verdict).toBe("fails");
    expect(beyond?.reasons.map(({ message }) => message).join()).toContain(
      "func 'vfs_read' doesn't have 5-th argument",
    );
    expect(beyond?.reasons[0]?.source?.file).toContain("attach.bpf.c");
    // Its one argument, and the result behind it.
    expect(programs.get("fexit_result")?.verdict).toBe("fails");
  });

  it("says what the kernel has no helper, map type or instruction for", () => {
    const codes = (name: string) =>
      [...programsOf(name, kernel).values()].flatMap(({ reasons }) => reasons.map(({ code }) => code));
    expect(codes("helpers")).toContain("helper-unsupported");
    expect(codes("helpers")).toContain("helper-not-allowed");
    expect(codes("map-user-ringbuf")).toContain("map-unsupported");
    expect(codes("insns")).toContain("insn-unsupported");
    expect(codes("kfunc-strong")).toContain("kfunc-missing");
  });

  it("takes what only the running kernel knows when it is given", () => {
    const strong = (options: { kconfig?: ReadonlyMap<string, string> }) =>
      programsOf("kconfig-strong", kernelOf(undefined, options))
        .get("strong")
        ?.reasons.map(({ code }) => code);
    expect(strong({})).toContain("kconfig-unknown");
    expect(strong({ kconfig: new Map() })).toContain("kconfig-missing");
    expect(strong({ kconfig: new Map([["CONFIG_NO_SUCH_OPTION", "y"]]) })).not.toContain("kconfig-missing");
    const kallsyms = new Set(["vfs_write"]);
    const inKernel = kernelOf((types) => types.func("vfs_read", types.proto(INT)), { kallsyms });
    const inlined = programsOf("attach", inKernel).get("fentry_found");
    expect(inlined?.reasons.map(({ message }) => message).join()).toContain(
      "address of function vfs_read cannot be found",
    );
  });

  it("tells guarded poison from reached", () => {
    const programs = [...programsOf("poison", kernel).values()];
    const poisoned = programs.filter(({ core }) => core.poisoned > 0);
    expect(
      poisoned.some(({ core, verdict }) => core.guarded > 0 && core.reached === 0 && verdict !== "fails"),
    ).toBe(true);
    for (const { core, verdict, reasons } of poisoned) {
      expect(core.guarded + core.reached + core.unknown).toBe(core.poisoned);
      if (core.reached === 0) continue;
      expect(verdict).toBe("fails");
      expect(reasons.find(({ code }) => code === "poison-reached")?.message).toContain(
        "invalid func unknown#195896080",
      );
    }
  });

  it("tells what the kernel does not have, guarded or not, and of what it cannot tell that", () => {
    const absencesOf = (name: string, options: KernelOptions = {}) => {
      const fixture = kernelObjects().find((one) => one.name === name);
      const on = kernelOf((types) => types.struct("task_struct", 8), options);
      return checkObject(openObject(readFixture(fixture?.path ?? "")), on).absences;
    };
    // poison.bpf.c reads some of these behind guards only.
    expect(absencesOf("poison")?.absent).toEqual(
      expect.arrayContaining(["struct no_such_struct.field", "struct task_struct.__state", "struct folio"]),
    );
    expect(absencesOf("kconfig-strong")).toEqual({
      absent: [],
      untold: ["extern CONFIG_NO_SUCH_OPTION __kconfig"],
    });
    expect(absencesOf("kconfig-strong", { kconfig: new Map() })).toEqual({
      absent: ["extern CONFIG_NO_SUCH_OPTION __kconfig"],
      untold: [],
    });
    expect(absencesOf("helpers")?.absent).toContain("helper bpf_loop");
    expect(absencesOf("helpers")?.absent).not.toContain("helper bpf_ktime_get_coarse_ns");
    expect(absencesOf("kfunc-weak")?.absent).toContain("kfunc bpf_no_such_kfunc");
    expect(absencesOf("attach")?.absent).toContain("tracepoint no_such_event");
    // Where there is none of the struct, there is none of its members.
    expect(absencesOf("struct-ops")?.absent).toEqual(
      expect.arrayContaining(["struct_ops no_such_ops", "struct no_such_ops.function"]),
    );
  });

  it("suggests what the kernel has in place of what it lacks, where that is wanted", () => {
    const hintsOf = (suggest: boolean) => {
      const near = kernelOf(
        (types) => {
          types.struct("task_strukt", 8);
          types.func("no_such_funktion", types.proto(INT));
          types.typedef("btf_trace_no_such_evnet", INT);
          types.func("bpf_rcu_read_lokc", types.proto(INT));
        },
        { suggest },
      );
      const all = ["poison", "attach", "kfunc-strong"].flatMap((name) => [
        ...programsOf(name, near).values(),
      ]);
      return all.flatMap(({ reasons }) => reasons.flatMap(({ hints }) => hints));
    };
    const hints = hintsOf(true);
    for (const name of ["struct task_strukt", "no_such_funktion", "no_such_evnet", "bpf_rcu_read_lokc"])
      expect(hints).toContain(`the kernel has ${name}: is it that?`);
    expect(hintsOf(false).filter((hint) => hint.includes("is it that?"))).toEqual([]);
  });

  it("is the worst of the programs that are loaded by default", () => {
    const fixture = kernelObjects().find(({ name }) => name === "attach");
    const { verdict, programs } = checkObject(openObject(readFixture(fixture?.path ?? "")), kernel);
    expect(verdict).toBe("fails");
    expect(programs.some(({ autoload, section }) => !autoload && section.startsWith("?"))).toBe(true);
    expect(structuredClone(programs)).toEqual(programs);
    expect(JSON.parse(JSON.stringify(programs))).toEqual(programs);
  });
});
