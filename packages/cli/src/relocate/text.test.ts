import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { objectFile, pairArgs, run, targetFile } from "../../test/run.js";
import { wantsColors } from "../common/output.js";
import { columnWidth, wrap } from "../common/wrap.js";

const textOf = async (args: readonly string[], options?: Parameters<typeof run>[1]): Promise<string> =>
  (await run(args, options)).stdout.toString();
const linesOf = (text: string, pattern: RegExp): string[] =>
  text.split("\n").filter((line) => pattern.test(line));

const example = await textOf(pairArgs("example", "example-kernel"));
const verbose = await textOf([...pairArgs("example", "example-kernel"), "-v"]);

describe("the report", () => {
  it("is in paragraphs: files, functions, numbers, what to know, what was written", () => {
    expect(example.split("\n\n").map((paragraph) => paragraph.split(/[ :]/)[0])).toEqual([
      "object",
      "memory_cgroup_of",
      "on_exec",
      "on_exit",
      "30",
      "Poisoned",
      "Nothing",
    ]);
  });

  it("has a line for each relocation that changed something", async () => {
    const json = JSON.parse(await textOf([...pairArgs("example", "example-kernel"), "--json"]));
    const { summary } = json;
    expect(linesOf(example, /^ {2}-?\d+ -> -?\d+ +\w/)).toHaveLength(summary.changed);
    expect(linesOf(example, /^ {2}poisoned +\w/)).toHaveLength(summary.poisoned);
    expect(example).toContain(
      `\n30 relocations: ${summary.changed} changed, ${summary.patched - summary.changed} unchanged, ${summary.poisoned} poisoned\n`,
    );
  });

  it("has the columns of a function's lines below each other", () => {
    const [, , onExec = ""] = example.split("\n\n");
    const rows = linesOf(onExec, /^ {2}\S/);
    expect(rows.length).toBeGreaterThan(3);
    for (const pattern of [/(?<= )(byte|type|lshift)_\w+/, /(?<= )struct /, /\S+\.bpf\.c:/]) {
      expect(new Set(rows.map((row) => row.search(pattern))).size).toBe(1);
    }
  });

  it("says why there is poison, below its line", () => {
    expect(example).toMatch(
      /\n {2}poisoned +byte_off +struct task_struct___before_5_14\.state +example\.bpf\.c:79 insn #17\n {4}\S.*has no member state\n/,
    );
  });

  it("counts instructions from where their function begins, as libbpf does", async () => {
    // The second function of its section.
    const json = JSON.parse(await textOf([...pairArgs("insns", "records"), "--json"]));
    const stores = json.programs.find(({ name }: { name: string }) => name === "stores");
    const first = json.relocations.find(
      (r: { program: string; changed: boolean }) => r.program === "stores" && r.changed,
    );
    expect(stores.offset).toBeGreaterThan(0);
    const [, paragraph = ""] = (await textOf(pairArgs("insns", "records"))).split("\n\nstores ");
    expect(paragraph).toContain(`insn #${(first.insnOff - stores.offset) / 8}\n`);
  });

  it("shows what the instruction held, where that is not what the object's types say", async () => {
    // Clang reads a bitfield of one bit as 8 bytes, libbpf as the 4 of its type.
    const text = await textOf(["relocate", objectFile("example"), "-t", objectFile("example"), "-v"]);
    expect(text).toMatch(/\n {2}8 -> 4 +byte_sz +struct task_struct\.in_execve /);
    expect(text).toContain("the compiler left 8, where libbpf finds 4 in the object's types");
  });

  it("shows that a load or store has another width, also where nothing else changed", async () => {
    const text = await textOf(pairArgs("ints", "ints-wider"));
    expect(text).toMatch(/^ {2}8 -> 24, 4 -> 8 bytes +byte_off +struct ints\.u32_field /m);
    expect(await textOf(pairArgs("insns-st-alu32", "records-wide"))).toMatch(
      /^ {2}\d+( -> \d+)?, \d -> \d bytes /m,
    );
  });

  it("shows enumerators below 0 with their sign", async () => {
    expect(await textOf(pairArgs("enums", "enums-renumbered"))).toMatch(/^ {2}\S+ -> -\d+ +enumval_value /m);
  });

  it("names sections where there are no lines, and what lies in no function", async () => {
    const text = await textOf(pairArgs("insns-outside", "records"));
    expect(text).toMatch(/^ {2}\d+ -> \d+ +\w+ +struct record\.\w+ +raw_tp insn #\d+$/m);
    expect(text).toMatch(/^in no function: 3 skipped$/m);
    expect(text).toMatch(
      /^ {2}skipped +byte_off +struct record\.byte +license insn #\d+\n {4}lies in no function/m,
    );
  });

  it("does not fail for what makes no sense: kinds and places that there are not", async () => {
    expect(await textOf(pairArgs("guard-refused", "guard-new"))).toMatch(/^ {2}failed +kind \d+ +\? +/m);
    expect(await textOf(pairArgs("guard-unaligned", "guard-new"))).toMatch(/ byte \d+$/m);
  });

  it("gives each piece of advice once", async () => {
    const text = await textOf(pairArgs("flavors", "flavors-disagreeing"));
    expect(linesOf(text, /^ {2}failed /).length).toBeGreaterThan(1);
    expect(linesOf(text, /^Ambiguous: /)).toHaveLength(1);
  });
});

describe("-v", () => {
  it("has a line for each relocation, in libbpf's notation, with candidates and instruction", () => {
    expect(linesOf(verbose, /^ {4}relo #\d+: /)).toHaveLength(30);
    expect(verbose).toMatch(
      new RegExp(
        [
          /^ {2}12 -> 60 +byte_off +struct task_struct\.pid +example\.bpf\.c:132 insn #19/,
          /relo #\d+: <byte_off> \[\d+\] struct task_struct\.pid \(0:3 @ offset 12\)/,
          /matching candidate #0 \[\d+\] struct task_struct in vmlinux: <byte_off> \[\d+\] struct task_struct\.pid \(0:\d+ @ offset 60\)/,
          /insn #19: r1 = \*\(u32 \*\)\(r6 \+12\) -> r1 = \*\(u32 \*\)\(r6 \+60\)$/,
        ]
          .map(({ source }) => source)
          .join("\n {4}"),
        "m",
      ),
    );
    expect(verbose).toMatch(
      /^ {4}non-matching candidate #0 \[\d+\] struct task_struct in vmlinux: .*no member state$/m,
    );
  });

  it("says nothing twice", async () => {
    expect(linesOf(verbose, /^ {4}(?!relo|(non-)?matching|insn|the compiler|no candidate)/)).toEqual([]);
    const ambiguous = await textOf([...pairArgs("flavors", "flavors-disagreeing"), "-v"]);
    const failed = linesOf(ambiguous, /^ {2}failed /).length;
    expect(linesOf(ambiguous, /candidates disagree/)).toHaveLength(failed);
  });

  it("keeps to the order of libbpf's count in a section", () => {
    const numbers = linesOf(verbose, /^ {4}relo #/).map((line) => Number(/#(\d+)/.exec(line)?.[1]));
    expect(numbers.filter((number) => number === 0)).toHaveLength(3);
  });

  it("shows what a record says that makes no sense", async () => {
    expect(await textOf([...pairArgs("guard-refused", "guard-new"), "-v"])).toMatch(
      /^ {4}relo #\d+: type \d+, access string "[\d:]+", kind \d+$/m,
    );
  });
});

describe("a terminal", () => {
  const pairs = [
    ["example", "example-kernel"],
    ["flavors", "flavors-disagreeing"],
    ["guard", "nothing"],
    ["insns", "records"],
  ] as const;

  it.each(pairs)("of 80 columns has %s for %s without a line that breaks", async (object, target) => {
    for (const line of (await textOf(pairArgs(object, target), { columns: 80 })).split("\n")) {
      if (/^(object|target) /.test(line)) continue;
      expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });

  it("of any width has the same words", async () => {
    const words = (text: string): string[] => text.split(/\s+/);
    const plain = words(await textOf(pairArgs("flavors", "flavors-disagreeing")));
    for (const columns of [1, 20, 40, 80, 400]) {
      expect(words(await textOf(pairArgs("flavors", "flavors-disagreeing"), { columns }))).toEqual(plain);
    }
  });

  it("gets colours, and only it", async () => {
    const args = pairArgs("flavors", "flavors-disagreeing");
    const colored = await textOf(args, { colors: true });
    expect(colored).toContain("\x1b[31mfailed ");
    expect(colored).toContain("\x1b[33mpoisoned");
    expect(colored).toContain("\x1b[32m1 -> 5");
    expect(stripVTControlCharacters(colored)).toBe(await textOf(args));
    const { stderr } = await run(["--what"], { colors: true });
    expect(stderr.startsWith("\x1b[31merror:\x1b[39m unknown option")).toBe(true);
    expect(await textOf([...args, "--json"], { colors: true })).not.toContain("\x1b");
  });

  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ TERM: "dumb" }, true, false],
    [{ NO_COLOR: "1" }, true, false],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ FORCE_COLOR: "1" }, false, true],
    [{ FORCE_COLOR: "0" }, true, false],
    [{ FORCE_COLOR: "" }, false, false],
    [{ CI: "true" }, false, false],
  ])("with %j (a terminal: %j) is coloured: %j", (env, isTerminal, expected) => {
    expect(wantsColors(env, isTerminal)).toBe(expected);
  });
});

