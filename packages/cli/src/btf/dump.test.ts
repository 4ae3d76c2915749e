import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseBtf } from "@core/btf";
import { dumpC, dumpJson, dumpRaw, textOf } from "@core/btf/dump";
import { describe, expect, it } from "vitest";
import { BIN, EXAMPLE, EXAMPLE_KERNEL, run, spawn, targetFile } from "../../test/run.js";

const kernel = parseBtf(readFileSync(EXAMPLE_KERNEL));
const dump = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await run(["btf", "dump", ...args]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.toString();
};

describe("bpf-core btf dump", () => {
  // That these are what bpftool prints is shown where they are made.
  it("prints what the library does: C, raw and JSON", async () => {
    expect(await dump(EXAMPLE_KERNEL)).toBe(textOf(dumpC(kernel)));
    expect(await dump(EXAMPLE_KERNEL, "--style", "exact", "--unsorted")).toBe(
      textOf(dumpC(kernel, { unsorted: true })),
    );
    expect(await dump(EXAMPLE_KERNEL, "--style", "bpftool")).toBe(
      textOf(dumpC(kernel, { style: "bpftool" })),
    );
    expect(await dump(EXAMPLE_KERNEL, "-f", "raw")).toBe(textOf(dumpRaw(kernel)));
    expect(await dump(EXAMPLE_KERNEL, "-f", "json")).toBe(textOf(dumpJson(kernel)));
    expect(await dump(EXAMPLE_KERNEL, "--json")).toBe(textOf(dumpJson(kernel)));
  });

  it("prints single types", async () => {
    const text = await dump(targetFile("split-base"), "-f", "raw", "--root-id", "3", "--root-id", "1");
    expect(text.match(/^\[\d+\] \w+/gm)).toEqual(["[3] STRUCT", "[1] INT"]);
  });

  it("prints a module's own types, from its own file or on its kernel", async () => {
    const expected = "[8] ENUM 'module_enum' encoding=UNSIGNED size=4 vlen=1\n\t'MODULE_ENUMERATOR' val=42\n";
    const [module, base] = [targetFile("split-module"), targetFile("split-base")];
    const own = await dump(module, "-B", base, "-f", "raw");
    expect(own).toContain(expected);
    expect(own).not.toContain("base_only");
    expect(await dump(base, "-m", module, "-f", "raw")).toBe(own);
  });

  it("takes objects, and standard input", async () => {
    expect(await dump(EXAMPLE, "-f", "raw")).toContain("FUNC 'on_exec' type_id=");
    const { stdout } = spawn(["btf", "dump", "-", "--format", "raw"], {
      input: readFileSync(EXAMPLE_KERNEL),
    });
    expect(stdout.toString()).toBe(textOf(dumpRaw(kernel)));
  });

  it("colours and pages what goes to a terminal, and nothing else", async () => {
    const args = ["btf", "dump", EXAMPLE_KERNEL];
    const terminal = await run(args, { columns: 80, rows: 10, colors: true });
    expect(terminal.stdout.toString()).toContain("\x1b[2m/* BPF kfuncs */\x1b[22m\n");
    expect((await run(args, { colors: true })).stdout.toString()).not.toContain("\x1b");
  });

  it.each([
    [["--format", "yaml"], "Allowed choices are c, raw, json"],
    [["--style", "pahole"], "Allowed choices are exact, bpftool"],
    [["--root-id", "x"], "A type id is a number"],
  ])("%j is wrong usage", async (args, message) => {
    const { exitCode, stderr } = await run(["btf", "dump", EXAMPLE_KERNEL, ...args]);
    expect(stderr).toContain(message);
    expect(stderr).toContain("Try bpf-core btf dump --help.");
    expect(exitCode).toBe(2);
  });

  it.each([
    [["--format", "raw", "--style", "bpftool"], "--style is for C"],
    [["--json", "--unsorted"], "--unsorted is for C"],
    [["-m", "a", "-m", "b"], "--module is given twice: the types of one are printed at a time"],
  ])("%j do not go together", async (args, message) => {
    const { exitCode, stderr } = await run(["btf", "dump", EXAMPLE_KERNEL, ...args]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  it("says that there is no such root", async () => {
    const { exitCode, stderr } = await run(["btf", "dump", EXAMPLE_KERNEL, "--root-id", "12345"]);
    expect(stderr).toMatch(/^error: .+example-kernel-el\.btf: btf: .*12345/);
    expect(exitCode).toBe(3);
  });

  it("ends quietly when nobody reads on", () => {
    const args = [BIN, "btf", "dump", EXAMPLE_KERNEL];
    const { stdout } = spawnSync("bash", [
      "-c",
      'exec 3> >(true); wait $!; "$0" "$@" 2>&1 >&3; echo $?',
      process.execPath,
      ...args,
    ]);
    expect(stdout.toString()).toBe("0\n");
  });
});
