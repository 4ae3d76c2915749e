import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFixture } from "@core/fixtures";
import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, pairArgs, type Ran, run, spawn } from "../../test/run.js";

/** What must not get to a terminal: it moves the cursor, changes colours, hides or turns around text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u;

/** Latin-1, so that any bytes can be said. */
const NAMES = [
  ["an escape sequence", "\x1b[31m\x1b]0;x\x07"],
  ["a line feed and a carriage return", "a\nb\rc"],
  ["a C1 control", "a\xc2\x9b31m"],
  ["a right-to-left mark", "a\xe2\x80\xaeb\xe2\x80\x8f"],
  ["a line separator", "a\xe2\x80\xa8b"],
  ["invalid UTF-8", "a\xff\xfe\xc0\x80b"],
  ["a lone surrogate", "a\xed\xa0\x80b"],
] as const;

/** The example with another text in place of a name, of the same length. */
function exampleWith(name: string, to: string): Buffer {
  const bytes = Buffer.from(readFixture("objects/example-el.o"));
  const text = to.padEnd(name.length, "x").slice(0, name.length);
  const from = Buffer.from(`${name}\0`);
  let count = 0;
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1), count++) {
    bytes.write(text, at, "latin1");
  }
  if (count === 0) throw new Error(`there is no ${name}`);
  return bytes;
}

function expectPrintable({ stdout, stderr }: Ran): void {
  const text = `${stdout}${stderr}`;
  expect(text).not.toBe("");
  for (const line of text.split("\n")) expect(line).not.toMatch(UNPRINTABLE);
}

describe.each([
  ["a type", "task_struct"],
  ["a field", "start_boottime"],
  ["a function", "memory_cgroup_of"],
  ["a section", "tp_btf/sched_process_exec"],
  ["an enumerator", "memory_cgrp_id"],
  ["a file", "./src/example.bpf.c"],
])("the name of %s", (_, name) => {
  it.each(NAMES)("with %s is shown escaped", async (_, hostile) => {
    await inFolder(async (folder) => {
      const object = join(folder, "x.o");
      writeFileSync(object, exampleWith(name, hostile));
      for (const more of [[], ["-v"], ["--json"]]) {
        const ran = await run(["relocate", object, "-t", EXAMPLE_KERNEL, ...more]);
        expect([0, 1, 3]).toContain(ran.exitCode);
        expectPrintable(ran);
      }
      // As a target, its names are in what candidates have and have not.
      expectPrintable(await run(["relocate", EXAMPLE, "-t", object, "-v"]));
      expectPrintable(await run(["relocate", EXAMPLE, "-t", object, "--json"]));
    });
  });
});

describe("a path", () => {
  const hostile = "\x1b[31m\n\u202e\u2028";
  const shown = "\\x1b[31m\\x0a\\u{202e}\\u{2028}";

  it("is shown escaped wherever it is", async () => {
    await inFolder(async (folder) => {
      const path = (name: string) => join(folder, `${hostile}${name}`);
      const [object, target, output] = [path("in.o"), path("vmlinux"), path("out.o")];
      writeFileSync(object, readFixture("objects/example-el.o"));
      writeFileSync(target, readFixture("targets/example-kernel-el.btf"));
      for (const args of [
        ["relocate", object, "-t", target, "-o", output],
        ["relocate", object, "-t", target, "--json", "-o", output],
        ["relocate", object, "-t", target, "-o", object],
        ["relocate", object, "-t", target, "-m", path("m.ko")],
        ["relocate", object, "-t", target, "-m", target],
        ["relocate", object, "-t", target, "-o", path("/x/y")],
        ["relocate", path("missing")],
        ["relocate", object, "-t", path("missing")],
        ["relocate", target],
        [...pairArgs("flavors", "flavors-disagreeing"), "-o", output],
      ]) {
        const ran = await run(args, { kernelPaths: [path("kernel")] });
        expectPrintable(ran);
        const text = `${ran.stdout}${ran.stderr}`;
        expect(text).toContain(args.includes("--json") ? "\\u001b[31m\\n\\u202e\\u2028" : shown);
      }
    });
  });

  it.each([
    [["relocate", EXAMPLE, `--${hostile}`]],
    [[hostile]],
    [["relocate", EXAMPLE, hostile]],
    [["help", hostile]],
    [[`--${hostile}`]],
    [["relocate", `-${hostile}`]],
  ])("or option that nobody knows is, too: %j", async (args) => {
    const ran = await run(args);
    expect(ran.exitCode).toBe(2);
    expectPrintable(ran);
  });

  it("as a process, too", () => {
    const { stderr } = spawn(["relocate", `/nowhere/${hostile}.o`]);
    expect(stderr).toBe(`error: /nowhere/${shown}.o: no such file or directory\n`);
  });
});
