import { describe, expect, it } from "vitest";
import { EXAMPLE_KERNEL, run, targetFile } from "../../test/run.js";

const textOf = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await run(["btf", "find", ...args]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.toString();
};
const titlesOf = (text: string): string[] =>
  [...text.matchAll(/^ *\[\d+\] +(\S+ \S+)/gm)].map(([, title = ""]) => title);

describe("bpf-core btf find", () => {
  it("finds a name, and who uses the type", async () => {
    const lines = (await textOf(EXAMPLE_KERNEL, "css_set")).split("\n");
    expect(lines[0]).toMatch(/^\[\d+\] {2}struct css_set {2}56 bytes$/);
    expect(lines.slice(1)).toEqual([
      "  used 2 times:",
      "  struct task_struct.cgroups",
      "  func keep_1(value)",
      "",
    ]);
  });

  it("finds what fits a pattern", async () => {
    expect(titlesOf(await textOf(EXAMPLE_KERNEL, "cgroup*")).sort()).toEqual([
      "enum cgroup_subsys_id",
      "struct cgroup",
      "struct cgroup_subsys_state",
    ]);
    expect(titlesOf(await textOf(EXAMPLE_KERNEL, "cgroup*", "-k", "enum"))).toEqual([
      "enum cgroup_subsys_id",
    ]);
  });

  it("finds what a regular expression fits, in any part of the name", async () => {
    expect(titlesOf(await textOf(EXAMPLE_KERNEL, "/_(id|set)$/")).sort()).toEqual([
      "enum cgroup_subsys_id",
      "struct css_set",
    ]);
    expect(titlesOf(await textOf(EXAMPLE_KERNEL, "/^CSS/i"))).toEqual(["struct css_set"]);
  });

  it("shows who uses each with --users", async () => {
    const text = await textOf(EXAMPLE_KERNEL, "/^(css_set|list_head)$/", "--users");
    expect(text).toContain("  struct cgroup_subsys_state.sibling\n");
    expect(text).toContain("  struct task_struct.cgroups\n");
    expect(await textOf(EXAMPLE_KERNEL, "css_*")).not.toContain("used");
  });

  it("finds in modules, too, and who uses the kernel's types there", async () => {
    const text = await textOf(targetFile("split-base"), "base_only", "-m", targetFile("split-module"));
    expect(text).toContain("struct module_only.base in split_module_el\n");
    expect(
      titlesOf(await textOf(targetFile("split-base"), "in_*", "-m", targetFile("split-module"))),
    ).toEqual(["struct in_both", "struct in_both", "struct in_modules"]);
  });

  it("has it all as JSON", async () => {
    const { version, types } = JSON.parse(await textOf(EXAMPLE_KERNEL, "css_set", "--json"));
    expect(version).toBe(1);
    expect(types).toMatchObject([
      {
        kind: "struct",
        name: "css_set",
        size: 56,
        users: [
          { kind: "struct", name: "task_struct", path: "cgroups" },
          { name: "keep_1", path: "(value)" },
        ],
      },
    ]);
  });

  it.each([
    ["/(/", 2, "Invalid regular expression"],
    ["/nothing_such/", 1, 'there is no type "/nothing_such/"'],
    ["task_strut*", 1, "Did you mean task_struct?"],
  ])("%s exits with %i", async (pattern, code, message) => {
    const { exitCode, stderr } = await run(["btf", "find", EXAMPLE_KERNEL, pattern]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(code);
  });

  it("needs a pattern", async () => {
    const { exitCode, stderr } = await run(["btf", "find", EXAMPLE_KERNEL]);
    expect(stderr).toBe(`error: ${EXAMPLE_KERNEL} is a file: name a type or a pattern, too\n`);
    expect(exitCode).toBe(2);
    // An expression, not a folder.
    const found = await run(["btf", "find", "/tmp/"], { kernelPaths: [EXAMPLE_KERNEL] });
    expect(found.stderr).toContain('there is no type "/tmp/"');
  });

  it("tells what is odd about a module", async () => {
    const module = targetFile("split-module-no-strings");
    const { stdout, stderr } = await run(["btf", "find", targetFile("split-base"), "in_*", "-m", module]);
    expect(stderr).toBe(
      "note: split_module_no_strings_el: its string section is empty: all of its names are its base's\n",
    );
    expect(stdout.toString()).toContain("typedef in_both");
  });

  it("knows which kinds there are", async () => {
    const { exitCode, stderr } = await run(["btf", "find", EXAMPLE_KERNEL, "x", "-k", "class"]);
    expect(stderr).toContain("Kinds are int, ptr, array, struct");
    expect(exitCode).toBe(2);
  });
});
