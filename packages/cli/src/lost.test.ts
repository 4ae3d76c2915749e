import { spawn as spawnAsync, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { BIN, EXAMPLE, EXAMPLE_KERNEL, inFolder, objectFile, run } from "../test/run.js";

const KILL = resolve(import.meta.dirname, "../test/kill.js");

/** Every command that writes a file; OUT stands for it. */
const COMMANDS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["relocate", ["relocate", EXAMPLE, "-t", EXAMPLE_KERNEL, "-o", "OUT"]],
  ["btf min", ["btf", "min", EXAMPLE_KERNEL, EXAMPLE, "-o", "OUT"]],
  ["btf extract", ["btf", "extract", EXAMPLE, "-o", "OUT"]],
  ["check", ["check", EXAMPLE, "-t", EXAMPLE_KERNEL, "--no-cache", "--reporter", "json=OUT"]],
];

const withOutput = (args: readonly string[], output: string): string[] =>
  args.map((arg) => arg.replace("OUT", output));

const exitCodes = new Set<number | null>([0, 1]);

/** What a command writes. */
async function expectedOf(args: readonly string[]): Promise<Buffer> {
  return inFolder(async (folder) => {
    const output = join(folder, "expected");
    expect(exitCodes).toContain((await run(withOutput(args, output))).exitCode);
    return readFileSync(output);
  });
}

describe.each(COMMANDS)("what %s writes", (_, args) => {
  it("is the old file or the whole new one, wherever it is killed", async () => {
    const expected = await expectedOf(args);
    await inFolder((folder) => {
      const output = join(folder, "out");
      let kills = 0;
      for (let signal: string | null = "SIGKILL"; signal !== null; kills++) {
        writeFileSync(output, "old");
        const env = { ...process.env, KILL_AT: String(kills) };
        const command = ["--import", KILL, BIN, ...withOutput(args, output)];
        signal = spawnSync(process.execPath, command, { env }).signal;
        const now = readFileSync(output);
        const isWhole = now.equals(expected);
        expect(isWhole || (signal !== null && now.toString() === "old"), `killed at ${kills}`).toBe(true);
      }
      expect(kills).toBeGreaterThan(6);
      // Some were killed while they wrote.
      expect(readdirSync(folder).filter((name) => name.endsWith(".tmp")).length).toBeGreaterThan(3);
    });
  });

  it("is whole when several write it at once", async () => {
    const expected = await expectedOf(args);
    await inFolder(async (folder) => {
      const output = join(folder, "out");
      const runs = Array.from({ length: 4 }, () =>
        once(spawnAsync(process.execPath, [BIN, ...withOutput(args, output)], { stdio: "ignore" }), "exit"),
      );
      for (const [code] of await Promise.all(runs)) expect(exitCodes).toContain(code);
      expect(readFileSync(output).equals(expected)).toBe(true);
      expect(readdirSync(folder)).toEqual(["out"]);
    });
  });

  it("leaves what was there on a full disk", async () => {
    await inFolder((folder) => {
      const output = join(folder, "disk/out");
      mkdirSync(join(folder, "disk"));
      const script = [
        "mount -t tmpfs -o size=8k none disk || exit 99",
        "printf old > disk/out",
        "dd if=/dev/zero of=disk/rest status=none 2> /dev/null",
        '"$@" > ran 2>&1',
        "echo $? >> ran",
        "cat disk/out > left",
        "ls -A disk > names",
      ].join("\n");
      const command = [process.execPath, BIN, ...withOutput(args, output)];
      const unshare = process.getuid?.() === 0 ? ["-m"] : ["-rm"];
      const { status, error } = spawnSync("unshare", [...unshare, "sh", "-c", script, "sh", ...command], {
        cwd: folder,
      });
      if (error !== undefined || status === 99 || !existsSync(join(folder, "left"))) {
        // As in many containers. /dev/full, which is tried below, is everywhere.
        console.log("no file system can be mounted here: a full one is not tried");
        return;
      }
      expect(readFileSync(join(folder, "ran"), "utf8")).toBe(
        `error: ${output}: no space left on the device\n3\n`,
      );
      expect(readFileSync(join(folder, "left"), "utf8")).toBe("old");
      expect(readFileSync(join(folder, "names"), "utf8")).toBe("out\nrest\n");
    });
  });

  it("does not fit a full device", async () => {
    const { exitCode, stderr } = await run(withOutput(args, "/dev/full"));
    expect(stderr).toBe("error: /dev/full: no space left on the device\n");
    expect(exitCode).toBe(3);
  });

  it.each(["itself", "a symbolic link", "a hard link"])("is no input, by %s", async (how) => {
    await inFolder(async (folder) => {
      const input = join(folder, "in");
      for (const file of [EXAMPLE, EXAMPLE_KERNEL].filter((one) => args.includes(one))) {
        copyFileSync(file, input);
        const output = how === "itself" ? input : join(folder, "out");
        rmSync(join(folder, "out"), { force: true });
        if (how === "a symbolic link") symlinkSync("in", output);
        if (how === "a hard link") linkSync(input, output);
        const own = args.map((arg) => (arg === file ? input : arg));
        const { exitCode, stderr } = await run(withOutput(own, output));
        expect(stderr).toMatch(/^error: -.+ would overwrite the input \S+in: give another file\n$/);
        expect(exitCode).toBe(2);
        expect(readFileSync(input).equals(readFileSync(file))).toBe(true);
      }
    });
  });
});

