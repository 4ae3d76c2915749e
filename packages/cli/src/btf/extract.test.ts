import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { extractBtf } from "@core/kernel-btf";
import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, run, spawn } from "../../test/run.js";

const extract = (...args: readonly string[]) => run(["btf", "extract", ...args]);

describe("bpf-core btf extract", () => {
  it("writes a section as it is, and says how it got there", async () => {
    const { bytes: expected } = extractBtf(readFileSync(EXAMPLE));
    await inFolder(async (folder) => {
      const [source, output] = [join(folder, "x.gz"), join(folder, "x.btf")];
      writeFileSync(source, gzipSync(readFileSync(EXAMPLE)));
      const { exitCode, stdout } = await extract(source, "-o", output);
      expect(exitCode).toBe(0);
      expect(stdout.toString()).toBe(
        `${source} > gzip > ELF > .BTF\nWrote ${output}: ${expected.length} bytes.\n`,
      );
      expect(readFileSync(output).equals(expected)).toBe(true);
      const json = JSON.parse((await extract(source, "-o", output, "--json")).stdout.toString());
      expect(json).toEqual({
        version: 1,
        source,
        output,
        name: null,
        steps: ["gzip", "ELF", ".BTF"],
        size: expected.length,
      });
    });
  });

  it("takes the running kernel's, and writes to standard output", async () => {
    const { stdout, stderr } = await run(["btf", "extract", "-o", "-"], { kernelPaths: [EXAMPLE_KERNEL] });
    expect(stdout.equals(readFileSync(EXAMPLE_KERNEL))).toBe(true);
    expect(stderr).toContain(`${EXAMPLE_KERNEL} > BTF\nWrote standard output: `);
    const process = spawn(["btf", "extract", EXAMPLE_KERNEL, "-o", "-"]);
    expect(process.stdout.equals(readFileSync(EXAMPLE_KERNEL))).toBe(true);
  });

  it("takes the kernel below a root", async () => {
    await inFolder(async (root) => {
      mkdirSync(join(root, "boot"));
      copyFileSync(EXAMPLE_KERNEL, join(root, "boot/vmlinux-6.1.0"));
      const { stdout, stderr, exitCode } = await extract("--root", root, "-o", "-");
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stdout.equals(readFileSync(EXAMPLE_KERNEL))).toBe(true);
      expect(stderr).toContain(`${root}/boot/vmlinux-6.1.0 > BTF`);
      const shown = await run(["btf", "show", "--root", root, "css_set"]);
      expect(shown.stdout.toString()).toContain("struct css_set {");
    });
  });

  it("does not write to a terminal", async () => {
    const { exitCode, stderr } = await run(["btf", "extract", EXAMPLE_KERNEL, "-o", "-"], { columns: 80 });
    expect(stderr).toContain("BTF is not for a terminal");
    expect(exitCode).toBe(2);
  });

  it.each([
    [[EXAMPLE_KERNEL], 2, "required option '-o, --output <file>' not specified"],
    [["-m", "no_such_module", "-o", "x"], 3, "no BTF of a module no_such_module among those"],
    [[EXAMPLE, "-m", "nf_nat", "-o", "x"], 3, "no BTF of a module nf_nat in "],
    [[EXAMPLE_KERNEL, "-o", EXAMPLE_KERNEL], 2, "would overwrite the input"],
  ])("%j exits with %i", async (args, code, message) => {
    const { exitCode, stderr } = await extract(...args);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(code);
  });
});
