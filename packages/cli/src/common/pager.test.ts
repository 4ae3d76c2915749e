import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BIN, EXAMPLE_KERNEL, inFolder, run } from "../../test/run.js";

const ARGS = ["btf", "layout", EXAMPLE_KERNEL, "task_struct"] as const;
const terminal = { columns: 80, rows: 24 };

describe("the pager", () => {
  it("gets what does not fit the terminal, and nothing else is printed", async () => {
    await inFolder(async (folder) => {
      const paged = join(folder, "paged");
      const { stdout } = await run(ARGS, { ...terminal, pager: `cat > '${paged}'` });
      expect(stdout.length).toBe(0);
      expect(readFileSync(paged)).toEqual((await run(ARGS)).stdout);
    });
  });

  it.each([
    ["what fits", ["btf", "show", EXAMPLE_KERNEL, "u64"], terminal],
    ["what goes to a file or a pipe", ARGS, {}],
    ["what is not to be paged", [...ARGS, "--no-pager"], terminal],
  ])("does not get %s", async (_, args, options) => {
    await inFolder(async (folder) => {
      const paged = join(folder, "paged");
      const { stdout } = await run(args, { ...options, pager: `cat > '${paged}'` });
      expect(stdout.length).toBeGreaterThan(0);
      expect(existsSync(paged)).toBe(false);
    });
  });

  it.each(["", "cat", "no-such-program"])("is not %j", async (pager) => {
    expect((await run(ARGS, { ...terminal, pager })).stdout).toEqual((await run(ARGS)).stdout);
  });

  it("may be quit early", async () => {
    const args = ["btf", "dump", EXAMPLE_KERNEL] as const;
    const { exitCode, stderr } = await run(args, { ...terminal, pager: "true" });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  it("is less on a terminal, which is told how, or what PAGER says", async () => {
    await inFolder((folder) => {
      const pager = join(folder, "pager");
      writeFileSync(pager, '#!/bin/sh\necho "paged with LESS=$LESS: $(wc -l) lines"\n', { mode: 0o755 });
      const command = [process.execPath, BIN, ...ARGS].map((part) => `'${part}'`).join(" ");
      const onTerminal = (env: Record<string, string>): string => {
        const { stdout } = spawnSync("script", ["-qec", `stty rows 10 cols 80; ${command}`, "/dev/null"], {
          encoding: "utf8",
          env: { PATH: process.env["PATH"] ?? "", TERM: "xterm", ...env },
        });
        return stdout;
      };
      expect(onTerminal({ PAGER: pager })).toMatch(/paged with LESS=FRX: \d\d lines/);
      expect(onTerminal({ PAGER: pager, LESS: "S" })).toContain("paged with LESS=S: ");
      // With colours, as it is a terminal.
      expect(onTerminal({ PAGER: "cat" })).toContain("\x1b[2m/* ");
      expect(onTerminal({ PAGER: "cat", NO_COLOR: "1" })).not.toContain("\x1b[2m");
    });
  });
});
