import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BIN, EXAMPLE, EXAMPLE_KERNEL, inFolder, pairArgs, type Ran, run } from "../../test/run.js";

const relocateTo = (output: string, object = EXAMPLE): Promise<Ran> =>
  run(["relocate", object, "-t", EXAMPLE_KERNEL, "-o", output]);

/** What is written, by the shortest way. */
const expected = (await relocateTo("-")).stdout;

describe("an input is never overwritten", () => {
  it.each(["the same path", "another path", "a symbolic link", "a hard link"])("by %s", async (how) => {
    await inFolder(async (folder) => {
      const object = join(folder, "in.o");
      copyFileSync(EXAMPLE, object);
      const output = how === "the same path" ? object : join(folder, "out.o");
      if (how === "a symbolic link") symlinkSync("in.o", output);
      if (how === "a hard link") linkSync(object, output);
      const { exitCode, stderr, stdout } = await relocateTo(
        how === "another path" ? `${folder}/./in.o` : output,
        object,
      );
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^error: -o .+ would overwrite the input .+in\.o: give another file\n$/);
      expect(stdout.length).toBe(0);
      expect(readFileSync(object).equals(readFileSync(EXAMPLE))).toBe(true);
    });
  });

  it("be it the target, or a module", async () => {
    await inFolder(async (folder) => {
      const target = join(folder, "vmlinux");
      copyFileSync(EXAMPLE_KERNEL, target);
      for (const args of [
        ["-t", target],
        ["-t", EXAMPLE_KERNEL, "-m", target],
      ]) {
        expect((await run(["relocate", EXAMPLE, ...args, "-o", target])).exitCode).toBe(2);
      }
      expect(readFileSync(target).equals(readFileSync(EXAMPLE_KERNEL))).toBe(true);
    });
  });

  it("be it standard input", async () => {
    await inFolder((folder) => {
      const object = join(folder, "in.o");
      copyFileSync(EXAMPLE, object);
      const command = `exec "$0" '${BIN}' relocate - -t '${EXAMPLE_KERNEL}' -o '${object}' < '${object}'`;
      const { status, stderr } = spawnSync("sh", ["-c", command, process.execPath], { encoding: "utf8" });
      expect(status).toBe(2);
      expect(stderr).toContain("would overwrite the input standard input");
      expect(readFileSync(object).equals(readFileSync(EXAMPLE))).toBe(true);
    });
  });
});

describe("a file", () => {
  it("appears, with the mode that new files have", async () => {
    await inFolder(async (folder) => {
      const [output, other] = [join(folder, "out.o"), join(folder, "other")];
      writeFileSync(other, "");
      expect((await relocateTo(output)).exitCode).toBe(0);
      expect(readFileSync(output).equals(expected)).toBe(true);
      expect(statSync(output).mode).toBe(statSync(other).mode);
    });
  });

  it.each([0o640, 0o777, 0o600])(
    "that is there is replaced as a whole, and keeps its mode %o",
    async (mode) => {
      await inFolder(async (folder) => {
        const [output, link] = [join(folder, "out.o"), join(folder, "link.o")];
        writeFileSync(output, "old");
        linkSync(output, link);
        chmodSync(output, mode);
        expect((await relocateTo(output)).exitCode).toBe(0);
        expect(readFileSync(output).equals(expected)).toBe(true);
        expect(statSync(output).mode & 0o777).toBe(mode);
        // Renamed over, not written into: who has the old one open, or linked, keeps it.
        expect(readFileSync(link, "utf8")).toBe("old");
      });
    },
  );

  it("is written through a symbolic link, and through one to it", async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, "deep"));
      const [file, link, second] = [
        join(folder, "deep/file.o"),
        join(folder, "link.o"),
        join(folder, "second.o"),
      ];
      writeFileSync(file, "old");
      symlinkSync("deep/file.o", link);
      symlinkSync("link.o", second);
      expect((await relocateTo(second)).exitCode).toBe(0);
      expect(readlinkSync(second)).toBe("link.o");
      expect(readlinkSync(link)).toBe("deep/file.o");
      expect(readFileSync(file).equals(expected)).toBe(true);
      expect(readdirSync(join(folder, "deep"))).toEqual(["file.o"]);
    });
  });

  it("is made where a symbolic link leads that leads nowhere yet", async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, "deep"));
      symlinkSync("deep", join(folder, "alias"));
      symlinkSync("../made.o", join(folder, "deep/link.o"));
      const link = join(folder, "alias/link.o");
      expect((await relocateTo(link)).exitCode).toBe(0);
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
      expect(readFileSync(join(folder, "made.o")).equals(expected)).toBe(true);
    });
  });

  it("is not made where links go round", async () => {
    await inFolder(async (folder) => {
      symlinkSync("b", join(folder, "a"));
      symlinkSync("a", join(folder, "b"));
      const { exitCode, stderr } = await relocateTo(join(folder, "a"));
      expect(exitCode).toBe(3);
      expect(stderr).toContain("too many symbolic links");
    });
  });

  it("is written although runs that were interrupted left theirs behind", async () => {
    await inFolder(async (folder) => {
      const leftover = join(folder, `.out.o.${process.pid}.tmp`);
      writeFileSync(leftover, "half");
      writeFileSync(join(folder, ".bpf-core-0.tmp"), "half");
      expect((await relocateTo(join(folder, "out.o"))).exitCode).toBe(0);
      expect(readFileSync(join(folder, "out.o")).equals(expected)).toBe(true);
      expect(readFileSync(leftover, "utf8")).toBe("half");
    });
  });
});

