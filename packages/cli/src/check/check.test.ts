import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { BIN, EXAMPLE, EXAMPLE_KERNEL, inFolder, objectFile, run } from "../../test/run.js";

const INTERRUPT = resolve(import.meta.dirname, "../../test/interrupt.js");
const PAIR = [EXAMPLE, "-t", EXAMPLE_KERNEL];
/** In this process: threads would take the built files. */
const check = (...args: readonly string[]) => run(["check", "--no-cache", "--jobs", "1", ...args]);

interface Line {
  readonly object: string;
  readonly kernel: string;
  readonly program: string;
  readonly verdict: string;
}

/** A folder with the same kernel under several names. */
function kernelsIn(folder: string, names: readonly string[]): string {
  const kernels = join(folder, "kernels");
  mkdirSync(kernels);
  for (const name of names) copyFileSync(EXAMPLE_KERNEL, join(kernels, `${name}.btf`));
  return kernels;
}

describe("bpf-core check", () => {
  it("shows what loads where, and the reasons, and fails for what does not load", async () => {
    const { exitCode, stdout, stderr } = await check(...PAIR);
    const text = stdout.toString();
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    expect(text).toMatch(/^on example-kernel-el$/m);
    expect(text).toMatch(/^ {2}example-el\.o +2 FAIL$/m);
    expect(text).toMatch(/^tracepoint sched_process_exec: no such attach target$/m);
    expect(text).toMatch(/^1 object on 1 kernel: 1 does not load$/m);
  });

  it("takes no BPF object for a kernel, such as one behind the kernels on the command line", async () => {
    const { exitCode, stdout } = await check(...PAIR, objectFile("split"), "--reporter", "json");
    const { kernels, pairs } = JSON.parse(stdout.toString());
    expect(kernels.map(({ error }: { readonly error: string | null }) => error)).toEqual([
      null,
      expect.stringContaining("a BPF object's types, not a kernel's: name objects before --target"),
    ]);
    expect(pairs).toHaveLength(1);
    expect(exitCode).toBe(3);
    await inFolder(async (folder) => {
      const types = join(folder, "types.btf");
      await run(["btf", "extract", EXAMPLE, "-o", types]);
      expect((await check(EXAMPLE, "-t", types)).stdout.toString()).toContain("1 object on 1 kernel: 1 does");
    });
  });

  it.each([
    ["fails", 1],
    ["unknown", 1],
    ["never", 0],
  ])("--fail-on %s", async (verdict, exitCode) => {
    expect((await check(...PAIR, "--fail-on", verdict)).exitCode).toBe(exitCode);
  });

  it("writes several reports at once, each to its file", async () => {
    await inFolder(async (folder) => {
      const files = ["json", "junit", "sarif", "markdown", "github"].map(
        (name) => [name, join(folder, name)] as const,
      );
      const reporters = files.flatMap(([name, path]) => ["--reporter", `${name}=${path}`]);
      const { stdout } = await check(...PAIR, ...reporters, "--reporter", "pretty");
      expect(stdout.toString()).toContain("1 object on 1 kernel");
      const [json, junit, sarif, markdown, github] = files.map(([, path]) => readFileSync(path, "utf8"));
      const { programs } = JSON.parse(json ?? "");
      expect(programs.map(({ program, verdict }: Line) => [program, verdict])).toEqual([
        ["on_exec", "fails"],
        ["on_exit", "fails"],
      ]);
      expect(junit).toContain('<testsuite name="example-kernel-el" tests="2" failures="2"');
      expect(JSON.parse(sarif ?? "").runs).toHaveLength(1);
      expect(markdown).toContain("| `example-el.o` | **2 FAIL** |");
      expect(github).toMatch(/^::error title=tracepoint sched_process_exec%3A no such attach target::/m);
    });
  });

  it("takes folders of objects and kernels, and passes over what is neither", async () => {
    await inFolder(async (folder) => {
      const objects = join(folder, "objects");
      mkdirSync(join(objects, "deep"), { recursive: true });
      copyFileSync(EXAMPLE, join(objects, "deep/one.o"));
      copyFileSync(EXAMPLE, join(objects, "two"));
      writeFileSync(join(objects, "notes.txt"), "no object");
      const kernels = kernelsIn(folder, ["5.10", "6.1"]);
      writeFileSync(join(kernels, "README"), "no kernel");
      const { stdout } = await check(objects, "-t", kernels, "--reporter", "json");
      const { programs } = JSON.parse(stdout.toString());
      expect(programs.map(({ object, kernel }: Line) => [object.slice(objects.length), kernel])).toEqual(
        ["5.10", "6.1"].flatMap((kernel) =>
          ["/deep/one.o", "/deep/one.o", "/two", "/two"].map((object) => [object, kernel]),
        ),
      );
    });
  });

  it("skips objects of another byte order or architecture, and says so", async () => {
    const { exitCode, stdout } = await check(objectFile("example", "big"), "-t", EXAMPLE_KERNEL);
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toContain("1 object on 1 kernel: 1 skipped");
    expect(stdout.toString()).toContain("--arch any");
  });

  it("checks the rest when a kernel or an object cannot be read, and ends with 3", async () => {
    await inFolder(async (folder) => {
      const kernels = kernelsIn(folder, ["6.1"]);
      writeFileSync(join(kernels, "6.2.btf"), "damaged\u001b[31m");
      writeFileSync(join(folder, "bad.o"), "no object");
      const { exitCode, stdout } = await check(EXAMPLE, join(folder, "bad.o"), "-t", kernels);
      const text = stdout.toString();
      expect(exitCode).toBe(3);
      expect(text).toContain("NOT READ, and so not checked");
      expect(text).toContain("bad.o: relocate: not a BPF object: it is no ELF file");
      expect(text).toMatch(/6\.2\.btf: kernel-btf: .*/);
      expect(text).toContain("2 objects on 2 kernels: 1 does not load");
    });
  });

  it.each([
    [["/nowhere.o", "-t", EXAMPLE_KERNEL], 3, "/nowhere.o: no such file or directory"],
    [[EXAMPLE, "-t", "/nowhere/*.btf"], 3, "/nowhere/*.btf: nothing matches"],
    [
      [...PAIR, "--reporter", "xml"],
      2,
      "--reporter xml: one of pretty, json, junit, sarif, markdown, github",
    ],
    [[...PAIR, "--reporter", "json", "--reporter", "junit"], 2, "several reporters want standard output"],
    [[...PAIR, "--reporter", "json=a", "--reporter", "junit=a"], 2, "several reporters want a"],
    [[...PAIR, "--reporter", "json=a", "--reporter", "junit=./a"], 2, "several reporters want ./a"],
    [[...PAIR, "--shard", "3/2"], 2, "--shard 3/2: number 3 of 2 does not exist"],
    [[...PAIR, "--jobs", "0"], 2, "It is a number from 1"],
    [[...PAIR, "--arch", "vax"], 2, "--arch vax: one of x86_64"],
    [[...PAIR, "--allow", "/nowhere.json"], 3, "/nowhere.json: no such file or directory"],
  ])("refuses %j", async (args, exitCode, message) => {
    const ran = await check(...args);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stderr).toContain(message);
    expect(ran.stdout.toString()).toBe("");
  });

  it("looks at the running kernel when none is named", async () => {
    const { stdout } = await run(["check", "--no-cache", EXAMPLE], { kernelPaths: [EXAMPLE_KERNEL] });
    expect(stdout.toString()).toContain("1 object on 1 kernel");
    const missing = await run(["check", "--no-cache", EXAMPLE]);
    expect(missing.exitCode).toBe(3);
    expect(missing.stdout.toString()).toContain("no file with its BTF");
  });
});

