import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { objectPath, readFixture, targetPath } from "@core/fixtures";
import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, type Ran, run } from "../../test/run.js";

/** What must not get to a terminal. A tab moves the cursor no further than what follows it would. */
const UNPRINTABLE = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u;

/** Latin-1, so that any bytes can be said; each as long as the names that they replace, or shorter. */
const NAMES = [
  ["an escape sequence", "\x1b[31m\x1b]0;x\x07"],
  ["a carriage return", "a\rb"],
  ["a C1 control", "a\xc2\x9b31m"],
  ["a right-to-left mark", "a\xe2\x80\xaeb"],
  ["a line separator", "a\xe2\x80\xa8b"],
  ["invalid UTF-8", "a\xff\xfe\xc0\x80b"],
  ["the end of a comment", "*/ system("],
] as const;

const RENAMED = ["task_struct", "start_boottime", "list_head", "memory_cgrp_id", "cgroup_subsys_id", "u64"];

/** The example's kernel with other names of the same length. */
function kernelWith(to: string): Buffer {
  const bytes = Buffer.from(readFixture(targetPath("example-kernel", "little")));
  for (const name of RENAMED) {
    bytes.write(to.padEnd(name.length, "x").slice(0, name.length), bytes.indexOf(`${name}\0`), "latin1");
  }
  return bytes;
}

function expectPrintable({ stdout, stderr }: Ran): void {
  for (const line of `${stdout}${stderr}`.split("\n")) expect(line).not.toMatch(UNPRINTABLE);
}

describe.each(NAMES)("names with %s", (_, hostile) => {
  it("are shown escaped by each command", async () => {
    await inFolder(async (folder) => {
      const source = join(folder, "vmlinux");
      writeFileSync(source, kernelWith(hostile));
      const ids = Array.from({ length: 30 }, (_, i) => String(i + 1));
      const options = { columns: 80, rows: 1000 };
      for (const args of [
        ["dump", source],
        ["dump", source, "--format", "raw"],
        ["dump", source, "--format", "json"],
        ["show", source, ...ids],
        ["show", source, ...ids, "--json"],
        ["find", source, "*", "--users"],
        ["find", source, "*", "--users", "--json"],
        ["find", source, "nothing"],
        ["layout", source, "css_set", "--expand"],
        ["layout", source, "css_set", "--json"],
        ["layout", source, "css_set", "--against", EXAMPLE_KERNEL],
        ["diff", source, EXAMPLE_KERNEL],
        ["diff", EXAMPLE_KERNEL, source, "--json"],
        ["diff", EXAMPLE, source],
        ["stats", source],
        ["stats", source, "--json"],
      ]) {
        const ran = await run(["btf", ...args], options);
        expect([0, 1], `${args.join(" ")}: ${ran.stderr}`).toContain(ran.exitCode);
        expectPrintable(ran);
      }
    });
  });

  it("of files are, too", async () => {
    await inFolder(async (folder) => {
      const path = join(folder, Buffer.from(hostile.replaceAll("/", "_"), "latin1").toString());
      writeFileSync(path, readFixture(targetPath("example-kernel", "little")));
      for (const args of [
        ["show", path, "nothing"],
        ["show", path, "u64", "--json"],
        ["find", path, "u64", "-m", path],
        ["diff", path, EXAMPLE],
        ["stats", path],
        ["extract", path, "-o", `${path}.out`],
        ["extract", path, "-m", hostile, "-o", `${path}.out`],
        ["min", path, EXAMPLE, "-o", `${path}.out`],
        ["show", `${path}.missing`, "x"],
        ["show", "--root", `${path}.missing`, "x"],
        ["dump", path, "--format", hostile],
        ["show", path, hostile],
        ["find", path, `/(${hostile}/`],
      ]) {
        expectPrintable(await run(["btf", ...args]));
      }
    });
  });
});

describe("a malformed file", () => {
  const whole = Buffer.from(readFixture(targetPath("example-kernel", "little")));
  const object = Buffer.from(readFixture(objectPath("example", "little")));
  const broken = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(whole);
    change(bytes);
    return bytes;
  };

  it.each([
    ["nothing", Buffer.alloc(0), "is empty"],
    ["text", Buffer.from("#include <vmlinux.h>\n".repeat(100)), "neither BTF nor ELF"],
    ["half a file", whole.subarray(0, whole.length / 2), "btf: "],
    ["a type that is not there", broken((bytes) => bytes.writeUInt32LE(0xfffffff, 24 + 8)), "btf: "],
    ["a header that lies", broken((bytes) => bytes.writeUInt32LE(0x7fffffff, 12)), "btf: "],
    ["half an object", object.subarray(0, 200), "kernel-btf: "],
  ])("with %s is told by each command, with code 3", async (_, bytes, message) => {
    await inFolder(async (folder) => {
      const source = join(folder, "vmlinux");
      writeFileSync(source, bytes);
      for (const args of [
        ["dump", source],
        ["show", source, "x"],
        ["find", source, "x"],
        ["layout", source, "x"],
        ["layout", EXAMPLE_KERNEL, "css_set", "-a", source],
        ["diff", EXAMPLE_KERNEL, source],
        ["min", source, EXAMPLE, "-o", join(folder, "out")],
        ["stats", source],
        ["show", EXAMPLE_KERNEL, "css_set", "-m", source],
        ["show", source, "css_set", "-B", EXAMPLE_KERNEL],
      ]) {
        const { exitCode, stderr, stdout } = await run(["btf", ...args]);
        expect(stderr, args.join(" ")).toContain(`${source}: `);
        if (!args.includes("-m") && !args.includes("-B")) expect(stderr).toContain(message);
        expect(exitCode, args.join(" ")).toBe(3);
        expect(stdout.length).toBe(0);
      }
    });
  });
});
