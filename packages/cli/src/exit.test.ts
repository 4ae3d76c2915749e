import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  BIN,
  EXAMPLE,
  EXAMPLE_KERNEL,
  inFolder,
  objectFile,
  pairArgs,
  run,
  spawn,
  targetFile,
} from "../test/run.js";
import { withPath } from "./common/exit.js";
import { main } from "./main.js";

describe("0", () => {
  it("poison is no failure, and explained", async () => {
    const { exitCode, stdout } = await run(pairArgs("example", "nothing"));
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toContain('"invalid func unknown#195896080"');
  });

  it.each([[["--help"]], [["relocate", "--help"]], [["help"]], [["help", "relocate"]], [["--version"]]])(
    "%j",
    async (args) => {
      const { exitCode, stdout, stderr } = await run(args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(stdout.length).toBeGreaterThan(0);
    },
  );
});

describe("1: a relocation cannot be resolved", () => {
  it.each([
    ["flavors", "flavors-disagreeing", /candidates disagree: \d+ in /, "Ambiguous: "],
    ["nest", "nest-too-deep", /more than 64/, "Invalid: "],
    ["insns-wrong-value", "records", /holds 3, expected 2/, "Other value than expected: "],
    ["insns-not-relocatable", "records", /there is no immediate to patch/, "Not relocatable: "],
    ["ints", "ints-far", /out of reach/, "Out of reach: "],
    ["insns-wrong-width", "records-wide", /but the field has/, "Other size: "],
  ])(
    "%s for %s: nothing is written, and the report says why and what to do",
    async (object, target, why, advice) => {
      await inFolder(async (folder) => {
        const output = join(folder, "out.o");
        const { exitCode, stdout, stderr } = await run([...pairArgs(object, target), "-o", output]);
        expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
        const text = stdout.toString();
        // Which function, how many; then the value's kind, the field, and the line or section.
        expect(text).toMatch(/^\w+ \(\S+\): .*\d+ failed$/m);
        expect(text).toMatch(/^ {2}failed +\w+ +\S.* (\S+\.bpf\.c:\d+|\S+) insn #\d+$/m);
        expect(text).toMatch(why);
        expect(text).toContain(`\n\n${advice}`);
        expect(text.split(advice)).toHaveLength(2);
        expect(text).toContain(`Nothing was written to ${output}: libbpf would not load this object.`);
        expect(existsSync(output)).toBe(false);
      });
    },
  );

  it("as a process, too", () => {
    expect(spawn(pairArgs("flavors", "flavors-disagreeing")).exitCode).toBe(1);
  });
});

describe("2: wrong usage", () => {
  it.each([
    [["relocate"], "missing required argument 'object'"],
    [["relocate", EXAMPLE, "--targets", "x"], "unknown option '--targets' (Did you mean --target?)"],
    [["relocate", EXAMPLE, "-t"], "option '-t, --target <file>' argument missing"],
    [["relocate", EXAMPLE, "another.o"], "too many arguments"],
    [["relocte"], "unknown command 'relocte' (Did you mean relocate?)"],
    [["relocate", "-", "-t", "-"], "only one file can come from standard input"],
    [[...pairArgs("example", "example-kernel"), "-o", "-", "--json"], "both want standard output"],
  ])("%j", async (args, message) => {
    const { exitCode, stderr, stdout } = await run(args);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(stdout.length).toBe(0);
  });

  it("says how to go on", async () => {
    expect((await run(["relocate"])).stderr).toBe(
      "error: missing required argument 'object'\nTry bpf-core relocate --help.\n",
    );
  });

  it("shows the commands when none is given", async () => {
    const { exitCode, stderr } = await run([]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^Usage: bpf-core .*Commands:/s);
    expect(stderr).not.toContain("error:");
  });

  it("as a process, too", () => {
    expect(spawn(["relocate", "--what"]).exitCode).toBe(2);
  });
});

describe("3: what cannot be read or written, or is malformed", () => {
  it.each([
    [["relocate", "/nowhere/x.o"], "/nowhere/x.o: no such file or directory"],
    [["relocate", "/"], "/: is a directory"],
    [["relocate", `${EXAMPLE}/x.o`], `${EXAMPLE}/x.o: a part of the path is no directory`],
    [["relocate", "/".padEnd(5000, "x")], ": the name is too long"],
    [["relocate", "/dev/null"], "/dev/null: is a device: name a regular file"],
    [
      ["relocate", process.execPath],
      `${process.execPath}: relocate: not a BPF object: it is 64-bit ELF of type`,
    ],
    [["relocate", EXAMPLE, "-t", "/nowhere/btf"], "/nowhere/btf: no such file or directory"],
    [["relocate", EXAMPLE, "-t", "/dev/null"], "/dev/null: is a device: name a regular file"],
    [
      ["relocate", EXAMPLE, "-t", import.meta.filename],
      `${import.meta.filename}: kernel-btf: neither BTF nor ELF, no kernel image, no archive`,
    ],
    [
      ["relocate", EXAMPLE, "-t", process.execPath],
      `${process.execPath}: kernel-btf: ELF: an ELF file without a .BTF section`,
    ],
    [["relocate", EXAMPLE, "-t", targetFile("split-module")], "is this a split BTF that needs its base?"],
    [[...pairArgs("split", "split-base"), "-m", "/nowhere/m"], "/nowhere/m: no such file or directory"],
    [[...pairArgs("split", "split-base"), "-m", "/dev/null"], "/dev/null: is a device: name a regular file"],
    [
      [...pairArgs("example", "example-kernel"), "-o", "/nowhere/out.o"],
      "/nowhere/out.o: no such file or directory",
    ],
    [
      [...pairArgs("example", "example-kernel"), "-o", "/proc/out.o"],
      "/proc/out.o: no such file or directory",
    ],
    [[...pairArgs("example", "example-kernel"), "-o", "/dev/full"], "/dev/full: no space left on the device"],
    [
      ["relocate", objectFile("guard-ext-empty-part"), "-t", EXAMPLE_KERNEL],
      "guard-ext-empty-part-el.o: btf-ext: ",
    ],
  ])("%j", async (args, message) => {
    const { exitCode, stderr, stdout } = await run(args);
    expect(stderr).toContain(message);
    // What is wrong is on one line, and what can be done about it on another.
    expect(stderr).toMatch(/^error: [^\n]*\n(?:Name [^\n]*\.\n)?$/);
    expect(exitCode).toBe(3);
    expect(stdout.length).toBe(0);
  });

  it("as a process, too", () => {
    expect(spawn(["relocate", "/nowhere/x.o"])).toMatchObject({
      exitCode: 3,
      stderr: "error: /nowhere/x.o: no such file or directory\n",
    });
  });
});

describe("3: standard output that is full", () => {
  const onFull = (args: readonly string[], redirected: string) =>
    spawnSync("sh", ["-c", `"$0" "$@" ${redirected}`, process.execPath, BIN, ...args], { encoding: "utf8" });

  it.each([
    [["--help"]],
    [["btf", "dump", EXAMPLE_KERNEL]],
    [["btf", "show", EXAMPLE_KERNEL, "css_set"]],
    [["btf", "find", EXAMPLE_KERNEL, "css_set", "--json"]],
    [["btf", "diff", EXAMPLE_KERNEL, EXAMPLE]],
    [["completion", "bash"]],
    [pairArgs("example", "example-kernel")],
    [["check", EXAMPLE, "-t", EXAMPLE_KERNEL, "--no-cache"]],
  ])("%j", (args) => {
    const { status, stderr } = onFull(args, "> /dev/full");
    expect(stderr).toBe("error: standard output: no space left on the device\n");
    expect(status).toBe(3);
  });

  it("and standard error, too", () => {
    expect(onFull(["btf", "show", "/nowhere/x", "y"], "2> /dev/full").status).toBe(3);
  });
});

describe("70: a bug", () => {
  const stdout = { write: () => undefined, colors: false, columns: undefined, rows: undefined };

  it("is told as such, and not as one of the others", async () => {
    const stderr: (string | Uint8Array)[] = [];
    const broken = {
      ...stdout,
      write: () => {
        throw new TypeError("of our own\x1b[31m");
      },
    };
    const tell = { ...stdout, write: (data: string | Uint8Array) => void stderr.push(data) };
    const exitCode = await main(["--version"], { stdout: broken, stderr: tell, kernelPaths: [] });
    expect(exitCode).toBe(70);
    expect(stderr.join("")).toContain(
      "error: this is a bug in bpf-core; please report it:\nTypeError: of our own\\x1b[31m\n",
    );
  });

  it("is no system error, known or not", () => {
    const busy = Object.assign(new Error("EBUSY: resource busy, open 'x\x1b'"), { code: "EBUSY" });
    expect(() =>
      withPath("x\x1b", () => {
        throw busy;
      }),
    ).toThrow("x\\x1b: EBUSY: resource busy, open 'x\\x1b'");
  });

  it("is what paths say nothing about", () => {
    expect(() =>
      withPath("x", () => {
        throw new RangeError("too long");
      }),
    ).toThrow(RangeError);
  });
});

const HINT = "If it is a kernel or a module, was the kernel built with CONFIG_DEBUG_INFO_BTF=y?";

describe("the running kernel", () => {
  it("is taken from the first place that has types, and the report says from which", async () => {
    const kernelPaths = ["/nowhere/vmlinux", process.execPath, EXAMPLE_KERNEL, targetFile("nothing")];
    const { exitCode, stdout } = await run(["relocate", EXAMPLE], { kernelPaths });
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toContain(`target  ${EXAMPLE_KERNEL} (`);
    const json = await run(["relocate", EXAMPLE, "--json"], { kernelPaths });
    expect(JSON.parse(json.stdout.toString()).target).toBe(EXAMPLE_KERNEL);
  });

  it("has no types: the message names every place and what is wrong with it, and what to do", async () => {
    const kernelPaths = ["/nowhere/vmlinux", process.execPath, "/dev/null"];
    const { exitCode, stderr } = await run(["relocate", EXAMPLE], { kernelPaths });
    expect(exitCode).toBe(3);
    expect(stderr).toBe(
      [
        "error: the running kernel's BTF is not to be found:",
        "  /nowhere/vmlinux: no such file or directory",
        `  ${process.execPath}: kernel-btf: ELF: an ELF file without a .BTF section. ${HINT}`,
        "  /dev/null: is a device: name a regular file",
        "Name a kernel with --target: its BTF, a vmlinux or vmlinuz, or a package of it.",
        "",
      ].join("\n"),
    );
  });

  it("is not looked for when a target is named", async () => {
    expect((await run(pairArgs("example", "example-kernel"), { kernelPaths: [] })).exitCode).toBe(0);
  });
});