describe("nothing is left behind", () => {
  it("where there is a folder already", async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, "out.o"));
      const { exitCode, stderr } = await relocateTo(join(folder, "out.o"));
      expect(exitCode).toBe(3);
      expect(stderr).toContain("out.o: is a directory");
      expect(readdirSync(folder)).toEqual(["out.o"]);
    });
  });

  it("where the folder is missing, which is not made", async () => {
    await inFolder(async (folder) => {
      expect((await relocateTo(join(folder, "missing/out.o"))).exitCode).toBe(3);
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it("where one may not write", async (context) => {
    await inFolder((folder) => {
      // Root may write anywhere: nobody may not.
      const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
      const runAs = (args: string[]) =>
        spawnSync(process.execPath, [BIN, ...args], { encoding: "utf8", ...user });
      if (runAs(["--version"]).status !== 0) context.skip("nobody may not run it either");
      chmodSync(folder, 0o555);
      const output = join(folder, "out.o");
      const { status, stderr } = runAs(["relocate", EXAMPLE, "-t", EXAMPLE_KERNEL, "-o", output]);
      chmodSync(folder, 0o755);
      expect(status).toBe(3);
      expect(stderr).toBe(`error: ${output}: permission denied\n`);
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it("where one may not replace what is there", async (context) => {
    if (process.getuid?.() !== 0) context.skip("only root can make others' files");
    await inFolder((folder) => {
      const output = join(folder, "out.o");
      writeFileSync(output, "old");
      // As in /tmp: everybody may add files, and replace their own.
      chmodSync(folder, 0o1777);
      const args = [BIN, "relocate", EXAMPLE, "-t", EXAMPLE_KERNEL, "-o", output];
      const nobody = { uid: 65534, gid: 65534, encoding: "utf8" } as const;
      const { status, stderr } = spawnSync(process.execPath, args, nobody);
      if (!stderr.startsWith("error: ")) context.skip("nobody may not run it either");
      expect(status).toBe(3);
      expect(stderr).toBe(`error: ${output}: operation not permitted\n`);
      expect(readFileSync(output, "utf8")).toBe("old");
      expect(readdirSync(folder)).toEqual(["out.o"]);
    });
  });

  it("when a relocation fails: what was there stays", async () => {
    await inFolder(async (folder) => {
      const output = join(folder, "out.o");
      writeFileSync(output, "old");
      const { exitCode } = await run([...pairArgs("flavors", "flavors-disagreeing"), "-o", output]);
      expect(exitCode).toBe(1);
      expect(readFileSync(output, "utf8")).toBe("old");
      expect(readdirSync(folder)).toEqual(["out.o"]);
    });
  });
});

describe("what is no regular file is written to, and stays what it is", () => {
  it("a device, also one that was read from", async () => {
    // That there is no object in it is another matter.
    expect((await run(["relocate", "/dev/null", "-o", "/dev/null"])).exitCode).toBe(3);
  });

  it("a device", async () => {
    expect((await relocateTo("/dev/null")).exitCode).toBe(0);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it("a named pipe", async () => {
    await inFolder((folder) => {
      const [pipe, read] = [join(folder, "pipe"), join(folder, "read")];
      const command = `mkfifo '${pipe}' || exit 9; cat '${pipe}' > '${read}' & "$0" "$@" > /dev/null; code=$?; wait; exit $code`;
      const args = [BIN, "relocate", EXAMPLE, "-t", EXAMPLE_KERNEL, "-o", pipe];
      expect(spawnSync("sh", ["-c", command, process.execPath, ...args]).status).toBe(0);
      expect(lstatSync(pipe).isFIFO()).toBe(true);
      expect(readFileSync(read).equals(expected)).toBe(true);
    });
  });

  it("standard output", async () => {
    const { stdout, stderr } = await relocateTo("-");
    expect(stdout.subarray(0, 4).toString("latin1")).toBe("\x7fELF");
    expect(stderr).toContain("30 relocations: ");
    expect(existsSync("-")).toBe(false);
  });

  it("and read from: a pipe as a target", () => {
    const command = `exec "$0" '${BIN}' relocate '${EXAMPLE}' -t <(cat '${EXAMPLE_KERNEL}') -o -`;
    const { stdout } = spawnSync("bash", ["-c", command, process.execPath]);
    expect(stdout.equals(expected)).toBe(true);
  });
});
