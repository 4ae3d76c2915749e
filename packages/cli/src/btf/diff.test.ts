import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, run, targetFile } from "../../test/run.js";

const diff = (...args: readonly string[]) => run(["btf", "diff", ...args]);
const textOf = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await diff(...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.toString();
};

const [OLD, NEW] = [targetFile("records"), targetFile("records-wide")];

describe("bpf-core btf diff", () => {
  it("shows what differs, field by field, and counts", async () => {
    const text = await textOf(EXAMPLE, EXAMPLE_KERNEL, "task_struct");
    const lines = text.split("\n");
    expect(lines.slice(0, 2)).toEqual([`--- ${EXAMPLE}`, `+++ ${EXAMPLE_KERNEL}`]);
    // Offsets of clang for tools/fixtures.
    expect(text).toMatch(/^~ struct task_struct, 64 -> 168 bytes$/m);
    expect(text).toMatch(/^~ {3}exit_code: moved 4 -> 44$/m);
    expect(text).toMatch(/\n\n1 type changed \(0 not compatible\)/);
  });

  it("finds nothing between what is the same", async () => {
    expect(await textOf(OLD, OLD)).toBe(`--- ${OLD}\n+++ ${OLD}\nNo differences.\n`);
  });

  it("exits with 1 for differences, where that is asked for", async () => {
    expect((await diff(OLD, OLD, "--exit-code")).exitCode).toBe(0);
    expect((await diff(OLD, NEW, "--exit-code")).exitCode).toBe(1);
    expect((await diff(OLD, NEW)).exitCode).toBe(0);
    expect((await diff(OLD, NEW, "--exit-code", "--json")).exitCode).toBe(1);
  });

  it("shows only what CO-RE does not find any more", async () => {
    const text = await textOf(EXAMPLE, EXAMPLE_KERNEL, "--incompatible");
    expect(text).toMatch(/^- struct mm_rss_stat/m);
    expect(text).not.toMatch(/^[+~] /m);
  });

  it("compares modules, each on its base", async () => {
    const base = ["-B", targetFile("split-base")];
    const text = await textOf(targetFile("split-module"), targetFile("split-module-other"), ...base);
    expect(text).toContain("\n~ struct in_modules, 8 -> 16 bytes\n~   e: moved 4 -> 12\n");
    expect(await textOf(targetFile("split-module"), targetFile("split-module"), ...base, ...base)).toContain(
      "No differences.",
    );
  });

  it("compares a module of each kernel", async () => {
    const base = targetFile("split-base");
    const [module, other] = [targetFile("split-module"), targetFile("split-module-other")];
    const text = await textOf(base, base, "-m", module, "-m", other);
    expect(text.split("\n").slice(0, 2)).toEqual([`--- ${module}`, `+++ ${other}`]);
    expect(text).toContain("\n~ struct in_modules, 8 -> 16 bytes\n~   e: moved 4 -> 12\n");
    expect(await textOf(base, base, "-m", module)).toContain("No differences.");
  });

  it("takes names and patterns, which have to be somewhere", async () => {
    expect(await textOf(EXAMPLE, EXAMPLE_KERNEL, "task_*", "css_set")).toContain("struct task_struct,");
    const { exitCode, stderr } = await diff(EXAMPLE, EXAMPLE_KERNEL, "task_strut");
    expect(stderr).toBe(
      `error: there is no type "task_strut" in ${EXAMPLE} or ${EXAMPLE_KERNEL}. Did you mean task_struct?\n`,
    );
    expect(exitCode).toBe(1);
  });

  it("has it all as JSON", async () => {
    const { version, before, after, changed, removed } = JSON.parse(
      await textOf(EXAMPLE, EXAMPLE_KERNEL, "--json"),
    );
    expect({ version, before, after }).toEqual({ version: 1, before: EXAMPLE, after: EXAMPLE_KERNEL });
    const task = changed.find(({ name }: { name: string }) => name === "task_struct");
    expect(task.fields).toContainEqual(
      expect.objectContaining({
        codes: ["moved"],
        before: expect.objectContaining({ name: "pid", bitOffset: 96, type: "int" }),
        after: expect.objectContaining({ name: "pid", bitOffset: 480 }),
        compatible: true,
      }),
    );
    expect(removed).toContainEqual(expect.objectContaining({ kind: "struct", name: "mm_rss_stat" }));
    const enums = JSON.parse(
      await textOf(targetFile("enums-widths"), targetFile("enums-renumbered"), "--json"),
    );
    expect(JSON.stringify(enums)).toMatch(/"value":"-?\d+"/);
  });

  it("colours by what a line is about", async () => {
    const { stdout } = await run(["btf", "diff", EXAMPLE, EXAMPLE_KERNEL], { colors: true });
    expect(stdout.toString()).toContain("\x1b[31m- struct mm_rss_stat");
    expect(stdout.toString()).toContain("\x1b[32m+ ");
  });

  it.each([
    [["-", "-"], 2, "only one file can come from standard input"],
    [[OLD], 2, "missing required argument 'b'"],
    [[OLD, NEW, "-B", OLD, "-B", OLD, "-B", OLD], 2, "There are two at most."],
    [[OLD, "/nowhere/x"], 3, "/nowhere/x: no such file or directory"],
  ])("%j exits with %i", async (args, code, message) => {
    const { exitCode, stderr } = await diff(...args);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(code);
  });
});