describe("help", () => {
  it("shows usage, options, examples and exit codes", async () => {
    const text = await textOf(["relocate", "--help"]);
    for (const part of [
      "Usage: bpf-core relocate [options] <object>",
      "-t, --target <file>",
      "-m, --module <module>",
      "-o, --output <file>",
      "--json",
      "-v, --verbose",
      "Examples:",
      "Exit codes:",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("has the version of the package", async () => {
    const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
    expect(await textOf(["--version"])).toBe(`${manifest.version}\n`);
    expect(await textOf(["-V"])).toBe(`${manifest.version}\n`);
  });
});

describe("layout", () => {
  it("wraps at spaces, keeps every word and the indent, and is never wider than it has to be", () => {
    const words = fc.array(fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom("a", "b") }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 40 }), fc.constantFrom("", "  "), (own, width, indent) => {
        const lines = wrap(own.join(" "), width, indent);
        expect(lines.map((line) => line.slice(indent.length)).join(" ")).toBe(own.join(" "));
        for (const line of lines) {
          expect(line.startsWith(indent)).toBe(true);
          if (line.length > width) expect(line.slice(indent.length)).not.toContain(" ");
        }
      }),
    );
  });

  it("gives a column the width of what fits", () => {
    expect(columnWidth(["a", "abc", "abcdef"], 4)).toBe(3);
    expect(columnWidth(["abcdef"], -5)).toBe(0);
    expect(columnWidth([], 10)).toBe(0);
  });
});

it("an unused target is still read: what is named has to be there", async () => {
  expect((await run(["relocate", objectFile("plain"), "-t", targetFile("nothing")])).exitCode).toBe(0);
  expect((await run(["relocate", objectFile("plain"), "-t", "/nowhere"])).exitCode).toBe(3);
});
