import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { BIN, EXAMPLE, EXAMPLE_KERNEL, inFolder } from "../../test/run.js";

const DOCS = readFileSync(resolve(import.meta.dirname, "../../../../docs/check.md"), "utf8");

/** The fenced blocks in one language. */
const blocksOf = (language: string): readonly string[] =>
  [...DOCS.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, text = ""]) => text,
  );

/** As GitHub writes it. */
const MATRIX_SHARD = ["$", "{{ matrix.shard }}"].join("");

interface Step {
  readonly run?: string;
}

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      { readonly steps: readonly Step[]; readonly strategy?: { matrix: { shard: readonly number[] } } }
    >
  >;
}

/** Lines of a shell that run the command itself. */
const commandsIn = (text: string): readonly string[] =>
  text.split(/\n|&&/).flatMap((line) => (/\bbpf-core check\b/.test(line) ? [line.trim()] : []));

/** A folder with some objects, some kernels, and the command. */
function prepare(folder: string, at = ""): void {
  for (const name of ["build", "kernels", "bin"]) mkdirSync(join(folder, at, name), { recursive: true });
  for (const name of ["a.bpf.o", "b.bpf.o"]) copyFileSync(EXAMPLE, join(folder, at, "build", name));
  for (const name of ["5.10", "5.15", "6.1", "6.6"])
    copyFileSync(EXAMPLE_KERNEL, join(folder, at, `kernels/${name}.btf`));
  const script = `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`;
  writeFileSync(join(folder, at, "bin/bpf-core"), script, { mode: 0o755 });
}

function shell(folder: string, command: string, env: Readonly<Record<string, string>> = {}): number | null {
  const { status, stderr } = spawnSync("sh", ["-c", command], {
    cwd: folder,
    env: {
      ...process.env,
      ...env,
      PATH: `${folder}/bin:${process.env["PATH"]}`,
      XDG_CACHE_HOME: `${folder}/cache`,
    },
    encoding: "utf8",
  });
  // An error would be no verdict.
  expect([command, stderr]).toEqual([command, ""]);
  return status;
}

/** What one run says, to compare with. */
function wholeReport(folder: string): string {
  shell(folder, "bpf-core check build/ --target kernels/ --fail-on never --reporter json=whole.json");
  return readFileSync(join(folder, "whole.json"), "utf8");
}

describe("docs/check.md", () => {
  it("has commands that do what it says", async () => {
    await inFolder((folder) => {
      prepare(folder);
      const [gate = "", shards = ""] = blocksOf("sh");
      writeFileSync(join(folder, "allow.json"), blocksOf("json")[0] ?? "");
      expect(commandsIn(gate).map((command) => shell(folder, command))).toEqual([0, 0]);
      expect(commandsIn(shards).map((command) => shell(folder, command))).toEqual([0, 0, 1]);
      expect(readFileSync(join(folder, "report.json"), "utf8")).toBe(wholeReport(folder));
      expect(shell(folder, "bpf-core check build/ --target kernels/ --allow allow.json")).toBe(1);
    });
  });

  it("has a workflow of GitHub Actions whose commands give one report", async () => {
    await inFolder((folder) => {
      prepare(folder);
      const { jobs }: Workflow = parse(blocksOf("yaml")[0] ?? "");
      const commandsOf = (job: string): readonly string[] =>
        (jobs[job]?.steps ?? []).flatMap(({ run }) => (run === undefined ? [] : commandsIn(run)));
      const shards = jobs["check"]?.strategy?.matrix.shard ?? [];
      expect(commandsOf("check")).toHaveLength(1);
      for (const shard of shards) {
        for (const command of commandsOf("check")) {
          expect(shell(folder, command.replaceAll(MATRIX_SHARD, String(shard)))).toBe(0);
        }
      }
      expect(commandsOf("report").map((command) => shell(folder, command))).toEqual([1]);
      for (const name of ["report.sarif", "summary.md"])
        expect(readFileSync(join(folder, name), "utf8")).not.toBe("");
      shell(folder, "bpf-core check merge part-*.json --fail-on never --reporter json=merged.json");
      expect(readFileSync(join(folder, "merged.json"), "utf8")).toBe(wholeReport(folder));
    });
  });

  it("has an Indexed Job of Kubernetes whose pods give one report", async () => {
    await inFolder((folder) => {
      prepare(folder);
      const { kind, spec } = parse(blocksOf("yaml")[1] ?? "");
      expect([kind, spec.completionMode]).toEqual(["Job", "Indexed"]);
      const [container] = spec.template.spec.containers;
      const [mount] = container.volumeMounts;
      expect(spec.template.spec.volumes.map(({ name }: { name: string }) => name)).toEqual([mount.name]);
      const [command = ""] = commandsIn(container.args[0]).map((line) =>
        line.replaceAll(`${mount.mountPath}/`, ""),
      );
      expect(command).toContain(`--shard auto/${spec.completions}`);
      for (let index = 0; index < spec.completions; index++) {
        expect(shell(folder, command, { JOB_COMPLETION_INDEX: String(index) })).toBe(0);
      }
      shell(folder, "bpf-core check merge part-*.json --fail-on never --reporter json=merged.json");
      // The paths are those of the pod.
      expect(readFileSync(join(folder, "merged.json"), "utf8")).toBe(wholeReport(folder));
    });
  });
});
