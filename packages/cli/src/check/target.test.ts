import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fixturePath, kernelObjects } from "@core/fixtures";
import { describe, expect, it } from "vitest";
import { EXAMPLE_KERNEL, inFolder, run } from "../../test/run.js";

const STRONG = fixturePath(kernelObjects().find(({ name }) => name === "kconfig-strong")?.path ?? "");
const CONFIG = "# CONFIG_BPFILTER is not set\nCONFIG_NO_SUCH_OPTION=y\n";

/** The codes of why kconfig-strong.bpf.c does not load, which has a strong CONFIG_NO_SUCH_OPTION. */
async function codesOn(kernel: string, ...options: readonly string[]): Promise<readonly string[]> {
  const args = ["check", STRONG, "-t", kernel, "--arch", "any", "--no-cache", "--reporter", "json"];
  const { stdout, stderr } = await run([...args, ...options]);
  expect(stderr).toBe("");
  const { programs } = JSON.parse(stdout.toString());
  return programs.flatMap(({ reasons }: { reasons: { code: string }[] }) => reasons.map(({ code }) => code));
}

describe("what BTF does not tell of a kernel", () => {
  it("is taken from the files that are named", async () => {
    await inFolder(async (folder) => {
      const [config, packed, other] = ["a.config", "config.gz", "other"].map((name) => join(folder, name));
      writeFileSync(config ?? "", CONFIG);
      writeFileSync(packed ?? "", gzipSync(CONFIG));
      writeFileSync(other ?? "", "CONFIG_BPF=y\n");
      expect(await codesOn(EXAMPLE_KERNEL)).toContain("kconfig-unknown");
      for (const path of [config ?? "", packed ?? ""]) {
        expect((await codesOn(EXAMPLE_KERNEL, "--kconfig", path)).join()).not.toContain("kconfig");
      }
      expect(await codesOn(EXAMPLE_KERNEL, "--kconfig", other ?? "")).toContain("kconfig-missing");
    });
  });

  it("is found beside the kernel", async () => {
    await inFolder(async (folder) => {
      const kernel = join(folder, "6.1.0-test.btf");
      copyFileSync(EXAMPLE_KERNEL, kernel);
      writeFileSync(join(folder, "config-6.1.0-test"), CONFIG);
      expect((await codesOn(kernel)).join()).not.toContain("kconfig");
      writeFileSync(join(folder, "config-6.1.0-test"), gzipSync(CONFIG).subarray(0, 30));
      expect(await codesOn(kernel)).toContain("kconfig-unknown");
    });
  });

  it("makes another answer than the one that is kept", async () => {
    await inFolder(async (folder) => {
      const before = process.env["XDG_CACHE_HOME"];
      process.env["XDG_CACHE_HOME"] = folder;
      try {
        const config = join(folder, "config");
        writeFileSync(config, CONFIG);
        const args = ["check", STRONG, "-t", EXAMPLE_KERNEL, "--arch", "any", "--reporter", "json"];
        const without = (await run(args)).stdout.toString();
        expect((await run([...args, "--kconfig", config])).stdout.toString()).not.toBe(without);
        expect((await run(args)).stdout.toString()).toBe(without);
      } finally {
        process.env["XDG_CACHE_HOME"] = before;
      }
    });
  });

  it.each([
    ["--kconfig", "sets nothing; a kernel's configuration has lines such as CONFIG_BPF=y"],
    ["--kallsyms", "has no symbols; those of a kernel are lines such as those of its /proc/kallsyms"],
  ])("is refused where %s names another file", async (option, message) => {
    const { exitCode, stderr } = await run(["explain", STRONG, "-t", EXAMPLE_KERNEL, option, EXAMPLE_KERNEL]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(message);
    expect((await run(["check", STRONG, "-t", EXAMPLE_KERNEL, option, "/nowhere/x"])).exitCode).toBe(3);
  });

  it("is of one kernel", async () => {
    await inFolder(async (folder) => {
      for (const name of ["5.10.btf", "6.1.btf"])
        writeFileSync(join(folder, name), readFileSync(EXAMPLE_KERNEL));
      const { exitCode, stderr } = await run(["check", STRONG, "-t", folder, "--kconfig", EXAMPLE_KERNEL]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain("--kconfig is of one kernel, and there are 2");
    });
  });
});
