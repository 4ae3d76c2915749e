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
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseBtf } from "@core/btf";
import { fixturePath, objectPath, PAIRS, readFixture, targetPath } from "@core/fixtures";
import { openObject, relocate, writeRelocated } from "@core/relocate";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { bpfCore, EXAMPLE, EXAMPLE_KERNEL, inFolder } from "../test/run.js";

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u;
const schema: object = JSON.parse(
  readFileSync(join(import.meta.dirname, "../schema/relocate-report.schema.json"), "utf8"),
);
const matchesSchema = new Ajv({ strict: false }).compile(schema);

/** What the libraries make of the example, to hold the command's file against. */
function relocatedExample(): Uint8Array {
  const object = openObject(new Uint8Array(readFileSync(EXAMPLE)));
  return writeRelocated(relocate(object, { kernel: parseBtf(new Uint8Array(readFileSync(EXAMPLE_KERNEL))) }));
}

describe("bpf-core relocate", () => {
  it("writes the relocated object, and says what it read, changed and wrote", () => {
    inFolder((folder) => {
      const output = join(folder, "out.o");
      const { exitCode, stdout, stderr } = bpfCore(["relocate", EXAMPLE, "-t", EXAMPLE_KERNEL, "-o", output]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      const text = stdout.toString();
      expect(text).toContain(`object  ${EXAMPLE}  (little-endian)`);
      expect(text).toContain(`target  ${EXAMPLE_KERNEL}  (little-endian, `);
      expect(text).toMatch(
        /^on_exec {2}tp_btf\/sched_process_exec {2}\d+ changed, \d+ unchanged, \d+ poisoned$/m,
      );
      expect(text).toMatch(/example\.bpf\.c:\d+ \+\d+ +byte_off +struct task_struct\.pid +12 -> \d+/);
      expect(text).toContain(`Wrote ${output}.`);
      expect(new Uint8Array(readFileSync(output))).toEqual(relocatedExample());
      expect(readdirSync(folder)).toEqual(["out.o"]);
    });
  });

  it("writes nothing unless asked, and says so", () => {
    inFolder((folder) => {
      const { exitCode, stdout } = bpfCore(["relocate", EXAMPLE, "-t", EXAMPLE_KERNEL], { cwd: folder });
      expect(exitCode).toBe(0);
      expect(stdout.toString()).toContain("Nothing was written: name a file with -o to keep the result.");
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it("shows every step in libbpf's notation with -v", () => {
    const text = bpfCore(["relocate", EXAMPLE, "-t", EXAMPLE_KERNEL, "-v"]).stdout.toString();
    expect(text).toMatch(/<byte_off> \[\d+\] struct task_struct\.pid \(0:\d+ @ offset 12\)/);
    expect(text).toMatch(/candidate #0 \[\d+\] struct task_struct in vmlinux: matches as <byte_off> \[\d+\]/);
    expect(text).toMatch(/candidate #0 \[\d+\] struct task_struct in vmlinux: .*has no member/);
  });

  it("reads the object from standard input, and writes it to standard output with the report beside", () => {
    const args = ["relocate", "-", "-t", EXAMPLE_KERNEL, "-o", "-"];
    const { exitCode, stdout, stderr } = bpfCore(args, { input: readFileSync(EXAMPLE) });
    expect(exitCode).toBe(0);
    expect(new Uint8Array(stdout)).toEqual(relocatedExample());
    expect(stderr).toContain("Wrote -.");
  });

  it("looks for types that vmlinux lacks in modules", () => {
    const object = fixturePath(objectPath("split", "little"));
    const base = fixturePath(targetPath("split-base", "little"));
    const module = fixturePath(targetPath("split-module", "little"));
    const without = bpfCore(["relocate", object, "-t", base, "--json"]);
    const withModule = bpfCore(["relocate", object, "-t", base, "-m", module, "--json"]);
    const modulesIn = (json: Buffer): Set<string> =>
      new Set(
        JSON.parse(json.toString()).relocations.flatMap((relocation: { candidates: { module: string }[] }) =>
          relocation.candidates.map((candidate) => candidate.module),
        ),
      );
    expect(modulesIn(without.stdout)).not.toContain("split_module_el");
    expect(modulesIn(withModule.stdout)).toContain("split_module_el");
  });

  it("takes the target from the .BTF section of an ELF file, too", () => {
    const text = bpfCore(["relocate", EXAMPLE, "-t", EXAMPLE]).stdout.toString();
    expect(text).toMatch(/^30 relocations: (1 changed, )?\d+ unchanged$/m);
    expect(text).not.toContain("poisoned");
  });
});

describe("exit codes", () => {
  it("0: poison is no failure", () => {
    const { exitCode, stdout } = bpfCore([
      "relocate",
      EXAMPLE,
      "-t",
      fixturePath(targetPath("nothing", "little")),
    ]);
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toContain('"invalid func unknown#195896080"');
  });

  it("1: a relocation cannot be resolved, and nothing is written", () => {
    inFolder((folder) => {
      const output = join(folder, "out.o");
      const object = fixturePath(objectPath("flavors", "little"));
      const target = fixturePath(targetPath("flavors-disagreeing", "little"));
      const { exitCode, stdout } = bpfCore(["relocate", object, "-t", target, "-o", output]);
      expect(exitCode).toBe(1);
      expect(stdout.toString()).toMatch(/failed: candidates disagree: /);
      expect(stdout.toString()).toContain(`Nothing was written to ${output}.`);
      expect(existsSync(output)).toBe(false);
    });
  });

  it.each([
    [["relocate"], "missing required argument 'object'"],
    [["relocate", EXAMPLE, "--targets", "x"], "unknown option '--targets'"],
    [["relocate", EXAMPLE, "-t"], "argument missing"],
    [["relocte"], "unknown command 'relocte'"],
    [["relocate", EXAMPLE, "-t", EXAMPLE_KERNEL, "-o", "-", "--json"], "both want standard output"],
  ])("2: %j: %s", (args, message) => {
    const { exitCode, stderr, stdout } = bpfCore(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout.length).toBe(0);
  });

  it.each([
    [["relocate", "/nowhere/x.o"], "error: /nowhere/x.o: no such file or directory\n"],
    [["relocate", "/"], "error: /: is a directory\n"],
    [["relocate", "/dev/null"], "error: /dev/null: relocate: not a BPF object: it is no ELF file\n"],
    [["relocate", process.execPath], "not a BPF object: it is 64-bit ELF of type"],
    [
      ["relocate", EXAMPLE, "-t", "/dev/null"],
      "error: /dev/null: btf: 0 bytes are too few for a BTF header\n",
    ],
    [["relocate", EXAMPLE, "-t", process.execPath], "an ELF file without a .BTF section"],
    [
      ["relocate", EXAMPLE, "-t", EXAMPLE_KERNEL, "-o", "/nowhere/out.o"],
      "/nowhere/out.o: no such file or directory",
    ],
  ])("3: %j", (args, message) => {
    const { exitCode, stderr } = bpfCore(args);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(3);
  });
});

describe("-o", () => {
  const relocateTo = (output: string, object = EXAMPLE) =>
    bpfCore(["relocate", object, "-t", EXAMPLE_KERNEL, "-o", output]);

  it.each(["the same path", "a symbolic link", "a hard link"])("never overwrites an input: %s", (how) => {
    inFolder((folder) => {
      const object = join(folder, "in.o");
      const output = how === "the same path" ? object : join(folder, "out.o");
      copyFileSync(EXAMPLE, object);
      if (how === "a symbolic link") symlinkSync(object, output);
      if (how === "a hard link") linkSync(object, output);
      const { exitCode, stderr } = relocateTo(output, object);
      expect(exitCode).toBe(2);
      expect(stderr).toContain("would overwrite the input");
      expect(readFileSync(object)).toEqual(readFileSync(EXAMPLE));
    });
  });

  it("replaces a file as a whole, and keeps its mode", () => {
    inFolder((folder) => {
      const output = join(folder, "out.o");
      writeFileSync(output, "old");
      chmodSync(output, 0o640);
      expect(relocateTo(output).exitCode).toBe(0);
      expect(new Uint8Array(readFileSync(output))).toEqual(relocatedExample());
      expect(statSync(output).mode & 0o777).toBe(0o640);
      expect(readdirSync(folder)).toEqual(["out.o"]);
    });
  });

  it("writes to the file that a symbolic link leads to", () => {
    inFolder((folder) => {
      const [file, link] = [join(folder, "file.o"), join(folder, "link.o")];
      writeFileSync(file, "old");
      symlinkSync(file, link);
      expect(relocateTo(link).exitCode).toBe(0);
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
      expect(new Uint8Array(readFileSync(file))).toEqual(relocatedExample());
    });
  });

  it("writes to devices and pipes, and leaves them what they are", () => {
    expect(relocateTo("/dev/null").exitCode).toBe(0);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    inFolder((folder) => {
      const pipe = join(folder, "pipe");
      expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
      const script = `cat "$1" > "$2" & shift 2; "$@" > /dev/null; code=$?; wait; exit $code`;
      const args = [process.execPath, join(import.meta.dirname, "../dist/bin.js"), "relocate", EXAMPLE];
      const { status } = spawnSync("sh", [
        ...["-c", script, "sh", pipe, join(folder, "read")],
        ...[...args, "-t", EXAMPLE_KERNEL, "-o", pipe],
      ]);
      expect(status).toBe(0);
      expect(lstatSync(pipe).isFIFO()).toBe(true);
      expect(new Uint8Array(readFileSync(join(folder, "read")))).toEqual(relocatedExample());
    });
  });

  it("leaves nothing behind when it cannot write", () => {
    inFolder((folder) => {
      const output = join(folder, "out.o");
      mkdirSync(output);
      const { exitCode, stderr } = relocateTo(output);
      expect(exitCode).toBe(3);
      expect(stderr).toContain(`${output}: is a directory`);
      expect(readdirSync(folder)).toEqual(["out.o"]);
    });
  });
});

describe("--json", () => {
  it("matches its schema for every pair of fixtures, little-endian", { timeout: 120_000 }, () => {
    // A few pairs as the command prints them; every kind of outcome is among them.
    const chosen = PAIRS.filter(({ refusal }) => refusal === undefined).filter((_, i) => i % 12 === 0);
    const outcomes = new Set<string>();
    for (const { object, target } of chosen) {
      const { stdout, stderr } = bpfCore([
        ...["relocate", fixturePath(objectPath(object, "little"))],
        ...["-t", fixturePath(targetPath(target, "little")), "--json"],
      ]);
      expect(stderr).toBe("");
      const report = JSON.parse(stdout.toString());
      expect(matchesSchema(report), JSON.stringify(matchesSchema.errors)).toBe(true);
      for (const { outcome } of report.relocations) outcomes.add(outcome);
    }
    expect(outcomes).toContain("patched");
    expect(outcomes).toContain("poisoned");
    expect(outcomes).toContain("failed");
  });

  it("has what a script needs of each relocation", () => {
    const { stdout } = bpfCore(["relocate", EXAMPLE, "-t", EXAMPLE_KERNEL, "--json"]);
    const report = JSON.parse(stdout.toString());
    const pid = report.relocations.find(
      ({ subject, kind }: { subject: string; kind: string }) =>
        subject === "struct task_struct.pid" && kind === "byte_off",
    );
    expect(pid).toMatchObject({
      section: "tp_btf/sched_process_exec",
      program: "on_exec",
      source: { file: expect.stringMatching(/example\.bpf\.c$/), line: expect.any(Number) },
      verdict: "resolved",
      outcome: "patched",
      original: "12",
      previous: "12",
      value: expect.stringMatching(/^\d+$/),
      before: { bytes: expect.stringMatching(/^[0-9a-f]{16}$/) },
      after: { bytes: expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
  });
});

describe("hostile names", () => {
  /** The example with another text in place of a name, of the same length. */
  function exampleNaming(from: string, to: string): Uint8Array {
    const bytes = readFixture("objects/example-el.o");
    const buffer = Buffer.from(bytes);
    for (let at = buffer.indexOf(from); at >= 0; at = buffer.indexOf(from, at + 1))
      buffer.write(to, at, "latin1");
    return buffer;
  }

  it.each([
    ["a terminal's escape sequence", "\x1b[31mtask_s"],
    ["a line feed", "task\nstruct"],
    ["a C1 control", "task\xc2\x9bstru"],
    ["a right-to-left mark", "tas\xe2\x80\xaestru"],
    ["invalid UTF-8", "task\xff\xfestru"],
  ])("%s gets into no report", (_, name) => {
    const input = exampleNaming("task_struct", name.slice(0, 11));
    for (const more of [[], ["-v"], ["--json"]]) {
      const { stdout, stderr } = bpfCore(["relocate", "-", "-t", EXAMPLE_KERNEL, ...more], { input });
      for (const line of `${stdout}${stderr}`.split("\n")) expect(line).not.toMatch(UNPRINTABLE);
    }
  });

  it("nor does a path's, into an error", () => {
    const { stderr } = bpfCore(["relocate", "/nowhere/\x1b[31m\u202e.o"]);
    expect(stderr).toBe("error: /nowhere/\\x1b[31m\\u{202e}.o: no such file or directory\n");
  });
});

describe("help", () => {
  it("shows usage, examples and exit codes", () => {
    const { exitCode, stdout } = bpfCore(["relocate", "--help"]);
    expect(exitCode).toBe(0);
    for (const part of [
      "Usage: bpf-core relocate [options] <object>",
      "--target <file>",
      "Examples:",
      "Exit codes:",
    ]) {
      expect(stdout.toString()).toContain(part);
    }
    for (const line of stdout.toString().split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  it("has a version, that of its package", () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
    expect(bpfCore(["--version"]).stdout.toString()).toBe(`${version}\n`);
  });

  it("shows the commands when there is none, which is wrong usage", () => {
    const { exitCode, stderr } = bpfCore([]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Commands:");
  });
});

it("ends quietly when nobody reads on", () => {
  inFolder((folder) => {
    const errors = join(folder, "errors");
    const command = `"${process.execPath}" "${join(import.meta.dirname, "../dist/bin.js")}" relocate "${EXAMPLE}" -t "${EXAMPLE_KERNEL}" -v 2> "${errors}" | head -n 1`;
    const { stdout } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
    expect(stdout).toContain("object");
    expect(readFileSync(errors, "utf8")).toBe("");
  });
});
