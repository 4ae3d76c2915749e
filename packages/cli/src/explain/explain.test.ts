import { readFileSync } from "node:fs";
import { findCorpus, kernelsOf, objectsOf } from "@core/corpus";
import { openObject } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, objectFile, run, targetFile } from "../../test/run.js";
import { isAt, parsePlace } from "./place.js";

const explain = (...args: readonly string[]) => run(["explain", EXAMPLE, "-t", EXAMPLE_KERNEL, ...args]);
const explainFlavors = (place: string) =>
  run(["explain", objectFile("flavors"), "-t", targetFile("flavors-disagreeing"), place]);

describe("bpf-core explain", () => {
  it("explains everything that does not load", async () => {
    const { exitCode, stdout } = await explain();
    const text = stdout.toString();
    expect(exitCode).toBe(1);
    expect(text).toContain("  on_exec (tp_btf/sched_process_exec) does not load\n");
    expect(text).toContain("  on_exit (tp_btf/sched_process_exit) does not load\n");
    expect(text).toContain("\ntracepoint sched_process_exec: no such attach target\n");
  });

  it("takes no BPF object for a kernel", async () => {
    const { exitCode, stderr } = await run(["explain", EXAMPLE, "-t", EXAMPLE]);
    expect(stderr).toContain("example-el.o: kernel-btf: ELF > .BTF: a BPF object's types, not a kernel's: ");
    expect(exitCode).toBe(3);
  });

  it("explains one program", async () => {
    const text = (await explain("on_exec")).stdout.toString();
    expect(text).toContain("tracepoint sched_process_exec: no such attach target");
    expect(text).not.toContain("on_exit");
  });

  it("shows one instruction before and after, with its neighbours, and every candidate", async () => {
    // readelf and llvm-objdump: insn #19 of on_exec, 12 in the object, 60 in this kernel.
    const { stdout } = await explain("tp_btf/sched_process_exec+152");
    const text = stdout.toString();
    expect(text).toMatch(/^ {2}example\.bpf\.c:132, in on_exec, tp_btf\/sched_process_exec\+152$/m);
    expect(text).toMatch(
      /^ {2}> +#19 {2}r1 = \*\(u32 \*\)\(r6 \+12\) {2}-> {2}r1 = \*\(u32 \*\)\(r6 \+60\)$/m,
    );
    expect(text.match(/^ {4} +#\d+ /gm)).toHaveLength(6);
    expect(text).toMatch(/relocation <byte_off> \[\d+\] struct task_struct\.pid \(0:3 @ offset 12\)/);
    expect(text).toContain("matching candidate #0");
    expect((await explain("tp_btf/sched_process_exec+0x98")).stdout.toString()).toBe(text);
  });

  it("says what to do where libbpf refuses the object, and what is the same only once", async () => {
    const { stdout } = await explainFlavors("flavors_twin");
    const text = stdout.toString();
    expect(text).toContain("\n  -> Ambiguous: the target has several types of that name");
    const [, left = ""] = text.split("struct twin.left: ambiguous");
    expect(left.split("struct twin.right: ambiguous")[0]?.match(/candidates disagree/g)).toHaveLength(1);
    // What cannot be told comes last.
    expect(text.indexOf("maybe not supported")).toBeGreaterThan(text.indexOf("struct twin.right: ambiguous"));
  });

  it("has names near to those that the kernel lacks, and of flavors none where the name is none", async () => {
    const { stdout } = await explainFlavors("flavors_not");
    expect(stdout.toString()).toContain("\nstruct ___car.a: absent, and used\n");
    expect(stdout.toString()).toContain(
      "-> the kernel has struct car___1, struct car___2: is it one of these?",
    );
  });

  it("shows what comes of one line", async () => {
    const text = (await explain("example.bpf.c:132")).stdout.toString();
    expect(text).toContain("struct task_struct.pid (0:3 @ offset 12)");
  });

  it.each([
    ["nope", "nope: no program or function of the object; it has "],
    ["on_exce", "on_exce: no program or function of the object; did you mean on_exec"],
    ["exmaple.bpf.c:132", "no instruction comes from there; some come from "],
    ["example.bpf.c:1", "no instruction comes from there; the nearest that some come from: line "],
    ["tp_btf/sched_process_exec+4", "no instruction begins there"],
    ["tp_btf/sched_process_exec+99992", "no instruction begins there"],
  ])("refuses %s", async (place, message) => {
    const { exitCode, stdout, stderr } = await explain(place);
    expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("is about one kernel", async () => {
    const { exitCode, stderr } = await run([
      "explain",
      EXAMPLE,
      "-t",
      `${EXAMPLE_KERNEL.replace(/[^/]+$/, "")}arrays-*.btf`,
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("explain takes one kernel, and there are ");
  });

  const corpus = findCorpus();
  const [kernel] =
    corpus === undefined
      ? []
      : kernelsOf(corpus).filter(({ name }) => name.startsWith("6.1.0") && name.includes("amd64"));
  const [object] =
    corpus === undefined
      ? []
      : objectsOf(corpus).filter(({ name }) => /amd64\/offcputime\.bpf\.o/.test(name));

  it.skipIf(kernel === undefined || object === undefined)(
    "shows what is guarded in a real program",
    async () => {
      // libbpf-tools' core_fixes.bpf.h asks for __state first, which 6.1 has.
      const { exitCode, stdout } = await run(["explain", object!.path, "-t", kernel!.path, "sched_switch"]);
      expect(exitCode).toBe(0);
      expect(stdout.toString()).toContain("sched_switch (tp_btf/sched_switch) loads");
      expect(stdout.toString()).toContain("absent, and never used");
      expect(stdout.toString()).toContain("struct task_struct [192] has no member state");
    },
  );
});

describe("a place", () => {
  const object = openObject(readFileSync(EXAMPLE));

  it.each([
    [undefined, { kind: "all" }],
    ["on_exec", { kind: "program", name: "on_exec" }],
    ["tp_btf/sched_process_exec+0x98", { kind: "insn", section: "tp_btf/sched_process_exec", offset: 152 }],
    ["example.bpf.c:132", { kind: "line", file: "example.bpf.c", line: 132 }],
  ])("%s", (text, place) => {
    expect(parsePlace(text, object)).toEqual(place);
  });

  it("on a line is told by the end of its path", () => {
    const source = { file: "/src/tools/./a.bpf.c", line: 3, column: 1, text: "" };
    const at = { section: "x", insnOff: 0, function: "f", source };
    const isOn = (file: string, line: number) => isAt({ kind: "line", file, line }, at);
    expect([isOn("a.bpf.c", 3), isOn("./a.bpf.c", 3), isOn("a.bpf.c", 4), isOn("pf.c", 3)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