it("no report overwrites a part that it is merged from", async () => {
  await inFolder(async (folder) => {
    const part = join(folder, "part.json");
    await run(["check", EXAMPLE, "-t", EXAMPLE_KERNEL, "--no-cache", "--reporter", `json=${part}`]);
    const before = readFileSync(part, "utf8");
    expect((await run(["check", "merge", part, "--reporter", `junit=${part}`])).exitCode).toBe(2);
    expect(readFileSync(part, "utf8")).toBe(before);
  });
});

it.each(["--baseline", "--allow", "--kconfig"])("no report overwrites the file of %s", async (option) => {
  await inFolder(async (folder) => {
    const file = join(folder, "file");
    const check = ["check", EXAMPLE, "-t", EXAMPLE_KERNEL, "--no-cache"];
    if (option === "--baseline") await run([...check, "--reporter", `json=${file}`]);
    else writeFileSync(file, option === "--allow" ? '{"allow":[]}' : "CONFIG_BPF=y\n");
    const before = readFileSync(file, "utf8");
    const { exitCode, stderr } = await run([...check, option, file, "--reporter", `json=${file}`]);
    expect(stderr).toContain("would overwrite the input");
    expect(exitCode).toBe(2);
    expect(readFileSync(file, "utf8")).toBe(before);
  });
});

it("what an interrupted run left among objects is none", async () => {
  await inFolder(async (folder) => {
    copyFileSync(EXAMPLE, join(folder, "a.o"));
    copyFileSync(EXAMPLE, join(folder, ".bpf-core-0.tmp"));
    truncateSync(join(folder, ".bpf-core-0.tmp"), 500);
    const { stdout } = await run(["check", folder, "-t", EXAMPLE_KERNEL, "--no-cache", "--reporter", "json"]);
    expect(JSON.parse(stdout.toString()).objects).toHaveLength(1);
  });
});

describe("the cache", () => {
  const ARGS = [
    "check",
    EXAMPLE,
    objectFile("plain"),
    "-t",
    EXAMPLE_KERNEL,
    "--jobs",
    "1",
    "--reporter",
    "json",
  ];
  const check = (cache: string, kill?: number) => {
    const env = { ...process.env, XDG_CACHE_HOME: cache, KILL_AT: String(kill ?? Number.NaN) };
    const ran = spawnSync(process.execPath, ["--import", KILL, BIN, ...ARGS], {
      env,
      encoding: "utf8",
      timeout: 300_000,
    });
    expect(ran.stderr).toBe("");
    return ran;
  };
  const filesIn = (folder: string): readonly string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith(".jsonl"))
      .map(({ parentPath, name }) => join(parentPath, name));
  // No folder, for root neither: a run without a cache.
  const report = check("/dev/null").stdout;

  it("is whole, wherever a run is killed, and the next gives the same report", async () => {
    await inFolder((folder) => {
      expect(check(folder).stdout).toBe(report);
      const [file = ""] = filesIn(folder);
      const whole = readFileSync(file, "utf8");
      let signal: string | null = "SIGKILL";
      for (let at = 0; signal !== null; at++) {
        rmSync(file, { force: true });
        signal = check(folder, at).signal;
        if (existsSync(file)) expect(readFileSync(file, "utf8")).toBe(whole);
      }
      rmSync(file);
      expect(check(folder).stdout).toBe(report);
      expect(readFileSync(file, "utf8")).toBe(whole);
    });
  });

  it.each<[string, (file: string, content: Buffer) => void]>([
    ["empty", (file) => writeFileSync(file, "")],
    ["cut off", (file, { length }) => truncateSync(file, Math.floor(length / 2))],
    [
      "changed",
      (file, content) =>
        writeFileSync(
          file,
          content.map((byte, i) => (i % 97 === 0 ? byte ^ 4 : byte)),
        ),
    ],
    ["another version's", (file) => writeFileSync(file, 'kernels\t0\t[{"version":0}]\n')],
    [
      "no text",
      (file, content) =>
        writeFileSync(
          file,
          content.map(() => 0xff),
        ),
    ],
  ])("is rebuilt where it is %s, and the report is the same", async (_, damage) => {
    await inFolder((folder) => {
      check(folder);
      const [file = ""] = filesIn(folder);
      const content = readFileSync(file);
      damage(file, content);
      expect(check(folder).stdout).toBe(report);
      // Lines of what may be other objects stay behind it.
      expect(readFileSync(file).subarray(0, content.length).equals(content)).toBe(true);
    });
  });

  it.each<[string, (file: string) => void]>([
    ["a folder", (file) => mkdirSync(file)],
    ["a link that leads nowhere", (file) => symlinkSync("/dev/null/x", file)],
    ["a link to itself", (file) => symlinkSync(file, file)],
  ])("may be %s: the report is the same", async (_, put) => {
    await inFolder((folder) => {
      check(folder);
      const [file = ""] = filesIn(folder);
      rmSync(file);
      put(file);
      expect(check(folder).stdout).toBe(report);
    });
  });

  it("may be shared by runs at once", async () => {
    await inFolder(async (folder) => {
      const env = { ...process.env, XDG_CACHE_HOME: folder };
      const runs = Array.from({ length: 4 }, () =>
        once(spawnAsync(process.execPath, [BIN, ...ARGS], { stdio: "ignore", env }), "exit"),
      );
      for (const [code] of await Promise.all(runs)) expect(exitCodes).toContain(code);
      expect(check(folder).stdout).toBe(report);
      expect(filesIn(folder)).toHaveLength(1);
    });
  });
});
