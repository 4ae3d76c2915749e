import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PACKAGES } from "./kept-surface.mjs";

// The examples of every README, as its reader runs them: outside this workspace, with nothing installed but the
// package that the README is about and what that depends on.

const ROOT = resolve(import.meta.dirname, "../..");
const COMMAND = join(ROOT, "packages/cli/dist/bin/bpf-core.js");
const TSC = join(ROOT, "node_modules/.bin/tsc");
const TIMEOUT = 300_000;

interface Block {
  /** The line of its first line of text in the README, from 1. */
  readonly line: number;
  readonly text: string;
}

/** The fenced blocks that are marked with exactly `info`, such as "ts". */
function blocksOf(file: string, info: string): Block[] {
  if (!existsSync(file)) return [];
  const markdown = readFileSync(file, "utf8");
  const fenced = new RegExp(`^\`\`\`${info}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...markdown.matchAll(fenced)].map(({ index, 1: text = "" }) => ({
    line: markdown.slice(0, index).split("\n").length + 1,
    text,
  }));
}

/** What a command printed. Fails unless the command succeeds. */
function outputOf(command: string, args: string[], cwd: string, path = ""): string {
  const env = { ...process.env, NO_COLOR: "1", PATH: `${path}${delimiter}${process.env["PATH"]}` };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  expect(status, `${command} ${args.join(" ")}:\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

describe.each(PACKAGES.map((folder) => [basename(folder), folder]))("packages/%s/README.md", (_, folder) => {
  const readme = join(folder, "README.md");
  const examples = blocksOf(readme, "ts").map((block) => ({ ...block, name: `line-${block.line}` }));
  let project: string;

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), "readme-"));
    const { name, dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    mkdirSync(join(project, "node_modules/@core"), { recursive: true });
    symlinkSync(join(ROOT, "node_modules/@types"), join(project, "node_modules/@types"));
    for (const installed of [name, ...Object.keys(dependencies)]) {
      symlinkSync(join(ROOT, "packages", basename(installed)), join(project, "node_modules", installed));
    }
    writeFileSync(join(project, "package.json"), `{ "type": "module" }`);
    writeFileSync(
      join(project, "tsconfig.json"),
      `{ "compilerOptions": { "strict": true, "module": "nodenext", "target": "es2022", "types": ["node"] } }`,
    );
    for (const { name, line, text } of examples) {
      // Errors are reported at the README's lines.
      writeFileSync(join(project, `${name}.ts`), "\n".repeat(line - 1) + text);
    }
  });
  afterAll(() => rmSync(project, { recursive: true }));

  it("has an example", () => {
    expect([...examples, ...blocksOf(readme, "console")]).not.toHaveLength(0);
  });

  if (examples.length > 0) {
    it("has examples that compile", () => void outputOf(TSC, [], project), TIMEOUT);
  }

  it.each(examples)(
    "the example at line $line runs",
    ({ name }) => {
      outputOf(process.execPath, [`${name}.js`], project);
    },
    TIMEOUT,
  );
});

// A line that begins with "$ " is a command, and what follows is in its output, where "…" stands for what is left
// out. The commands find the example object, and the kernel that it is relocated against, where they run.
const SESSIONS = ["README.md", "packages/cli/README.md"]
  .map((readme) => ({ readme, blocks: blocksOf(join(ROOT, readme), "console") }))
  .filter(({ blocks }) => blocks.length > 0);

describe.each(SESSIONS)("$readme", ({ blocks }) => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "readme-"));
    const fixtures = join(ROOT, "tools/fixtures");
    cpSync(join(fixtures, "objects/example-el.o"), join(folder, "example.bpf.o"));
    cpSync(join(fixtures, "targets/example-kernel.btf"), join(folder, "kernel.btf"));
    mkdirSync(join(folder, "bin"));
    const script = `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`;
    writeFileSync(join(folder, "bin/bpf-core"), script, { mode: 0o755 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(blocks)(
    "the commands at line $line print what it says",
    ({ text }) => {
      const [before, ...sessions] = text.split(/^\$ /m);
      expect(before, "a session begins with a command").toBe("");
      for (const session of sessions) {
        const [command = "", ...printed] = session.trimEnd().split("\n");
        const output = outputOf("bash", ["-c", command], folder, join(folder, "bin"));
        for (const part of printed.flatMap((line) => line.split("…"))) expect(output).toContain(part.trim());
      }
    },
    TIMEOUT,
  );
});