describe("known failures", () => {
  const TODAY = new Date("2026-06-15T12:00:00Z");

  beforeEach(() => {
    vi.useFakeTimers({ now: TODAY, toFake: ["Date"] });
    return () => vi.useRealTimers();
  });

  async function withAllow(allow: readonly object[], ...more: readonly string[]) {
    return inFolder(async (folder) => {
      const path = join(folder, "allow.json");
      writeFileSync(path, JSON.stringify({ allow }));
      const { exitCode, stdout, stderr } = await check(...PAIR, "--allow", path, ...more);
      return { exitCode, text: stdout.toString() + stderr };
    });
  }

  it("are not counted", async () => {
    const { exitCode, text } = await withAllow([{ object: "*example*", reason: "only for tests" }]);
    expect(exitCode).toBe(0);
    expect(text).toContain("not counted: 2 programs allowed");
    expect(text).not.toContain("DOES NOT LOAD");
  });

  it("allow no more than they say", async () => {
    const { exitCode, text } = await withAllow([{ program: "on_exec", reason: "known" }]);
    expect(exitCode).toBe(1);
    expect(text).toContain("not counted: 1 program allowed");
    expect(text).not.toContain("example-el.o  on_exec");
  });

  it("count until their day, and are told of after it", async () => {
    expect((await withAllow([{ reason: "known", expires: "2026-06-15" }])).exitCode).toBe(0);
    const { exitCode, text } = await withAllow([{ program: "on_*", reason: "known", expires: "2026-06-14" }]);
    expect(exitCode).toBe(1);
    expect(text).toContain("expired on 2026-06-14, and allows nothing any more: program on_* (known)");
  });

  it("are told of when they fail no longer", async () => {
    const { text } = await withAllow([{ program: "gone", reason: "an old kernel" }]);
    // Where its lines end depends on the path's length.
    expect(text.replaceAll("\n", " ")).toMatch(
      / no longer fails, and can be taken out of \S+allow\.json: program gone \(an old kernel\) /,
    );
  });

  it.each([
    [[{ object: "a" }], "at /allow/0: must have required property 'reason'"],
    [[{ reason: "x", expires: "2026-02-30" }], "expires 2026-02-30: no such day"],
    [[{ reason: "x", objects: "a" }], "at /allow/0: there is no property named objects"],
  ])("are refused when they make no sense: %j", async (allow, message) => {
    const { exitCode, text } = await withAllow(allow);
    expect(exitCode).toBe(3);
    expect(text).toContain(message);
  });
});

