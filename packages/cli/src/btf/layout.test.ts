import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { idsByName, parseBtf } from "@core/btf";
import { formatLayout, layoutOf } from "@core/btf/layout";
import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, run, targetFile } from "../../test/run.js";

const layout = (...args: readonly string[]) => run(["btf", "layout", ...args]);
const textOf = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await layout(...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.toString();
};

describe("bpf-core btf layout", () => {
  // That this is what pahole prints is shown where it is made.
  it("prints what the library does", async () => {
    const btf = parseBtf(readFileSync(EXAMPLE_KERNEL));
    const [id = 0] = idsByName(btf, "task_struct", "exact");
    expect(await textOf(EXAMPLE_KERNEL, "task_struct")).toBe(formatLayout(btf, layoutOf(btf, id)));
    expect(await textOf(EXAMPLE_KERNEL, "task_struct", "--expand", "-c", "32")).toBe(
      formatLayout(btf, layoutOf(btf, id, { expand: true, cacheline: 32 }), { cacheline: 32 }),
    );
  });

  it("prints several, in the order in which they are asked for", async () => {
    const text = await textOf(EXAMPLE_KERNEL, "list_head", "struct css_set");
    expect(text.match(/^struct \w+/gm)).toEqual(["struct list_head", "struct css_set"]);
  });

  it("puts another kernel's beside it", async () => {
    const text = await textOf(targetFile("records"), "record", "--against", targetFile("records-wide"));
    expect(text).toMatch(/^--- .+records-el\.btf\n\+\+\+ .+records-wide-el\.btf\nstruct record, \d+ bytes /);
  });

  it("keeps two kernels' within the terminal", async () => {
    const args = ["btf", "layout", EXAMPLE_KERNEL, "task_struct", "-a", EXAMPLE_KERNEL];
    const widest = async (columns?: number): Promise<number> => {
      const { stdout } = await run(args, columns === undefined ? {} : { columns });
      const [, , ...lines] = stdout.toString().split("\n");
      return Math.max(...lines.map((line) => line.length));
    };
    expect(await widest(80)).toBe(79);
    expect(await widest()).toBeGreaterThan(100);
  });

  it("puts beside a module's the same module's of the other kernel", async () => {
    const [module, base] = [targetFile("split-module"), targetFile("split-base")];
    await inFolder(async (folder) => {
      // As distributions have them: a package with a kernel's modules.
      mkdirSync(join(folder, "lib"));
      copyFileSync(module, join(folder, "lib/mod.btf"));
      copyFileSync(module, join(folder, "lib/other.btf"));
      const modules = join(folder, "modules.tar");
      expect(spawnSync("tar", ["-C", folder, "-cf", modules, "lib"]).status).toBe(0);
      for (const args of [
        [modules, "in_both", "-m", "mod", "-B", base, "-a", modules],
        [modules, "in_both", "-m", "mod", "-B", base, "-a", modules, "-B", base],
        [module, "in_both", "-B", base, "-a", module],
      ]) {
        const { types } = JSON.parse(await textOf(...args, "--json"));
        expect(types.map(({ before, after }: { before: object; after: object }) => [before, after])).toEqual([
          [expect.objectContaining({ layer: "vmlinux" }), expect.objectContaining({ layer: "vmlinux" })],
          [
            expect.objectContaining({ layer: expect.stringMatching(/^mod$|^split_module_el$/) }),
            expect.objectContaining({ layer: expect.stringMatching(/^mod$|^split_module_el$/) }),
          ],
        ]);
      }
    });
  });

  it("has it all as JSON", async () => {
    const { version, types } = JSON.parse(await textOf(EXAMPLE_KERNEL, "task_struct", "--json"));
    expect(version).toBe(1);
    expect(types).toMatchObject([{ kind: "struct", name: "task_struct", size: 168, source: EXAMPLE_KERNEL }]);
    const members = new Map(types[0].members.map((member: { name: string }) => [member.name, member]));
    // Offsets of clang for tools/fixtures/targets/example-kernel.c.
    expect(members.get("pid")).toMatchObject({ offset: 60, size: 4, bitSize: 0, type: "int" });
    expect(members.get("in_execve")).toMatchObject({ bitOffset: 449, bitSize: 1, type: "unsigned int" });
    expect(members.get("comm")).toMatchObject({ size: 16, type: "char[16]" });
    expect(members.get("stack")).toMatchObject({ offset: 8, type: "void *" });
    const against = JSON.parse(await textOf(EXAMPLE, "task_struct", "--against", EXAMPLE_KERNEL, "--json"));
    expect(against.types).toMatchObject([
      { before: { name: "task_struct", source: EXAMPLE }, after: { source: EXAMPLE_KERNEL, size: 168 } },
    ]);
  });

  it.each([
    [[EXAMPLE_KERNEL, "u64"], 1, "typedef u64: neither a struct nor a union"],
    [[EXAMPLE_KERNEL, "cgroup_subsys_id"], 1, "bpf-core btf show prints it"],
    [[EXAMPLE_KERNEL, "css_sett"], 1, "Did you mean css_set?"],
    [[EXAMPLE_KERNEL, "css_set", "-a", targetFile("nothing")], 1, 'there is no type "css_set" in'],
    [
      [targetFile("arrays-deep"), "3", "-a", EXAMPLE_KERNEL],
      1,
      "struct (anonymous) [3] has no name to find it by in",
    ],
    [[EXAMPLE_KERNEL, "css_set", "-c", "0"], 2, "1 to 4096 bytes."],
  ])("%j exits with %i", async (args, code, message) => {
    const { exitCode, stderr, stdout } = await layout(...args);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(code);
    expect(stdout.length).toBe(0);
  });
});
