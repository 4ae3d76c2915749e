import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseBtf } from "@core/btf";
import { readFixture, targetPath } from "@core/fixtures";
import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { kernel, pair, program, reason, report, skipped } from "../test/check-report.js";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, type Ran, run } from "../test/run.js";
import { jsonReport } from "./check/json-report.js";

/** What must not get to a terminal: it moves the cursor, changes colours, hides or turns around text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u;

const HOSTILE: readonly (readonly [what: string, name: string])[] = [
  ["a control sequence", "\x1b[2J\x1b[31mx"],
  ["a link", "\x1b]8;;http://example.org\x07x\x1b]8;;\x07"],
  ["C1 controls", "\x9b31m\x9dx\x9c"],
  ["line feeds", "x\n::error::INJECTED\n\tINJECTED"],
  ["carriage returns and tabs", "x\r::error::INJECTED\tx"],
  ["line separators", "x\u2028INJECTED\u2029INJECTED\x85INJECTED"],
  ["HTML", "<script>alert(1)</script><img src=x onerror=alert(1)>"],
  ["XML", "]]>&x;<!--\"'><![CDATA[x"],
  ["what XML cannot say", "\0\x01\ufffe\uffff\ud800x"],
  ["a formula", '=HYPERLINK("http://example.org")'],
  ["Markdown", "| x | `y` | [z](javascript:x) ![](http://example.org) @everyone #1 **x**\\"],
  ["fences", "```\n# HEADING\n~~~"],
  ["a workflow command", "::error::INJECTED"],
  ["the same behind blanks", "  ::stop-commands::INJECTED"],
  ["commands of other pipelines", "###vso[task.prependpath]/tmp ##[add-mask]x"],
  ["percent signs", "%0A::error::INJECTED%0D%25"],
  ["right-to-left marks", "\u202egnp.exe\u202c\u2066\u200f"],
  ["a path", "../../../../etc/passwd"],
  ["a name of objects' own", "__proto__"],
  ["a megabyte of backticks", "`a".repeat(1 << 19)],
  ["a megabyte of comments", "/*".repeat(1 << 19)],
  ["a megabyte of blanks", " ".repeat(1 << 20)],
];

function expectInert({ stdout, stderr }: Pick<Ran, "stdout" | "stderr">, mayTab = false): void {
  for (const line of `${stdout}${stderr}`.split("\n")) {
    expect(mayTab ? line.replaceAll("\t", "") : line).not.toMatch(UNPRINTABLE);
    expect(line).not.toMatch(/^\s*(?:::|INJECTED)|##\w*\[/);
  }
}

describe.each(HOSTILE)("names with %s", (_, name) => {
  const texts = { subject: name, message: `${name} ${name}`, hints: [name, `a\n${name}`] };
  const source = { file: name, line: 7, column: 3, text: name };
  const whole = report([
    {
      kernel: kernel(name, { path: name, distro: name, version: name, modules: [name], notes: [name] }),
      pairs: [
        pair(name, [
          program(name, [reason({ ...texts, section: name, function: name, source })]),
          program("q", [reason({ ...texts, code: "poison-unknown", verdict: "unknown", source: null })]),
        ]),
        skipped(`${name}.o`),
      ],
    },
    { kernel: kernel(`${name}2`, { error: name }), pairs: [] },
  ]);

  it("do nothing in any report", async () => {
    await inFolder(async (folder) => {
      const path = (file: string): string => join(folder, file);
      writeFileSync(path("report.json"), [...jsonReport(whole)].join(""));
      const allow = [
        { object: "none", subject: name, reason: name },
        { subject: name, reason: name, expires: "2020-01-01" },
      ];
      writeFileSync(path("allow.json"), JSON.stringify({ allow }));
      const report = async (reporter: string): Promise<string> => {
        const args = ["check", "merge", path("report.json"), "--reporter", reporter, "-v"];
        const ran = await run([...args, "--allow", path("allow.json")]);
        expect(ran.stderr).toBe("");
        expect(ran.exitCode).toBe(3);
        const text = ran.stdout.toString();
        if (reporter === "github") {
          for (const line of text.split("\n").slice(0, -1)) {
            expect(line).toMatch(/^::(error|warning)( (file|title)=[^:]*)?::/);
            expect(line).not.toMatch(/^::error::INJECTED|##\w*\[/);
            expect(line).not.toMatch(UNPRINTABLE);
          }
        } else expectInert(ran);
        return text;
      };
      for (const reporter of ["pretty", "github", "markdown"]) await report(reporter);
      expect(JSON.parse(await report("json")).programs[0].program).toBe(name);
      expect(JSON.parse(await report("sarif")).version).toBe("2.1.0");
      const markdown = await report("markdown");
      const [table = ""] = markdown.split("\n### ");
      const rows = table.split("\n").filter((line) => line.startsWith("|"));
      expect(new Set(rows.map((row) => row.split("|").length)).size).toBe(1);
      // Outside of code, nothing of it.
      const plain = markdown
        .replace(/^(`{3,})text\n.*?\n\1$/gms, "")
        .replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/gs, "");
      expect(plain).not.toMatch(/INJECTED|HEADING|example\.org|script|javascript|@everyone/);
      const contents = await report("junit");
      expect(contents.match(/<(?!\?xml|\/?(?:testsuites?|testcase|failure|error|skipped)\b)/)).toBeNull();
    });
  });

  it("do nothing in any text about types", async () => {
    await inFolder(async (folder) => {
      const own = name.replaceAll("\0", "");
      const typesOf = (size: number): Uint8Array => {
        const types = new Types();
        const declared = types.typedef(own, types.int(own, 4, { signed: true }));
        const struct = types.struct(own, size, [own, declared, 0], ["x", declared, size * 8 - 32]);
        types.enum(own, { [own]: 1 });
        const params = [{ name: own, typeId: struct }];
        types.func(own, types.add({ kind: "func_proto", returnTypeId: declared, params }));
        const variable = types.add({ kind: "var", name: own, typeId: struct, linkage: 1 });
        const vars = [{ typeId: variable, offset: 0, size: 8 }];
        types.add({ kind: "datasec", name: own, size: 8, vars });
        types.fwd(`${own}_`);
        return types.bytes();
      };
      const [source, other] = [join(folder, "vmlinux"), join(folder, "other")];
      const bytes = typesOf(8);
      expect(parseBtf(bytes).endId).toBe(10);
      writeFileSync(source, bytes);
      writeFileSync(other, typesOf(16));
      const ids = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
      for (const args of [
        ["dump", source],
        ["dump", source, "--format", "raw"],
        ["dump", source, "--json"],
        ["dump", source, "--style", "bpftool"],
        ["show", source, ...ids],
        ["show", source, ...ids, "--json"],
        ["find", source, "*", "--users"],
        ["find", source, "*", "--json"],
        ["find", source, "nothing"],
        ["layout", source, "3", "--expand"],
        ["layout", source, "3", "--json"],
        ["layout", source, "3", "--against", other],
        ["diff", source, other],
        ["diff", source, other, "--json"],
        ["diff", source, EXAMPLE_KERNEL],
        ["stats", source],
        ["stats", source, "--json"],
      ]) {
        const ran = await run(["btf", ...args], { columns: 100, rows: 100 });
        expect([0, 1, 3], `${args.join(" ")}: ${ran.stderr}`).toContain(ran.exitCode);
        if (args.includes("--json")) JSON.parse(ran.stdout.toString());
        expectInert(ran, true);
      }
      for (const target of [source, other]) {
        expectInert(await run(["relocate", EXAMPLE, "-t", target, "-v"]));
        expectInert(await run(["explain", EXAMPLE, "-t", target]));
        expectInert(await run(["check", EXAMPLE, "-t", target, "--no-cache", "-v"]));
      }
    });
  });

  it("of files do nothing, nor lead anywhere", async () => {
    await inFolder(async (folder) => {
      const file = name.replaceAll(/[\0/]/g, "_").slice(0, 60);
      const path = join(folder, file);
      writeFileSync(path, readFixture(targetPath("example-kernel", "little")));
      for (const args of [
        ["relocate", EXAMPLE, "-t", path],
        ["relocate", EXAMPLE, "-t", path, "--json"],
        ["relocate", EXAMPLE, "-t", path, "-o", path],
        ["relocate", path],
        ["explain", EXAMPLE, "-t", path],
        ["explain", EXAMPLE, file, "-t", path],
        ["explain", path],
        ["btf", "stats", path],
        ["btf", "diff", path, EXAMPLE],
        ["btf", "extract", path, "-o", `${path}.out`],
        ["btf", "min", path, EXAMPLE, "-o", `${path}.out`],
        ["check", EXAMPLE, path, "-t", path, EXAMPLE_KERNEL, "--no-cache", "--jobs", "1"],
        ["check", EXAMPLE, "-t", path, "--no-cache", "--reporter", "markdown"],
        ["check", EXAMPLE, "--reporter", file],
        ["check", EXAMPLE, "--reporter", `json=${folder}/${file}/x`, "-t", EXAMPLE_KERNEL, "--no-cache"],
        ["check", "merge", path],
      ]) {
        expectInert(await run(args));
      }
    });
  });
});
