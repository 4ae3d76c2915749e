import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, run, spawn, targetFile } from "../../test/run.js";

const show = async (...args: readonly string[]) => run(["btf", "show", ...args]);
const textOf = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await show(...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.toString();
};

/** A system's root in a folder. */
function withRoot(folder: string): string {
  mkdirSync(join(folder, "r/boot"), { recursive: true });
  copyFileSync(EXAMPLE_KERNEL, join(folder, "r/boot/vmlinux-6.1.0"));
  return folder;
}

const SPLIT = [targetFile("split-module"), "-B", targetFile("split-base")] as const;

describe("bpf-core btf show", () => {
  it("shows a struct as C declares it, with where everything is", async () => {
    const text = await textOf(EXAMPLE_KERNEL, "css_set");
    expect(text).toMatch(/^\/\* struct css_set \[\d+\] in vmlinux, 56 bytes \*\/\nstruct css_set \{\n/);
    expect(text).toMatch(/^\tstruct cgroup_subsys_state \* subsys\[6\]; +\/\* +0 +48 \*\/$/m);
    expect(text).toMatch(/^\tint +refcount; +\/\* +48 +4 \*\/$/m);
  });

  it.each([
    ["cgroup_subsys_id", "enum cgroup_subsys_id {\n\tcpuset_cgrp_id = 0,\n\tcpu_cgrp_id = 1,\n"],
    ["u64", "typedef unsigned long long u64;\n"],
    ["int", "int; /* 32 bits, signed */\n"],
    ["char", " in vmlinux, 1 byte */\n"],
    ["enum cgroup_subsys_id", "\tmemory_cgrp_id = 4,\n"],
  ])("shows %s", async (type, expected) => {
    expect(await textOf(EXAMPLE_KERNEL, type)).toContain(expected);
  });

  it("shows functions with their parameters' names, and variables with their linkage", async () => {
    expect(await textOf(EXAMPLE, "on_exec")).toContain("int on_exec(u64 *args);\n");
    expect(await textOf(EXAMPLE, "_license")).toMatch(/^char _license\[13\];$/m);
    expect(await textOf(EXAMPLE, "license")).toMatch(/^char _license\[13\]; \/\* 0 13 \*\/$/m);
  });

  it("takes several types, and their ids", async () => {
    const text = await textOf(targetFile("split-base"), "2", "in_both", "[1]");
    expect(text.match(/^\/\* .* \*\/$/gm)?.slice(0, 1)).toEqual([
      "/* struct base_only [2] in vmlinux, 12 bytes */",
    ]);
    expect(text).toContain("/* struct in_both [3] in vmlinux, 12 bytes */");
    expect(text).toContain("/* int int [1] in vmlinux, 4 bytes */");
  });

  it("shows what a module adds, and what it has of the same name", async () => {
    const text = await textOf(targetFile("split-base"), "-m", targetFile("split-module"), "in_both");
    expect(text).toContain("/* struct in_both [3] in vmlinux, 12 bytes */");
    expect(text).toContain("/* struct in_both [6] in split_module_el, 4 bytes */");
  });

  it("shows types of a module's own file on its base", async () => {
    const [module, ...base] = SPLIT;
    expect(await textOf(module, "module_only", "base_only", ...base)).toContain("struct base_only [2]");
  });

  it("has it all as JSON", async () => {
    const { version, types } = JSON.parse(await textOf(EXAMPLE_KERNEL, "list_head", "--json"));
    expect(version).toBe(1);
    expect(types).toMatchObject([
      {
        kind: "struct",
        name: "list_head",
        size: 16,
        source: EXAMPLE_KERNEL,
        layer: "vmlinux",
        record: { kind: "STRUCT", vlen: 2, members: [{ name: "next", bits_offset: 0 }, { name: "prev" }] },
      },
    ]);
  });
});

describe("a type that is not there", () => {
  it.each([
    ["task_strut", "Did you mean task_struct?"],
    ["TASK_STRUCT", "Did you mean task_struct?"],
    ["task_stuct", "Did you mean task_struct?"],
    ["cgroup_subsys", "Did you mean cgroup_subsys_id or cgroup_subsys_state?"],
    ["struct u64", 'there is no type "struct u64"'],
    ["task_strut*", ". Did you mean task_struct?\nPatterns are for bpf-core btf find.\n"],
    ["/^task_/", '"/^task_/" in '],
    ["/^task_/", "\nPatterns are for bpf-core btf find.\n"],
    ["9999", `there is no type 9999 in ${EXAMPLE_KERNEL}: ids are from 1 to `],
    ["0", `there is no type 0 in ${EXAMPLE_KERNEL}: ids are from 1 to `],
  ])("%s", async (type, message) => {
    const { exitCode, stderr, stdout } = await show(EXAMPLE_KERNEL, type);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(1);
    expect(stdout.length).toBe(0);
  });
});

describe("the source", () => {
  it("is told from types by a slash, or by being there", async () => {
    const { exitCode, stderr } = await show("./vmlinux", "x");
    expect(stderr).toContain("./vmlinux: no such file or directory");
    expect(exitCode).toBe(3);
    const running = await run(["btf", "show", "vmlinux", "task_struct"], { kernelPaths: [EXAMPLE_KERNEL] });
    expect(running.stderr).toContain('there is no type "vmlinux"');
  });

  // As in the sources of Linux: net, block, ipc, init …
  it("is no folder that is called as a type is, and nor is a module", async () => {
    await inFolder((folder) => {
      mkdirSync(join(folder, "css_set"));
      mkdirSync(join(folder, "m"));
      const { stdout } = spawn(["btf", "show", "--root", "r", "css_set", "list_head"], {
        cwd: withRoot(folder),
      });
      expect(stdout.toString()).toContain("struct list_head {");
      const { stderr } = spawn(["btf", "show", EXAMPLE_KERNEL, "list_head", "-m", "m"], { cwd: folder });
      expect(stderr).toContain("no BTF of a module m in ");
    });
  });

  it("needs a type", async () => {
    const { exitCode, stderr } = await show(EXAMPLE_KERNEL);
    expect(stderr).toContain("is a file: name a type, too");
    expect(exitCode).toBe(2);
  });

  it("is the running kernel's unless given", async () => {
    const { stdout } = await run(["btf", "show", "list_head"], { kernelPaths: [EXAMPLE_KERNEL] });
    expect(stdout.toString()).toContain("struct list_head {");
  });

  it("of a module needs its base, and says so", async () => {
    const { exitCode, stderr } = await show(targetFile("split-module"), "in_both");
    expect(stderr).toContain("is this a split BTF that needs its base?");
    expect(stderr).toContain("Name its kernel's BTF with --base.");
    expect(exitCode).toBe(3);
  });

  it("may be below a root, or not", async () => {
    await inFolder(async (folder) => {
      const { exitCode, stderr } = await show("--root", folder, "x");
      expect(stderr).toContain(`no kernel below ${folder}`);
      expect(exitCode).toBe(3);
      expect((await show(EXAMPLE_KERNEL, "x", "--root", folder)).exitCode).toBe(2);
      expect((await show("--base", EXAMPLE_KERNEL, "x")).exitCode).toBe(2);
    });
  });
});
