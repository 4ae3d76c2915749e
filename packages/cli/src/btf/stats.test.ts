import { describe, expect, it } from "vitest";
import { EXAMPLE_KERNEL, run, targetFile } from "../../test/run.js";

const textOf = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await run(["btf", "stats", ...args]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.toString();
};

describe("bpf-core btf stats", () => {
  // bpftool btf dump file split-base-el.btf: INT 'int', STRUCT 'base_only' vlen=3, STRUCT 'in_both' vlen=2.
  it("counts types, elements and bytes", async () => {
    const text = await textOf(targetFile("split-base"));
    expect(text).toMatch(
      /split-base-el\.btf: little-endian, 3 types, 3 with a name\n\d+ bytes: 100 of types/,
    );
    expect(text).toMatch(/^kind +types +elements +bytes\nstruct +2 +5 +84\nint +1 +0 +16\n/m);
    expect(text).toMatch(
      /^largest structs and unions +bytes\nstruct base_only \[2\] +12\nstruct in_both \[3\] +12\n$/m,
    );
  });

  it("counts a module's alone", async () => {
    const text = await textOf(targetFile("split-base"), "-m", targetFile("split-module"));
    expect(text).toMatch(/^split_module_el in .+split-module-el\.btf: /);
    expect(text).toContain("split-module-el.btf: little-endian, 5 types, 4 with a name");
    expect(text).not.toContain("base_only");
  });

  it("shows as many as it is asked for", async () => {
    expect(await textOf(EXAMPLE_KERNEL, "-n", "1")).toMatch(
      /unions +bytes\nstruct task_struct \[\d+\] +168\n$/,
    );
    expect(await textOf(EXAMPLE_KERNEL, "-n", "0")).not.toContain("largest");
  });

  it("has it all as JSON", async () => {
    const { version, sources } = JSON.parse(await textOf(targetFile("split-base"), "--json"));
    expect(version).toBe(1);
    expect(sources).toMatchObject([
      { layer: "vmlinux", order: "little", types: 3, kinds: [{ kind: "struct", types: 2 }, { kind: "int" }] },
    ]);
  });

  it("wants a number", async () => {
    const { exitCode, stderr } = await run(["btf", "stats", EXAMPLE_KERNEL, "-n", "-1"]);
    expect(stderr).toContain("argument '-1' is invalid. A count is a number from 0 on.");
    expect(exitCode).toBe(2);
  });
});
