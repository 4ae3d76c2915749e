import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseBtf } from "@core/btf";
import { minimize } from "@core/minimize";
import { openObject } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, objectFile, run, spawn, targetFile } from "../../test/run.js";

const min = (...args: readonly string[]) => run(["btf", "min", ...args]);
const expected = Buffer.from(
  minimize([openObject(readFileSync(EXAMPLE))], { kernel: parseBtf(readFileSync(EXAMPLE_KERNEL)) }).kernel,
);

describe("bpf-core btf min", () => {
  it("writes what relocates as the whole does", async () => {
    await inFolder(async (folder) => {
      const output = join(folder, "min.btf");
      const { exitCode, stdout } = await min(EXAMPLE_KERNEL, EXAMPLE, "-o", output);
      expect(exitCode).toBe(0);
      expect(stdout.toString()).toBe(`Wrote ${output}: ${expected.length} bytes.\n`);
      expect(readFileSync(output).equals(expected)).toBe(true);
      const relocated = async (target: string) =>
        (await run(["relocate", EXAMPLE, "-t", target, "-o", "-"])).stdout;
      expect((await relocated(output)).equals(await relocated(EXAMPLE_KERNEL))).toBe(true);
    });
  });

  it("writes to standard output, and what it did beside", () => {
    const { stdout, stderr } = spawn(["btf", "min", EXAMPLE_KERNEL, EXAMPLE, "-o", "-"]);
    expect(stdout.equals(expected)).toBe(true);
    expect(stderr).toBe(`Wrote standard output: ${expected.length} bytes.\n`);
  });

  it("does not write to a terminal", async () => {
    const { exitCode, stderr } = await run(["btf", "min", EXAMPLE_KERNEL, EXAMPLE, "-o", "-"], {
      columns: 80,
    });
    expect(stderr).toContain("BTF is not for a terminal");
    expect(exitCode).toBe(2);
  });

  it("writes modules into a folder, those that are needed", async () => {
    await inFolder(async (folder) => {
      const [base, module, output] = [
        targetFile("split-base"),
        targetFile("split-module"),
        join(folder, "out"),
      ];
      const args = [base, objectFile("split"), "-m", module, "-o", output];
      const { exitCode, stdout, stderr } = await min(...args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(readdirSync(output).sort()).toEqual(["split_module_el", "vmlinux"]);
      expect(stdout.toString().match(/^Wrote /gm)).toHaveLength(2);
      const { stdout: report } = await run([
        ...["relocate", objectFile("split"), "-t", join(output, "vmlinux")],
        ...["-m", join(output, "split_module_el"), "-v"],
      ]);
      expect(report.toString()).toContain("struct module_only in split_module_el");
      const { files } = JSON.parse((await min(...args, "--json")).stdout.toString());
      expect(files).toMatchObject([{ name: "vmlinux" }, { name: "split_module_el" }]);
    });
  });

  it("makes no folder where there is a file", async () => {
    await inFolder(async (folder) => {
      const output = join(folder, "out");
      writeFileSync(output, "");
      const args = ["-m", targetFile("split-module"), "-o", output] as const;
      const { exitCode, stderr } = await min(targetFile("split-base"), objectFile("split"), ...args);
      expect(stderr).toBe(`error: ${output}: is to be a folder, but there is a file of that name\n`);
      expect(exitCode).toBe(3);
    });
  });

  it("never overwrites an input", async () => {
    await inFolder(async (folder) => {
      const kernel = join(folder, "vmlinux");
      copyFileSync(targetFile("split-base"), kernel);
      const { exitCode, stderr } = await min(kernel, EXAMPLE, "-o", kernel);
      expect(stderr).toContain("would overwrite the input");
      expect(exitCode).toBe(2);
      const module = targetFile("split-module");
      expect((await min(kernel, objectFile("split"), "-m", module, "-o", folder)).exitCode).toBe(2);
      expect(readFileSync(kernel).equals(readFileSync(targetFile("split-base")))).toBe(true);
    });
  });

  it.each([
    [[EXAMPLE_KERNEL, EXAMPLE], 2, "required option '-o, --output <file>' not specified"],
    [[EXAMPLE_KERNEL, "-o", "x"], 2, "missing required argument 'object'"],
    [["-", "-", "-o", "x"], 2, "only one file can come from standard input"],
    [[EXAMPLE_KERNEL, EXAMPLE, "-m", targetFile("split-module"), "-o", "-"], 2, "cannot be standard output"],
    [[EXAMPLE_KERNEL, EXAMPLE_KERNEL, "-o", "x"], 3, "not a BPF object: it is no ELF file"],
  ])("%j exits with %i and writes nothing", async (args, code, message) => {
    const { exitCode, stderr } = await min(...args);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(code);
    expect(existsSync("x")).toBe(false);
  });
});