describe("--baseline", () => {
  it("shows and counts only what changed", async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "baseline.json");
      await check(...PAIR, "--reporter", `json=${path}`);
      const same = await check(...PAIR, "--baseline", path);
      expect(same.exitCode).toBe(0);
      expect(same.stdout.toString()).toContain("not counted: 2 programs as in the baseline");
      expect(same.stdout.toString()).not.toContain("DOES NOT LOAD");
      // As if on_exec had loaded then.
      const old = JSON.parse(readFileSync(path, "utf8"));
      Object.assign(old.programs[0], { verdict: "loads", reasons: [] });
      writeFileSync(path, JSON.stringify(old));
      const worse = await check(...PAIR, "--baseline", path);
      expect(worse.exitCode).toBe(1);
      expect(worse.stdout.toString()).toContain("not counted: 1 program as in the baseline");
    });
  });
});

describe("a run in threads", () => {
  it("gives the same report as one in none, and as its shards merged", async () => {
    await inFolder(async (folder) => {
      const kernels = kernelsIn(folder, ["5.10", "5.15", "6.1", "6.6", "6.12"]);
      const json = (name: string, ...more: readonly string[]) => {
        const path = join(folder, `${name}.json`);
        const args = [BIN, "check", EXAMPLE, "-t", kernels, "--reporter", `json=${path}`, ...more];
        const env = { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), SLURM_ARRAY_TASK_ID: "1" };
        const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
        expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
        return path;
      };
      const one = json("one", "--jobs", "1", "--no-cache");
      const text = readFileSync(one, "utf8");
      expect(readFileSync(json("two", "--jobs", "2"), "utf8")).toBe(text);
      // From the cache, this time.
      expect(readFileSync(json("again", "--jobs", "2"), "utf8")).toBe(text);
      const parts = ["1/2", "2/2"].map((shard, i) =>
        json(`part-${i}`, "--fail-on", "fails", "--shard", shard),
      );
      const merged = await run(["check", "merge", ...parts.toReversed(), "--reporter", "json"]);
      expect(merged.stdout.toString()).toBe(text);
      expect(merged.exitCode).toBe(1);
    });
  });
});

describe("Ctrl-C", () => {
  it("leaves a report of what was checked, which another run completes", async () => {
    await inFolder(async (folder) => {
      const names = Array.from({ length: 20 }, (_, i) => `6.${i}`);
      const kernels = kernelsIn(folder, names);
      const [partial, rest] = [join(folder, "partial.json"), join(folder, "rest.json")];
      const args = ["check", EXAMPLE, "-t", kernels, "--jobs", "1"];
      const env = { ...process.env, XDG_CACHE_HOME: join(folder, "cache") };
      // Its first file is what is kept of the first kernel.
      const command = ["--import", INTERRUPT, BIN, ...args, "--reporter", `json=${partial}`];
      expect(spawnSync(process.execPath, command, { env }).status).toBe(130);
      const report = JSON.parse(readFileSync(partial, "utf8"));
      expect(report.partial).toBe(true);
      expect(report.pending.length).toBeGreaterThan(0);
      expect(report.kernels.length + report.pending.length).toBe(names.length);
      const pending = report.pending.map((name: string) => join(kernels, `${name}.btf`));
      await check(EXAMPLE, "-t", ...pending, "--reporter", `json=${rest}`);
      const merged = await run(["check", "merge", partial, rest, "--reporter", "json"]);
      const whole = await check(EXAMPLE, "-t", kernels, "--reporter", "json");
      expect(merged.stdout.equals(whole.stdout)).toBe(true);
    });
  });
});
