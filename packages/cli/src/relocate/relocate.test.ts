import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parseBtf } from "@core/btf";
import { readFixture } from "@core/fixtures";
import { openObject, relocate, writeRelocated } from "@core/relocate";
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
} from "../../test/run.js";

/** Has bash open a pipe, as 3, from which nobody reads any more. */
const GONE = "exec 3> >(true); wait $!";

/** What the library makes of the example. */
function relocatedExample(): Buffer {
  const kernel = parseBtf(readFileSync(EXAMPLE_KERNEL));
  return Buffer.from(writeRelocated(relocate(openObject(readFileSync(EXAMPLE)), { kernel })));
}

describe("bpf-core relocate", () => {
  it("writes the relocated object, and says what it read, changed and wrote", async () => {
    await inFolder((folder) => {
      const output = `${folder}/out.o`;
      const { exitCode, stdout, stderr } = spawn([...pairArgs("example", "example-kernel"), "-o", output]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      const text = stdout.toString();
      expect(text).toContain(`object  ${EXAMPLE} (little-endian)\n`);
      expect(text).toMatch(/^target {2}.+example-kernel-el\.btf \(little-endian, \d+ types\)\n/m);
      expect(text).toMatch(
        /^on_exec \(tp_btf\/sched_process_exec\): \d+ changed, \d+ unchanged, \d+ poisoned$/m,
      );
      expect(text).toMatch(
        /^ {2}12 -> 60 +byte_off +struct task_struct\.pid +example\.bpf\.c:132 insn #19$/m,
      );
      expect(text).toContain(`\n\nWrote ${output}.\n`);
      expect(readFileSync(output).equals(relocatedExample())).toBe(true);
      expect(readdirSync(folder)).toEqual(["out.o"]);
    });
  });

  it("writes nothing unless asked, and says so", async () => {
    await inFolder((folder) => {
      const { exitCode, stdout } = spawn(pairArgs("example", "example-kernel"), { cwd: folder });
      expect(exitCode).toBe(0);
      expect(stdout.toString()).toContain("Nothing was written: name a file with -o to keep the result.");
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it("reads the object from standard input, and writes it to standard output with the report beside", () => {
    const args = ["relocate", "-", "-t", EXAMPLE_KERNEL, "-o", "-"];
    const { exitCode, stdout, stderr } = spawn(args, { input: readFileSync(EXAMPLE) });
    expect(exitCode).toBe(0);
    expect(stdout.equals(relocatedExample())).toBe(true);
    expect(stderr).toContain("object  standard input (little-endian)");
    expect(stderr).toContain("Wrote standard output.");
  });

  it("reads the target from standard input", () => {
    const { exitCode, stdout } = spawn(["relocate", EXAMPLE, "-t", "-"], {
      input: readFileSync(EXAMPLE_KERNEL),
    });
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toContain("target  standard input (little-endian, ");
  });

  it("takes the target from the .BTF section of an ELF file, too, and notes that a BPF object is no kernel", async () => {
    const text = (await run(["relocate", EXAMPLE, "-t", EXAMPLE])).stdout.toString();
    expect(text).toMatch(/^30 relocations: 1 changed, 29 unchanged$/m);
    expect(text).not.toContain("oisoned");
    const note = "the target is a BPF object, not a kernel: did you mean to relocate for its types?";
    expect(text.match(/^note .*$/gm)).toEqual([`note    ${note}`]);
    const json = (await run(["relocate", EXAMPLE, "-t", EXAMPLE, "--json"])).stdout.toString();
    expect(JSON.parse(json).notes).toEqual([note]);
  });

  it("takes the newest kernel below a root", async () => {
    await inFolder(async (root) => {
      mkdirSync(join(root, "boot"));
      const kernel = join(root, "boot/vmlinux-6.2");
      copyFileSync(targetFile("nothing"), join(root, "boot/vmlinux-6.1"));
      copyFileSync(EXAMPLE_KERNEL, kernel);
      const args = ["relocate", EXAMPLE, "--root", root] as const;
      expect((await run([...args, "-o", "-"], { columns: 80 })).stderr).toContain("is not for a terminal");
      expect((await run([...args, "-o", "-"])).stdout.equals(relocatedExample())).toBe(true);
      const text = (await run(args)).stdout.toString();
      expect(text).toContain(`\ntarget  ${kernel} (little-endian, `);
      expect(text).not.toMatch(/^note/m);
      const overwriting = await run([...args, "-o", kernel]);
      expect(overwriting.stderr).toContain(`would overwrite the input ${kernel}`);
      expect(overwriting.exitCode).toBe(2);
      const both = await run([...args, "-t", kernel]);
      expect(both.stderr).toContain(
        "--root is the place of a kernel, and a file is named, too: leave out one",
      );
      expect(both.exitCode).toBe(2);
      const none = await run(["relocate", EXAMPLE, "--root", join(root, "boot")]);
      expect(none.stderr).toContain(`no kernel below ${root}/boot`);
      expect(none.exitCode).toBe(3);
    });
  });

  it("says what to do with a module that is named as the kernel", async () => {
    const { exitCode, stderr } = await run(["relocate", EXAMPLE, "-t", targetFile("split-module")]);
    expect(stderr).toContain("\nName its kernel with --target, and it with --module.\n");
    expect(exitCode).toBe(3);
  });

  it("takes the target from what is compressed", async () => {
    await inFolder(async (folder) => {
      const target = `${folder}/kernel.btf.gz`;
      writeFileSync(target, gzipSync(readFileSync(EXAMPLE_KERNEL)));
      const { stdout } = await run(["relocate", EXAMPLE, "-t", target, "-o", "-"]);
      expect(stdout.equals(relocatedExample())).toBe(true);
    });
  });

  it("takes big-endian objects and targets", async () => {
    const { exitCode, stdout } = await run(pairArgs("example", "example-kernel", "big"));
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toContain("example-eb.o (big-endian)");
    expect(stdout.toString()).toContain("12 -> 60");
  });

  it("notes that object and target differ in byte order", async () => {
    const { exitCode, stdout } = await run(["relocate", objectFile("example", "big"), "-t", EXAMPLE_KERNEL]);
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toMatch(/^note {4}object and target differ in byte order/m);
    expect((await run(pairArgs("example", "example-kernel"))).stdout.toString()).not.toMatch(/^note/m);
  });

  it("looks in modules for types that the kernel lacks, and names them", async () => {
    const args = [...pairArgs("split", "split-base"), "-m", targetFile("split-module"), "-v"];
    const text = (await run(args)).stdout.toString();
    expect(text).toMatch(/^module {2}.+split-module-el\.btf \(split_module_el, \d+ types\)$/m);
    expect(text).toMatch(/matching candidate #0 \[\d+\] struct module_only in split_module_el: /);
    expect((await run(pairArgs("split", "split-base"))).stdout.toString()).toContain(
      "the target has no struct module_only",
    );
  });

  it.each([
    ["plain", "No CO-RE relocations."],
    ["guard-ext-header-24", "No CO-RE relocations."],
  ])("has nothing to do for %s", async (name, message) => {
    const { exitCode, stdout } = await run(pairArgs(name, "nothing"));
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toContain(message);
  });

  it("tells the author of an object without types to compile with -g", () => {
    const bytes = Buffer.from(readFixture("objects/plain-el.o"));
    for (const name of [".BTF\0", ".BTF.ext\0"]) {
      const at = bytes.indexOf(name);
      if (at >= 0) bytes.write(".XYZ", at);
    }
    const { exitCode, stdout } = spawn(["relocate", "-", "-t", EXAMPLE_KERNEL], { input: bytes });
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toContain("the object has no .BTF section. Compile it with clang -g");
  });

  it("ends quietly when nobody reads on", async () => {
    await inFolder((folder) => {
      // The reader has gone before the first line is written.
      const command = `${GONE}; "$0" "$@" >&3 2> '${folder}/errors'; echo $? > '${folder}/code'`;
      for (const more of [[], ["--json"], ["-v"]]) {
        const args = [BIN, ...pairArgs("example", "example-kernel"), ...more];
        spawnSync("bash", ["-c", command, process.execPath, ...args]);
        expect(readFileSync(`${folder}/errors`, "utf8")).toBe("");
        expect(readFileSync(`${folder}/code`, "utf8")).toBe("0\n");
      }
    });
  });

  it("says so when an object that goes to a pipe did not get there", () => {
    const args = [BIN, ...pairArgs("example", "example-kernel"), "-o", "-"];
    const command = `${GONE}; "$0" "$@" 2>&1 >&3; echo $?`;
    const { stdout } = spawnSync("bash", ["-c", command, process.execPath, ...args], {
      encoding: "utf8",
    });
    expect(stdout).toBe("error: standard output: closed before everything was written\n3\n");
  });
});
